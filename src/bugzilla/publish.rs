//! What of an answer may be read by everybody who reads a bug.

use super::Finding;
use crate::triage::{KnownIssue, Triage};

/// What is shown beyond functions, files and lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    /// Arguments and local variables of frames, source lines, and the command line.
    pub values: bool,
    /// What only a group sees of the bug.
    pub private: bool,
}

/// The findings without what is not to be shown, and how many of them are left out as a whole.
///
/// Known issues are the user's own: of those on other trackers than GitHub's public one, nothing is said.
#[must_use]
pub fn publishable(findings: &[Finding], shown: Shown) -> (Vec<Finding>, usize) {
    let seen = findings
        .iter()
        .filter(|finding| shown.private || !finding.is_private);
    let seen: Vec<Finding> = seen
        .map(|finding| Finding {
            triage: published(finding.triage.clone(), shown),
            ..finding.clone()
        })
        .collect();
    let left_out = findings.len() - seen.len();
    (seen, left_out)
}

fn published(mut triage: Triage, shown: Shown) -> Triage {
    if !shown.values {
        triage.case.forget_values();
    }
    let (known, hidden): (Vec<_>, Vec<_>) = triage.known.into_iter().partition(is_public);
    triage.known = known;
    let hidden: Vec<String> = hidden.iter().map(|issue| issue.known.name()).collect();
    let ranking = &mut triage.ranking;
    for verdict in ranking.verdicts.iter_mut().chain(&mut ranking.contained) {
        let names = |text: &str| hidden.iter().any(|name| text.contains(name.as_str()));
        verdict.reasons.retain(|reason| !names(reason));
        for part in verdict.parts.iter_mut().filter(|part| names(&part.what)) {
            part.what.clear();
        }
    }
    triage
}

/// Repositories of GitHub Enterprise have their host before the owner.
fn is_public(issue: &KnownIssue) -> bool {
    let repository = issue.known.issue.key.tracker.strip_prefix("github:");
    repository.is_some_and(|repository| repository.matches('/').count() == 1)
}
