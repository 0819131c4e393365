//! The name of an issue among all trackers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A tracker and a number in it: `github:python/cpython#103656`, `bugzilla:bugzilla.redhat.com#1841785`.
///
/// Issues and pull requests of a GitHub repository share their numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IssueKey {
    /// `github:OWNER/NAME` or `bugzilla:HOST`, in small letters: neither tells letters by their case.
    pub tracker: String,
    /// From 1.
    pub number: u64,
}

/// A text that names no issue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no issue: TRACKER#NUMBER does")]
pub struct ParseKeyError(String);

impl IssueKey {
    /// The key of an issue.
    #[must_use]
    pub fn new(tracker: &str, number: u64) -> Self {
        Self {
            tracker: tracker.to_lowercase(),
            number,
        }
    }
}

impl fmt::Display for IssueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.tracker, self.number)
    }
}

impl FromStr for IssueKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.rsplit_once('#').and_then(|(tracker, number)| {
            let number = number.parse().ok()?;
            (!tracker.is_empty()).then(|| Self::new(tracker, number))
        });
        parsed.ok_or_else(|| ParseKeyError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = IssueKey::new("github:Python/cpython", 103_656);
        assert_eq!(key.to_string(), "github:python/cpython#103656");
        assert_eq!(key.to_string().parse(), Ok(key));
        for bad in ["", "#1", "github:a/b", "github:a/b#", "github:a/b#x"] {
            assert!(bad.parse::<IssueKey>().is_err(), "{bad}");
        }
    }
}
