//! Known issues with a stack like the asked one, as text and JSON.

use std::fmt::Write as _;

use fixtrail_index::history::Containment;
use fixtrail_index::issues::{Head, Issue, State};
use serde_json::{Value, json};

use super::json::{commit, envelope, release};
use super::style::{BOLD, DIM, date, printable};
use super::title::title;
use crate::known::{Known, Lead, Via};
use crate::triage::{KnownFix, KnownIssue};

/// So many of the fixes of an issue are named; what names it later is most often a follow-up.
const FIXES: usize = 3;

/// So many shared frames are named.
const SHARED: usize = 5;

/// How many known issues are shown beside an answer.
const SHOWN: usize = 3;

/// What is known of the failure, beside an answer: an issue a paragraph.
pub(super) fn known_text(known: &[KnownIssue]) -> String {
    let mut text = String::new();
    for issue in known.iter().take(SHOWN) {
        text.push_str(&issue_text(issue));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn issue_text(issue: &KnownIssue) -> String {
    let known = &issue.known;
    let head = known.issue.head.as_ref();
    let (name, title) = (
        printable(&known.name()),
        head.map(|head| printable(&head.title)),
    );
    let title = title
        .map(|title| format!(" \"{title}\""))
        .unwrap_or_default();
    let like = if known.is_same() {
        "same stack as"
    } else {
        "a stack like that of"
    };
    let mut text = format!(
        "{BOLD}Known:{BOLD:#} {like} {name}{title}, {}\n",
        outcome(issue)
    );
    let _ = writeln!(text, "   {DIM}{}{DIM:#}", printable(&place_text(known)));
    text
}

/// "closed by 7c30d12bd535", "open: known, not fixed yet".
fn outcome(issue: &KnownIssue) -> String {
    let state = issue.known.issue.head.as_ref();
    if !issue.fixes.is_empty() {
        let fixes = issue.fixes.iter().take(FIXES).map(fix_text);
        let more = issue.fixes.len().saturating_sub(FIXES);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        return format!("closed by {}{more}", fixes.collect::<Vec<_>>().join(", "));
    }
    let canonical = issue.known.ties.duplicate_of.last();
    let duplicate = canonical
        .map(|of| format!(", a duplicate of {}", of.key))
        .unwrap_or_default();
    match canonical.and_then(|of| of.head.as_ref()).or(state) {
        None => format!("of which no more is known{duplicate}"),
        Some(head) if head.state == State::Open => format!("open{duplicate}: known, not fixed yet"),
        Some(head) => format!(
            "closed{}{duplicate}, without a fix that the index has",
            head.resolution
                .as_ref()
                .map(|word| format!(" as {}", printable(word)))
                .unwrap_or_default()
        ),
    }
}

fn fix_text(known: &KnownFix) -> String {
    let first: Vec<String> = known
        .first_releases
        .iter()
        .take(2)
        .map(ToString::to_string)
        .collect();
    let in_release = match &known.containment {
        Containment::Contained(version) => format!(", which you have since {version}"),
        _ if first.is_empty() => String::new(),
        _ => format!(" in {}", first.join(", ")),
    };
    format!("{}{in_release}", known.fix.main().id.short())
}

fn place_text(known: &Known) -> String {
    let mut text = format!(
        "{:.0} % alike: {}",
        known.similarity * 100.0,
        shared_text(known)
    );
    if let Some(post) = known.post() {
        let _ = write!(text, "; {} on {}", post.author, date(post.date));
        let url = post
            .url
            .as_ref()
            .or(known.issue.head.as_ref().map(|head| &head.url));
        let _ = write!(text, ", {}", url.map_or("", String::as_str));
    }
    text
}

fn shared_text(known: &Known) -> String {
    let shown: Vec<&str> = known
        .shared
        .iter()
        .take(SHARED)
        .map(String::as_str)
        .collect();
    match known.shared.len().saturating_sub(SHARED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The issues with the nearest stacks, best first.
#[must_use]
pub fn similar_text(found: &[Known]) -> String {
    let mut text = String::new();
    for (rank, known) in found.iter().enumerate() {
        let head = known.issue.head.as_ref();
        let title = head.map_or("", |head| &head.title);
        let _ = writeln!(
            text,
            "{BOLD}{}.{BOLD:#} {:3.0} %  {}  {}",
            rank + 1,
            known.similarity * 100.0,
            printable(&known.name()),
            printable(title)
        );
        let _ = writeln!(text, "   {}", state_text(head, &known.ties.duplicate_of));
        let _ = writeln!(text, "   {DIM}{}{DIM:#}", printable(&place_text(known)));
        if !known.ties.fixes.is_empty() {
            let leads = known
                .ties
                .fixes
                .iter()
                .take(2 * FIXES)
                .map(|tie| lead_text(&tie.to));
            let _ = writeln!(text, "   leads to {}", leads.collect::<Vec<_>>().join(" "));
        }
        text.push('\n');
    }
    text
}

fn state_text(head: Option<&Head>, duplicate_of: &[Issue]) -> String {
    let duplicates = duplicate_of
        .iter()
        .map(|issue| format!(", duplicate of {}", issue.key));
    let duplicates: String = duplicates.collect();
    let Some(head) = head else {
        return format!("of the issue itself nothing is known{duplicates}");
    };
    let resolution = head
        .resolution
        .as_ref()
        .map(|word| format!(" as {}", printable(word)));
    let state = match (head.state, head.closed) {
        (State::Open, _) => format!("open since {}", date(head.created)),
        (State::Closed, Some(closed)) => format!("closed on {}", date(closed)),
        (State::Closed, None) => "closed".to_owned(),
        (State::Merged, _) => "merged".to_owned(),
    };
    format!("{state}{}{duplicates}", resolution.unwrap_or_default())
}

fn lead_text(lead: &Lead) -> String {
    match lead {
        Lead::Commit(id) => id.short(),
        Lead::Name(name) => name.to_string(),
    }
}

/// The same as JSON.
#[must_use]
pub fn similar_json(found: &[Known]) -> Value {
    envelope(json!({ "similar": found.iter().map(known).collect::<Vec<_>>() }))
}

pub(super) fn known_issue(issue: &KnownIssue) -> Value {
    let mut value = known(&issue.known);
    let fixes = issue.fixes.iter().map(|fix| {
        json!({
            "commit": commit(fix.fix.main()),
            "title": title(&fix.fix),
            "fixed_in": fix.first_releases.iter().map(release).collect::<Vec<_>>(),
        })
    });
    if let Some(fields) = value.as_object_mut() {
        fields.insert("upstream".to_owned(), issue.upstream.clone().into());
        fields.insert("fixes".to_owned(), fixes.collect());
    }
    value
}

fn known(known: &Known) -> Value {
    let head = known.issue.head.as_ref();
    let post = known.post();
    let leads = known.ties.fixes.iter().map(|tie| {
        let via = match tie.via {
            Via::Closed => "closed",
            Via::PullRequest => "pull-request",
            Via::Number => "number",
        };
        match tie.to {
            Lead::Commit(id) => json!({ "commit": id, "via": via }),
            Lead::Name(name) => json!({ "name": name.to_string(), "via": via }),
        }
    });
    let duplicates = known
        .ties
        .duplicate_of
        .iter()
        .map(|issue| issue.key.to_string());
    json!({
        "issue": known.issue.key.to_string(),
        "name": known.name(),
        "title": head.map(|head| &head.title),
        "url": head.map(|head| &head.url),
        "state": head.map(|head| head.state),
        "resolution": head.and_then(|head| head.resolution.as_ref()),
        "closed": head.and_then(|head| head.closed),
        "labels": head.map(|head| &head.labels),
        "versions": head.map(|head| &head.versions),
        "similarity": known.similarity,
        "same": known.is_same(),
        "shared": known.shared,
        "post": post.map(|post| json!({ "author": post.author, "date": post.date, "url": post.url })),
        "duplicate_of": duplicates.collect::<Vec<_>>(),
        "leads": leads.collect::<Vec<_>>(),
    })
}
