//! A comment and what goes with it: each stored once, whatever happens in between.

use super::comment::Format;
use crate::bugzilla::{
    Attached, Bug, BugzillaError, CommentOutcome, Enclosure, Finding, How, Server,
};
use crate::cli::bugzilla::BugLock;
use crate::cli::failure::{Failure, one_line};
use crate::cli::ui::Ui;
use crate::redact::redact_json;
use crate::report::{self, CommentText, Frames};

/// How many fixes an attached report has.
const TOP: usize = 10;

pub(super) struct Publication<'a> {
    pub(super) bug: &'a Bug,
    pub(super) findings: &'a [Finding],
    pub(super) comment: &'a CommentText,
    pub(super) attach: Option<Format>,
    pub(super) whiteboard: bool,
    pub(super) see_also: bool,
}

impl Publication<'_> {
    /// What is there already.
    pub(super) fn look(&self, server: &Server<'_>) -> Result<CommentOutcome, Failure> {
        Ok(CommentOutcome {
            bug: self.bug.id,
            posted: server.known(self.bug.id, &self.comment.draft)?,
            ..CommentOutcome::default()
        })
    }

    /// Stores all of it.
    pub(super) fn publish(&self, server: &Server<'_>, ui: &Ui) -> Result<CommentOutcome, Failure> {
        let lock = BugLock::take(server.base(), self.bug.id, ui)?;
        lock.begin()?;
        let posted = server.post(self.bug.id, &self.comment.draft, lock.cut_off())?;
        let mut outcome = CommentOutcome {
            bug: self.bug.id,
            posted: Some(posted),
            ..CommentOutcome::default()
        };
        // Reports of an answer that was not posted would say nothing new either.
        if posted.how != How::NothingNew {
            for file in self.files(ui) {
                let attached = server.attach(self.bug.id, &file, lock.cut_off())?;
                outcome.attached.push((file.file_name, attached));
            }
        }
        lock.end()?;
        outcome.fields.extend(self.mark(server)?);
        outcome.fields.extend(self.point(server)?);
        Ok(outcome)
    }

    /// The report and the stacks.
    fn files(&self, ui: &Ui) -> Vec<Enclosure> {
        let Some(format) = self.attach else {
            return Vec::new();
        };
        let (report, in_report) = self.report(format);
        let stacks = report::stacks_text(self.findings, Frames::All);
        let in_stacks = stacks.count;
        if in_report + in_stacks > 0 {
            ui.note(&format!(
                "private details that have a word in their place: {in_report} in the report, {in_stacks} in the stack"
            ));
        }
        let what = ("stack.txt", "normalised stack", "text/plain");
        vec![report, self.enclosure(what, stacks.text)]
    }

    /// The report, and how many private details were taken out of it.
    fn report(&self, format: Format) -> (Enclosure, usize) {
        match format {
            Format::Html => {
                let heading = format!("fixtrail report of bug {}", self.bug.id);
                let page = report::html_report(&heading, self.findings, TOP);
                let what = ("report.html", "full report", "text/html");
                (self.enclosure(what, page.html), page.redacted)
            }
            Format::Json => {
                let mut value = report::findings_json(self.findings, TOP);
                let redacted = redact_json(&mut value);
                let what = ("report.json", "full report", "application/json");
                (self.enclosure(what, format!("{value:#}\n")), redacted)
            }
        }
    }

    /// A file by the end of its name, what it is, and its type.
    fn enclosure(
        &self,
        (rest, what, content_type): (&str, &str, &'static str),
        text: String,
    ) -> Enclosure {
        let draft = &self.comment.draft;
        Enclosure {
            file_name: draft.marker.file_name(rest),
            summary: format!("fixtrail: {what}"),
            content_type,
            bytes: text.into_bytes(),
            is_private: draft.is_private,
        }
    }

    fn mark(&self, server: &Server<'_>) -> Result<Option<String>, Failure> {
        if !self.whiteboard {
            return Ok(None);
        }
        let word = self.comment.draft.marker.word();
        let words = match server.mark(self.bug, &word) {
            Ok(true) => format!("added {word} to the whiteboard"),
            Ok(false) => format!("the whiteboard has {word} already"),
            Err(error) => refused("the whiteboard was not changed", error)?,
        };
        Ok(Some(words))
    }

    /// Servers take addresses of trackers that they know alone: the first that is taken stays.
    fn point(&self, server: &Server<'_>) -> Result<Option<String>, Failure> {
        if !self.see_also {
            return Ok(None);
        }
        let verdicts = self
            .findings
            .iter()
            .filter_map(|finding| finding.triage.ranking.verdicts.first());
        let addresses: Vec<String> = verdicts.take(1).flat_map(report::upstream_issues).collect();
        let mut words = "See Also was not changed: no upstream issue is known".to_owned();
        for address in addresses {
            match server.point(self.bug, &address) {
                Ok(true) => return Ok(Some(format!("added {address} to See Also"))),
                Ok(false) => return Ok(Some(format!("See Also has {address} already"))),
                Err(error) => words = refused("See Also was not changed", error)?,
            }
        }
        Ok(Some(words))
    }
}

/// What a server does not let this user do is no reason to fail: the comment is there.
fn refused(what: &str, error: BugzillaError) -> Result<String, Failure> {
    match error {
        error @ BugzillaError::Refused { .. } => Ok(format!("{what}: {}", one_line(&error))),
        other => Err(other.into()),
    }
}

/// Says what became of it.
pub(super) fn say(
    outcome: &CommentOutcome,
    comment: &CommentText,
    yes: bool,
    server: &Server<'_>,
    ui: &Ui,
) {
    if comment.redacted > 0 {
        ui.note(&format!(
            "{} private details of the comment have a word in their place",
            comment.redacted
        ));
    }
    ui.status(report::outcome_text(outcome).trim_end());
    if outcome
        .attached
        .iter()
        .any(|(_, attached)| matches!(attached, Attached::New { .. }))
        || outcome.posted.is_some()
    {
        ui.status(&server.bug_page(outcome.bug));
    }
    if !yes && outcome.posted.is_none() {
        ui.status("--yes posts it");
    }
}
