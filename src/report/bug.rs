//! What the stacks of a bug come to, as text and JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::{envelope, triage_fields};
use super::stack::{Frames, stack_text};
use super::style::{BOLD, DIM, plain, printable};
use super::triage::{TextOptions, triage_text};
use crate::bugzilla::{Attached, Bug, CommentOutcome, Finding, How, Posted, Report};
use crate::redact::{Redacted, redact};

/// The bug in a line, then the answer to each of its stacks.
#[must_use]
pub fn bug_text(report: &Report, findings: &[Finding], options: TextOptions) -> String {
    let mut text = bug_line(&report.bug);
    let _ = writeln!(text, "{DIM}{}{DIM:#}", printable(&report.page));
    for (number, finding) in findings.iter().enumerate() {
        let which = if findings.len() > 1 {
            format!("Stack {} of {}", number + 1, findings.len())
        } else {
            "Stack".to_owned()
        };
        let private = if finding.is_private { ", private" } else { "" };
        // Some answers end in an empty line.
        text.truncate(text.trim_end().len());
        text.push_str("\n\n");
        let _ = writeln!(
            text,
            "{BOLD}{which}{BOLD:#}, from {}{private}\n",
            printable(&origins(finding))
        );
        text.push_str(&triage_text(&finding.triage, options));
    }
    text
}

/// "bug 1841785 "python3.9: ...", NEW, Fedora 32, python3.9".
fn bug_line(bug: &Bug) -> String {
    let names = |names: Vec<&str>| names.join("/");
    let product = [bug.product.as_str(), &names(bug.version.iter().collect())].join(" ");
    let state = [bug.status.as_str(), bug.resolution.as_str()].join(" ");
    let component = names(bug.component.iter().collect());
    let parts = [state.trim(), product.trim(), &component];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!(
        "{BOLD}bug {}{BOLD:#} \"{}\", {}\n",
        bug.id,
        printable(&bug.summary),
        printable(&parts.join(", "))
    )
}

fn origins(finding: &Finding) -> String {
    let origins: Vec<String> = finding.origins.iter().map(ToString::to_string).collect();
    origins.join(", ")
}

/// The same as JSON.
#[must_use]
pub fn bug_json(report: &Report, findings: &[Finding], top: usize) -> Value {
    envelope(json!({
        "bug": bug(&report.bug, &report.page),
        "convincing": findings.iter().any(|finding| finding.triage.ranking.convincing),
        "findings": findings.iter().map(|each| finding(each, top)).collect::<Vec<_>>(),
        "problems": report.problems.iter().map(|what| json!({ "line": null, "what": what })).collect::<Vec<_>>(),
    }))
}

/// Findings alone, for whoever has the bug before his eyes.
#[must_use]
pub fn findings_json(findings: &[Finding], top: usize) -> Value {
    envelope(
        json!({ "findings": findings.iter().map(|each| finding(each, top)).collect::<Vec<_>>() }),
    )
}

/// The stacks of findings as plain text, without what is private.
#[must_use]
pub fn stacks_text(findings: &[Finding], frames: Frames) -> Redacted {
    let stacks = findings.iter().map(|finding| {
        let stacks = stack_text(&finding.triage.case.process, frames);
        format!("from {}\n\n{}", origins(finding), plain(&stacks))
    });
    redact(&stacks.collect::<Vec<_>>().join("\n"))
}

/// A bug's fields.
pub(super) fn bug(bug: &Bug, page: &str) -> Value {
    json!({
        "id": bug.id,
        "url": page,
        "summary": bug.summary,
        "status": bug.status,
        "resolution": Some(&bug.resolution).filter(|word| !word.is_empty()),
        "product": bug.product,
        "components": bug.component.iter().collect::<Vec<_>>(),
        "versions": bug.version.iter().collect::<Vec<_>>(),
        "see_also": bug.see_also,
        "whiteboard": bug.whiteboard,
        "last_change_time": bug.last_change_time,
    })
}

/// A finding: the fields of a triage, and where its stack stands.
fn finding(finding: &Finding, top: usize) -> Value {
    let mut value = triage_fields(&finding.triage, top);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("origins".to_owned(), json!(finding.origins));
        fields.insert("private".to_owned(), finding.is_private.into());
    }
    value
}

/// What became of a comment and what goes with it, in a line each.
#[must_use]
pub fn outcome_text(outcome: &CommentOutcome) -> String {
    let mut text = String::new();
    let words = outcome
        .posted
        .map_or_else(|| "not posted".to_owned(), posted_text);
    let _ = writeln!(text, "{words}");
    for (file, attached) in &outcome.attached {
        let words = match attached {
            Attached::New { attachment } => format!("attached {file} as attachment {attachment}"),
            Attached::Already { attachment } => {
                format!("{file} is attachment {attachment} already")
            }
            Attached::TooLarge { limit } => {
                format!(
                    "{file} is not attached: packed, too, it is larger than the {} KiB that the server takes",
                    limit >> 10
                )
            }
        };
        let _ = writeln!(text, "{words}");
    }
    for words in &outcome.fields {
        let _ = writeln!(text, "{}", printable(words));
    }
    text
}

fn posted_text(posted: Posted) -> String {
    // What people see is its number in the bug.
    let comment = posted
        .count
        .map_or_else(|| posted.comment.to_string(), |count| format!("#c{count}"));
    match posted.how {
        How::New {
            is_whole: Some(false),
        } => format!("posted as comment {comment}; the server does not show it as it was sent"),
        How::New { .. } => format!("posted as comment {comment}"),
        How::Already => format!("posted before, as comment {comment}: nothing was done"),
        How::NothingNew => {
            format!("comment {comment} and those before say all of it: nothing was posted")
        }
    }
}

/// What became of a comment, in a word.
pub(super) fn posted_word(posted: Option<&Posted>) -> &'static str {
    match posted.map(|posted| posted.how) {
        None => "not-posted",
        Some(How::New { .. }) => "posted",
        Some(How::Already) => "posted-before",
        Some(How::NothingNew) => "nothing-new",
    }
}

/// The same as JSON, with the comment itself.
#[must_use]
pub fn outcome_json(comment: &super::CommentText, outcome: &CommentOutcome) -> Value {
    let attached = outcome.attached.iter().map(|(file, attached)| {
        let (status, number) = match attached {
            Attached::New { attachment } => ("attached", Some(attachment)),
            Attached::Already { attachment } => ("attached-before", Some(attachment)),
            Attached::TooLarge { .. } => ("too-large", None),
        };
        json!({ "file_name": file, "status": status, "attachment": number })
    });
    envelope(json!({
        "bug": outcome.bug,
        "marker": comment.draft.marker.to_string(),
        "text": comment.draft.text,
        "private": comment.draft.is_private,
        "redacted": comment.redacted,
        "status": posted_word(outcome.posted.as_ref()),
        "comment": outcome.posted.map(|posted| posted.comment),
        "attachments": attached.collect::<Vec<_>>(),
        "fields": outcome.fields,
    }))
}
