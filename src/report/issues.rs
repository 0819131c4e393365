//! What is known of trackers, as text and JSON.

use std::path::Path;

use fixtrail_index::IndexError;
use fixtrail_index::issues::{ISSUE_FORMAT, IssueSearcher};
use indicatif::HumanCount;
use serde_json::{Value, json};

use super::json::envelope;
use super::style::printable;
use super::table::table_text;
use crate::issues::Imported;
use crate::issues::github::Fetched;

/// What an import came to.
#[must_use]
pub fn imported_text(imported: &Imported) -> String {
    format!(
        "{} records: {} new issues, {} changes, {} known already, {} skipped\n",
        HumanCount(imported.records + imported.skipped),
        HumanCount(imported.new),
        HumanCount(imported.changed),
        HumanCount(imported.unchanged),
        HumanCount(imported.skipped)
    )
}

/// The same as JSON.
#[must_use]
pub fn imported_json(imported: &Imported) -> Value {
    let reasons = imported.reasons.iter().map(ToString::to_string);
    envelope(json!({
        "records": imported.records,
        "new": imported.new,
        "changed": imported.changed,
        "unchanged": imported.unchanged,
        "skipped": imported.skipped,
        "reasons": reasons.collect::<Vec<_>>(),
    }))
}

/// What a fetch came to.
#[must_use]
pub fn fetched_text(fetched: &Fetched) -> String {
    format!(
        "{}{} requests, of which {} found nothing new\n",
        imported_text(&fetched.imported),
        HumanCount(fetched.requests),
        HumanCount(fetched.unchanged)
    )
}

/// The same as JSON.
#[must_use]
pub fn fetched_json(fetched: &Fetched) -> Value {
    let mut value = imported_json(&fetched.imported);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("requests".to_owned(), fetched.requests.into());
        fields.insert("not_modified".to_owned(), fetched.unchanged.into());
    }
    value
}

/// The trackers of an upstream, a line for each.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged.
pub fn issues_text(upstream: &str, issues: &IssueSearcher) -> Result<String, IndexError> {
    let rows = issues.counts()?.into_iter().map(|(tracker, counts)| {
        let count = |count| HumanCount(count).to_string();
        [
            printable(&tracker),
            count(counts.issues),
            count(counts.with_stacks),
            count(counts.stacks),
            fetched(issues, &tracker).unwrap_or_else(|| "no, imported".to_owned()),
        ]
    });
    let heads = [
        "TRACKER",
        "ISSUES",
        "WITH STACKS",
        "STACKS",
        "FETCHED UP TO",
    ];
    let table = table_text(heads, rows, &[1, 2, 3]);
    let place = issues.dir().display();
    Ok(format!("issues of {upstream} in {place}\n\n{table}"))
}

/// The same as JSON.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged.
pub fn issues_json(upstream: &str, issues: &IssueSearcher) -> Result<Value, IndexError> {
    let trackers = issues.counts()?.into_iter().map(|(tracker, counts)| {
        json!({
            "fetched": fetched(issues, &tracker),
            "tracker": tracker,
            "issues": counts.issues,
            "with_stacks": counts.with_stacks,
            "stacks": counts.stacks,
        })
    });
    let trackers: Vec<Value> = trackers.collect();
    Ok(of_folder(upstream, issues.dir(), trackers))
}

/// What there is to say of an upstream without issues.
#[must_use]
pub fn no_issues_json(upstream: &str, dir: &Path) -> Value {
    of_folder(upstream, dir, Vec::new())
}

fn of_folder(upstream: &str, dir: &Path, trackers: Vec<Value>) -> Value {
    envelope(json!({
        "upstream": upstream,
        "dir": dir,
        "format": ISSUE_FORMAT,
        "trackers": trackers,
    }))
}

/// Up to when all changes have been fetched.
fn fetched(issues: &IssueSearcher, tracker: &str) -> Option<String> {
    let (_, cursor) = issues.cursors().find(|(of, _)| *of == tracker)?;
    let cursor: Value = serde_json::from_str(cursor).ok()?;
    Some(cursor.get("issues")?.as_str()?.to_owned())
}
