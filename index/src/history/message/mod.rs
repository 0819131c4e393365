//! What a commit message says: issue and pull-request numbers, cherry-picks and reverts, kinds of failure, and the
//! identifiers it names.

mod identifiers;
mod issues;
mod kinds;
mod wording;

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::CommitId;
pub use identifiers::identifiers;
pub use issues::IssueRef;
use issues::issues;
pub use kinds::Kind;
pub use wording::Wording;

/// The facts of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// First line, as written.
    pub subject: String,
    /// Issues and pull requests named, in the order of the text, without repeats.
    pub issues: Vec<IssueRef>,
    /// How many of them the subject names: the first ones.
    pub(crate) issues_in_subject: u8,
    /// Commits of which it says to be a cherry-pick.
    pub cherry_picked_from: Vec<CommitId>,
    /// Commits of which it says to be the revert.
    pub reverts: Vec<CommitId>,
    /// Kinds of failure that its words name, sorted.
    pub kinds: Vec<Kind>,
    /// Identifiers named, sorted: words with an underscore, an inner capital, a dot, a call's brackets or backticks.
    pub identifiers: Vec<String>,
}

impl Message {
    /// Reads a message; `committed` (seconds since 1970) tells what a bare `#123` meant at that time.
    #[must_use]
    pub fn parse(text: &str, committed: i64) -> Self {
        let text = text.trim_start();
        let subject = text.lines().next().unwrap_or_default().trim().to_owned();
        Self {
            issues: issues(text, committed),
            // At most `MOST_ISSUES` are kept.
            issues_in_subject: u8::try_from(issues(&subject, committed).len()).unwrap_or(u8::MAX),
            cherry_picked_from: commits_after(&CHERRY_PICK, text),
            reverts: commits_after(&REVERT, text),
            kinds: Kind::named_in(text),
            identifiers: identifiers(text),
            subject,
        }
    }

    /// Issues and pull requests that the subject names.
    #[must_use]
    pub fn subject_issues(&self) -> &[IssueRef] {
        let count = usize::from(self.issues_in_subject).min(self.issues.len());
        &self.issues[..count]
    }

    /// The subject without what differs between a change and its backports: `[3.9]` and `(GH-123)`, numbers, case.
    #[must_use]
    pub fn bare_subject(&self) -> String {
        let without = DECORATION.replace_all(&self.subject, " ");
        let words = without
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
    }
}

/// Compiles a constant pattern.
pub(in crate::history) fn regex(pattern: &str) -> Regex {
    #[expect(
        clippy::unwrap_used,
        reason = "the patterns are constants that the tests compile"
    )]
    Regex::new(pattern).unwrap()
}

static CHERRY_PICK: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i-u)cherry[- ]?picked from (?:commit )?([0-9a-f]{40})\b"));

static REVERT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i-u)\bthis reverts commit ([0-9a-f]{40})\b"));

static DECORATION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^\s*(?:\[\d+\.\d+\]\s*)+|\((?:gh-|#)\d+\)|\[\d+\.\d+\]|^\s*(?:merge|backport)(?:ed)?:?\s|\b(?:bpo|gh)-\d+:?|^\s*(?:issue ?)?#\d+\s*[:.]?",
    )
});

fn commits_after(pattern: &Regex, text: &str) -> Vec<CommitId> {
    let mut found: Vec<CommitId> = Vec::new();
    for hit in pattern.captures_iter(text) {
        if let Ok(id) = hit[1].to_ascii_lowercase().parse::<CommitId>()
            && !found.contains(&id)
        {
            found.push(id);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_2020: i64 = 1_590_000_000;

    #[test]
    fn backports_share_the_bare_subject() {
        let subject = |text: &str| Message::parse(text, IN_2020).bare_subject();
        let main = subject("bpo-1234: Fix a hang in gen.throw() (GH-2028)");
        for backport in [
            "[3.9] bpo-1234: Fix a hang in gen.throw() (GH-2028) (GH-2030)",
            "bpo-1234: fix a hang in gen.throw() [3.8]",
        ] {
            assert_eq!(subject(backport), main);
        }
        assert_eq!(main, "fix a hang in gen throw");
        assert_eq!(subject("Issue #99: Fix x"), "fix x");
    }

    #[test]
    fn cherry_picks_and_reverts() {
        let hash = "7c30d12bd5359b0f66c4fbc98aa055398bcc8a7e";
        let message = Message::parse(&format!("x\n\n(cherry picked from commit {hash})"), IN_2020);
        assert_eq!(message.cherry_picked_from, [hash.parse().unwrap()]);
        let revert = Message::parse(
            &format!("Revert \"x\"\n\nThis reverts commit {hash}."),
            IN_2020,
        );
        assert_eq!(revert.reverts, [hash.parse().unwrap()]);
    }
}
