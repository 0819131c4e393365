//! Records of trackers, whoever exported them.
//!
//! In: bytes. Out: a [`Record`] for each issue, pull request, comment or event, or what is wrong with it. What a record is
//! is told from its members, not from the file: exports mix kinds, and `gh api --paginate` writes one list after another.

mod bpo;
mod bugzilla;
mod bugzilla_xml;
mod github;
mod graphql;
mod objects;
mod places;
mod times;

use std::io::{self, BufRead};

pub use bugzilla::OneOrMany;
pub(crate) use bugzilla::{bytes, is_set};
use fixtrail_index::issues::{Head, IssueKey, Link};
pub(super) use github::timeline;
pub(crate) use objects::Objects;
pub(super) use places::issue_at;
pub use places::{ParsePlaceError, Place};
use serde_json::Value;

/// What one record says of an issue.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The issue.
    pub key: IssueKey,
    /// What it says of the issue itself.
    pub head: Option<Head>,
    /// Description and comments.
    pub texts: Vec<Text>,
    /// Whether these are all comments that there are.
    pub all_texts: bool,
    /// What events tie the issue to.
    pub links: Vec<Link>,
    /// Whether these are all events that there are.
    pub all_events: bool,
}

/// A description or a comment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text {
    /// `description`, or the comment's number.
    pub id: String,
    /// When it was last changed, in seconds since 1970.
    pub updated: i64,
    /// Who wrote it.
    pub author: String,
    /// When, in seconds since 1970.
    pub date: i64,
    /// The page and place of it.
    pub url: Option<String>,
    /// What it says.
    pub body: String,
}

/// A record that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Unreadable {
    /// Which, by the issue's number where it has one.
    pub what: String,
    /// Why.
    pub why: String,
}

impl Unreadable {
    pub(super) fn of(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
        }
    }
}

impl Record {
    fn new(key: IssueKey) -> Self {
        Self {
            key,
            head: None,
            texts: Vec::new(),
            all_texts: false,
            links: Vec::new(),
            all_events: false,
        }
    }
}

/// One record, or why it is none.
pub type Read = Result<Record, Unreadable>;

/// Gives every record of a file. `tracker` is where records come from that do not say it themselves.
///
/// # Errors
///
/// That of reading; a broken record is given as what it is.
pub fn read(
    mut from: impl BufRead,
    tracker: Option<&Place>,
    each: &mut dyn FnMut(Read) -> io::Result<()>,
) -> io::Result<()> {
    let start = from.fill_buf()?;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if start.trim_ascii_start().starts_with(b"<") {
        return bugzilla_xml::read(from, each);
    }
    let mut objects = Objects::new(from);
    while let Some(object) = objects.next()? {
        for record in object.map_or_else(|why| vec![Err(why)], |value| of_value(value, tracker)) {
            each(record)?;
        }
    }
    Ok(())
}

/// The records in a JSON object.
pub(crate) fn of_value(value: Value, tracker: Option<&Place>) -> Vec<Read> {
    let has = |name: &str| value.get(name).is_some();
    match () {
        () if has("bugs") => bugzilla::container(value, tracker),
        () if has("issue_url") || has("pull_request_url") => vec![github::comment(value)],
        () if has("event") => vec![github::event(value)],
        () if has("number")
            && (has("createdAt") || has("updatedAt") || !has("html_url") && !has("created_at")) =>
        {
            vec![graphql::issue(value, tracker)]
        }
        () if has("number") => vec![github::issue(value)],
        () if has("bug_id") && has("text") => vec![bugzilla::comment(value, tracker)],
        () if has("id") && has("summary") => vec![bugzilla::bug(value, tracker)],
        () if has("data") || has("items") || has("nodes") => graphql::nodes(value, tracker),
        () => vec![Err(Unreadable::of(
            "a JSON object",
            "neither an issue nor a comment nor an event",
        ))],
    }
}

fn decode<T: serde::de::DeserializeOwned>(value: Value, what: &str) -> Result<T, Unreadable> {
    let number = ["number", "id", "bug_id"]
        .iter()
        .find_map(|name| value.get(name)?.as_u64());
    let what = number.map_or_else(|| what.to_owned(), |number| format!("{what} {number}"));
    serde_json::from_value(value).map_err(|error| Unreadable::of(what, error.to_string()))
}
