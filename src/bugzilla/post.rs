//! Posting a comment once: Bugzilla stores whatever it gets, also when whoever sent it has given up, and twice what is sent
//! twice. So it is looked for before each try.

use std::collections::HashSet;
use std::time::Duration;
use std::{iter, thread};

use reqwest::Method;
use serde_json::{Value, json};

use super::call::Call;
use super::marker::{Marker, is_marked, plain};
use super::request::Attempt;
use super::server::Progress;
use super::{BugzillaError, Comment, Problem, Server};

/// The longest comment, in characters (`Bugzilla::Constants::MAX_COMMENT_LENGTH`).
pub const LONGEST_COMMENT: usize = 65_535;

/// A comment that is to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its first line.
    pub marker: Marker,
    /// All of it, the first line included.
    pub text: String,
    /// What it says, each in one line of the text: if lines of earlier comments say all of it, it is nothing new.
    pub statements: Vec<String>,
    /// Whether it is for a group only.
    pub is_private: bool,
}

/// A comment that says what was to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// How it came there.
    pub how: How,
    /// Its number on the server.
    pub comment: u64,
    /// Its number in the bug, where the server says it.
    pub count: Option<u64>,
}

/// How a comment came to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By this very call.
    New {
        /// Whether the server shows it as it was sent; `None` where it could not be read back.
        is_whole: Option<bool>,
    },
    /// It was there before.
    Already,
    /// Earlier ones say all of it; this is the last of them.
    NothingNew,
}

impl Posted {
    /// Whether it was posted by this very call.
    #[must_use]
    pub fn is_new(&self) -> bool {
        matches!(self.how, How::New { .. })
    }
}

impl Server<'_> {
    /// Whether a comment, or all that it says, is there already.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`].
    pub fn known(&self, bug: u64, draft: &Draft) -> Result<Option<Posted>, BugzillaError> {
        let comments = self.comments(bug)?;
        Ok(known(&comments, draft))
    }

    /// Posts a comment unless it, or all that it says, is there already. `cut_off`: whether an earlier call was, so that what it
    /// sent may come to be stored only now.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`]; unless it is [`Doubtful`](BugzillaError::Doubtful), nothing was stored.
    pub fn post(&self, bug: u64, draft: &Draft, cut_off: bool) -> Result<Posted, BugzillaError> {
        self.log_in()?;
        for pause in self.first_pauses(cut_off) {
            thread::sleep(pause);
            if let Some(known) = self.known(bug, draft)? {
                return Ok(known);
            }
        }
        self.sees(draft.is_private)?;
        let stored = |value: &Value| value.get("id").and_then(Value::as_u64);
        let look = || {
            let comments = self.comments(bug)?;
            let found = comments
                .iter()
                .find(|comment| draft.marker.leads(&comment.text));
            Ok(found.map(|comment| comment.id))
        };
        let comment = self.once("the comment", &of_draft(bug, draft), stored, look)?;
        // It is there, whether or not it can be read.
        let back = self.comment(comment).ok();
        Ok(Posted {
            how: How::New {
                is_whole: back
                    .as_ref()
                    .map(|back| plain(&back.text) == plain(&draft.text)),
            },
            comment,
            count: back.and_then(|back| back.count),
        })
    }

    /// The pauses before each look whether something is there that was not sent by this call.
    pub(super) fn first_pauses(&self, cut_off: bool) -> Vec<Duration> {
        let more = self.settings.settling.iter().filter(|_| cut_off);
        iter::once(Duration::ZERO).chain(more.copied()).collect()
    }

    /// Asserts that what is to be posted would be seen if it were there.
    pub(super) fn sees(&self, is_private: bool) -> Result<(), BugzillaError> {
        if is_private && self.reads_as_everybody() {
            return Err(BugzillaError::Unseen { host: self.host() });
        }
        Ok(())
    }

    /// Sends what may be sent once only. `stored` takes the number of what was stored from an answer, `look` looks for it on
    /// the server.
    pub(super) fn once(
        &self,
        what: &'static str,
        call: &Call,
        stored: impl Fn(&Value) -> Option<u64>,
        look: impl Fn() -> Result<Option<u64>, BugzillaError>,
    ) -> Result<u64, BugzillaError> {
        let mut form = self.known_form()?;
        let mut failed = 0;
        loop {
            let problem = match self.attempt(call, form) {
                Attempt::Answered(value) => match stored(&value) {
                    Some(id) => return Ok(id),
                    None => Problem::Strange("without the number of what was stored".to_owned()),
                },
                Attempt::Refused(BugzillaError::LoginNeeded { with_key: true, .. }) => {
                    form = Some(self.other_form(form)?);
                    continue;
                }
                Attempt::Refused(error) => return Err(error),
                Attempt::Failed(problem) => problem,
            };
            if let Some(id) = self.settled(what, &problem, self.pause(failed, &problem), &look)? {
                return Ok(id);
            }
            if failed >= self.settings.retries || !problem.is_passing() {
                return Err(BugzillaError::Server {
                    host: self.host(),
                    problem,
                });
            }
            failed += 1;
        }
    }

    /// Waits until what was sent would have been stored, and looks for it.
    fn settled(
        &self,
        what: &'static str,
        problem: &Problem,
        pause: Duration,
        look: impl Fn() -> Result<Option<u64>, BugzillaError>,
    ) -> Result<Option<u64>, BugzillaError> {
        let pauses = if problem.is_unsent() {
            self.say(Progress::Waiting { problem, pause });
            vec![pause]
        } else {
            self.say(Progress::Settling { problem });
            self.settings.settling.clone()
        };
        let mut looked = None;
        for pause in pauses {
            thread::sleep(pause);
            looked = match look() {
                Ok(Some(id)) => return Ok(Some(id)),
                Ok(None) => Some(()),
                Err(_) => None,
            };
        }
        // What was not looked for must not be sent again.
        let doubtful = || BugzillaError::Doubtful {
            what,
            problem: problem.clone(),
        };
        match looked {
            Some(()) => Ok(None),
            None if problem.is_unsent() => Err(BugzillaError::Server {
                host: self.host(),
                problem: problem.clone(),
            }),
            None => Err(doubtful()),
        }
    }
}

