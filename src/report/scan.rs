//! What many bugs come to, a line each.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bug::posted_word;
use super::json::envelope;
use super::style::printable;
use super::table::table_text;
use super::title::title;
use super::triage::fixed_text;
use crate::bugzilla::{Bug, Finding, Posted};
use crate::ranking::{Confidence, Verdict};

/// What one bug comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanLine {
    /// Its number.
    pub bug: u64,
    /// Its page.
    pub url: String,
    /// Its title.
    pub summary: String,
    /// When it was changed last, as the server writes it.
    pub changed: String,
    /// What was found.
    pub status: ScanStatus,
    /// The best fix, where one convinces.
    pub fix: Option<ScanFix>,
    /// An issue with the same stack.
    pub known: Option<String>,
    /// The hash of the signature of the stack that this is about.
    pub signature: Option<String>,
    /// Where that stack stands.
    pub origins: Vec<String>,
    /// What became of the comment: `posted`, `posted-before`, `nothing-new`; `None` where none was to be posted.
    pub posted: Option<String>,
    /// Why there is no answer, or no comment.
    pub problem: Option<String>,
}

/// What was found of a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScanStatus {
    /// A convincing fix.
    Fixed,
    /// No fix, but an issue with the same stack.
    Known,
    /// A stack, and nothing convincing.
    Nothing,
    /// No stack.
    NoStack,
    /// The bug could not be read.
    Failed,
}

/// The best fix of a bug.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanFix {
    /// `likely` or `possible`.
    pub confidence: String,
    /// How likely it is the right one.
    pub probability: f64,
    /// The project.
    pub upstream: String,
    /// The main commit.
    pub commit: String,
    /// Its title.
    pub title: String,
    /// The first release of each series with it.
    pub releases: Vec<String>,
    /// The same in words.
    pub fixed: String,
    /// Its issues.
    pub issues: Vec<String>,
}

impl ScanFix {
    fn of(verdict: &Verdict) -> Self {
        let releases = verdict.first_releases.iter();
        let issues = verdict.fix.issues();
        Self {
            confidence: verdict.confidence.to_string(),
            probability: verdict.probability,
            upstream: verdict.upstream.clone(),
            commit: verdict.fix.main().id.to_string(),
            title: title(&verdict.fix),
            releases: releases.map(ToString::to_string).collect(),
            fixed: fixed_text(verdict),
            issues: issues.iter().map(ToString::to_string).collect(),
        }
    }
}

impl ScanLine {
    fn of(bug: &Bug, url: &str, status: ScanStatus) -> Self {
        Self {
            bug: bug.id,
            url: url.to_owned(),
            summary: bug.summary.clone(),
            changed: bug.last_change_time.clone(),
            status,
            fix: None,
            known: None,
            signature: None,
            origins: Vec::new(),
            posted: None,
            problem: None,
        }
    }

    /// That of a bug which was read; of its findings the most convincing is told.
    #[must_use]
    pub fn found(bug: &Bug, url: &str, findings: &[Finding]) -> Self {
        let Some(finding) = findings.first() else {
            return Self::of(bug, url, ScanStatus::NoStack);
        };
        let triage = &finding.triage;
        let first = triage.ranking.verdicts.first();
        let convincing = first.filter(|verdict| verdict.confidence != Confidence::Weak);
        let fix = convincing.map(ScanFix::of);
        let known = triage.known.iter().find(|issue| issue.known.is_same());
        let known = known.map(|issue| issue.known.name());
        let status = match (&fix, &known) {
            (Some(_), _) => ScanStatus::Fixed,
            (None, Some(_)) => ScanStatus::Known,
            (None, None) => ScanStatus::Nothing,
        };
        Self {
            fix,
            known,
            signature: Some(triage.signature.hash.clone()),
            origins: finding.origins.iter().map(ToString::to_string).collect(),
            ..Self::of(bug, url, status)
        }
    }

    /// That of a bug which could not be read.
    #[must_use]
    pub fn failed(bug: &Bug, url: &str, problem: String) -> Self {
        Self {
            problem: Some(problem),
            ..Self::of(bug, url, ScanStatus::Failed)
        }
    }

    /// With what became of its comment.
    #[must_use]
    pub fn with_posted(mut self, posted: Option<&Posted>) -> Self {
        self.posted = Some(posted_word(posted).to_owned());
        self
    }
}

/// A line as JSON.
#[must_use]
pub fn scan_json(line: &ScanLine) -> Value {
    envelope(serde_json::to_value(line).unwrap_or_default())
}

/// All lines as a table.
#[must_use]
pub fn scan_text(lines: &[ScanLine]) -> String {
    let rows = lines.iter().map(|line| {
        let (fix, release) = match &line.fix {
            Some(fix) => (
                fix.issues
                    .first()
                    .cloned()
                    .unwrap_or_else(|| fix.commit.chars().take(12).collect()),
                fix.releases.join(" "),
            ),
            None => (line.known.clone().unwrap_or_default(), String::new()),
        };
        [
            line.bug.to_string(),
            answer(line),
            fix,
            release,
            line.posted.clone().unwrap_or_default(),
            printable(line.problem.as_ref().unwrap_or(&line.summary)),
        ]
    });
    table_text(
        ["bug", "answer", "fix", "fixed in", "comment", "summary"],
        rows,
        &[0],
    )
}

fn answer(line: &ScanLine) -> String {
    match (line.status, &line.fix) {
        (ScanStatus::Fixed, Some(fix)) => fix.confidence.clone(),
        (ScanStatus::Fixed, None) => "fixed".to_owned(),
        (ScanStatus::Known, _) => "known".to_owned(),
        (ScanStatus::Nothing, _) => "nothing".to_owned(),
        (ScanStatus::NoStack, _) => "no stack".to_owned(),
        (ScanStatus::Failed, _) => "failed".to_owned(),
    }
}