/// The body has no number of the bug: it would count before that of the path. Whether it is private is a boolean: Perl takes
/// the text `false` for true.
fn of_draft(bug: u64, draft: &Draft) -> Call {
    let body = json!({ "comment": draft.text, "is_private": draft.is_private });
    Call::write(Method::POST, format!("bug/{bug}/comment"), body).about(bug)
}

/// What of a comment is there already.
fn known(comments: &[Comment], draft: &Draft) -> Option<Posted> {
    // Who reads a comment for everybody may not see a private one.
    let seen = comments
        .iter()
        .filter(|comment| draft.is_private || !comment.is_private);
    let own: Vec<&Comment> = seen.filter(|comment| is_marked(&comment.text)).collect();
    let posted = |how, comment: &Comment| Posted {
        how,
        comment: comment.id,
        count: comment.count,
    };
    if let Some(same) = own.iter().find(|comment| draft.marker.leads(&comment.text)) {
        return Some(posted(How::Already, same));
    }
    let lines = own.iter().flat_map(|comment| comment.text.lines());
    let said: Vec<HashSet<&str>> = lines.map(|line| words(line).collect()).collect();
    let is_said = |statement: &String| {
        said.iter()
            .any(|line| words(statement).all(|word| line.contains(word)))
    };
    let last = own.last()?;
    draft
        .statements
        .iter()
        .all(is_said)
        .then(|| posted(How::NothingNew, last))
}

/// What a line is compared by. An older index knows fewer of the releases that another has named: that is nothing new.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split([' ', ',', ';', '\t'])
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(statements: &[&str], is_private: bool) -> Draft {
        let statements: Vec<String> = statements.iter().map(|&text| text.to_owned()).collect();
        let marker = Marker::new("0123456789abcdef", &statements);
        Draft {
            text: format!("{marker}\n\n{}", statements.join("\n")),
            marker,
            statements,
            is_private,
        }
    }

    fn comment(id: u64, text: &str, is_private: bool) -> Comment {
        Comment {
            id,
            text: text.to_owned(),
            is_private,
            ..Comment::default()
        }
    }

    fn seen(comments: &[Comment], draft: &Draft) -> Option<(How, u64)> {
        known(comments, draft).map(|posted| (posted.how, posted.comment))
    }

    #[test]
    fn only_what_is_new_is_said_again() {
        let first = draft(&["abc fixed in 3.9.0", "def fixed in 3.8.1"], false);
        let there = [
            comment(1, "hello", false),
            comment(2, &first.text.replace('\n', "\r\n"), false),
        ];
        assert_eq!(seen(&there, &first), Some((How::Already, 2)));
        // Less than before, in another order.
        let less = draft(&["def fixed in 3.8.1"], false);
        assert_eq!(seen(&there, &less), Some((How::NothingNew, 2)));
        let more = draft(&["abc fixed in 3.9.0", "abc fixed in 3.9.0, 3.8.4"], false);
        assert_eq!(seen(&there, &more), None);
        assert_eq!(seen(&there[..1], &first), None);
        // Fewer releases of one fix are not, those of another fix are.
        let fewer = draft(&["abc fixed in 3.9.0, 3.8.4", "ghi fixed in 3.7.1"], false);
        let there_too = [comment(3, &fewer.text, false)];
        assert_eq!(
            seen(&there_too, &draft(&["abc fixed in 3.8.4"], false)),
            Some((How::NothingNew, 3))
        );
        assert_eq!(
            seen(&there_too, &draft(&["ghi fixed in 3.8.4"], false)),
            None
        );
        // A quotation of ours is not ours.
        let quoted = format!("> {}", first.text.replace('\n', "\n> "));
        assert_eq!(seen(&[comment(1, &quoted, false)], &first), None);
    }

    #[test]
    fn what_a_group_has_read_is_new_to_everybody() {
        let there = [comment(1, &draft(&["a"], true).text, true)];
        assert_eq!(seen(&there, &draft(&["a"], false)), None);
        assert!(seen(&there, &draft(&["a"], true)).is_some());
    }

    #[test]
    fn bodies_have_booleans_and_no_numbers_of_bugs() {
        let call = of_draft(5, &draft(&["a"], true));
        assert_eq!(call.body["is_private"], json!(true));
        assert!(call.body["comment"].is_string());
        assert_eq!(call.body.len(), 2);
    }
}
