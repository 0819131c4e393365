//! Release versions: `3.9.0b1`, `2.38`, `1.26.0rc1`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A release number with its pre-release part; ordered as releases are (`3.9.0a6 < 3.9.0b1 < 3.9.0rc1 < 3.9.0`).
///
/// Missing trailing numbers count as zero for the order and for equality: `3.9` is `3.9.0`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Version {
    numbers: Vec<u32>,
    pre: Option<(PreRelease, u32)>,
}

/// The stage of a pre-release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PreRelease {
    /// `a1`, `alpha1`.
    Alpha,
    /// `b1`, `beta1`.
    Beta,
    /// `rc1`, `c1`.
    Candidate,
}

/// A text that is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version such as 3.12.1 or 3.13.0rc2")]
pub struct ParseVersionError(String);

impl Version {
    /// A final release.
    #[must_use]
    pub fn new(numbers: &[u32]) -> Self {
        Self {
            numbers: numbers.to_vec(),
            pre: None,
        }
    }

    /// Major number.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.numbers.first().copied().unwrap_or(0)
    }

    /// Minor number, 0 where there is none.
    #[must_use]
    pub fn minor(&self) -> u32 {
        self.numbers.get(1).copied().unwrap_or(0)
    }

    /// The numbers as written.
    #[must_use]
    pub fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// Pre-release stage and its number.
    #[must_use]
    pub fn pre(&self) -> Option<(PreRelease, u32)> {
        self.pre
    }

    /// The release series: major and minor.
    #[must_use]
    pub fn series(&self) -> (u32, u32) {
        (self.major(), self.minor())
    }

    fn trimmed(&self) -> &[u32] {
        let end = self
            .numbers
            .iter()
            .rposition(|&n| n != 0)
            .map_or(0, |at| at + 1);
        &self.numbers[..end]
    }

    fn key(&self) -> (&[u32], (PreRelease, u32), bool) {
        let pre = self.pre.unwrap_or((PreRelease::Candidate, u32::MAX));
        (self.trimmed(), pre, self.pre.is_none())
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Version {}

impl std::hash::Hash for Version {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, number) in self.numbers.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            write!(f, "{number}")?;
        }
        match self.pre {
            None => Ok(()),
            Some((PreRelease::Alpha, n)) => write!(f, "a{n}"),
            Some((PreRelease::Beta, n)) => write!(f, "b{n}"),
            Some((PreRelease::Candidate, n)) => write!(f, "rc{n}"),
        }
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for Version {
    type Error = ParseVersionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    /// Reads `3.9.0b1`, `3.9.0~b1` (Debian, Fedora), `3.9.0-beta.1`, `v3.9`, and a trailing `+` (a build after the
    /// release, which CPython marks so) as the release itself.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseVersionError(text.to_owned());
        let body = text
            .trim()
            .trim_start_matches(['v', 'V'])
            .trim_end_matches('+');
        let split = body
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(body.len());
        let (numbers, rest) = body.split_at(split);
        let numbers: Vec<u32> = numbers
            .trim_end_matches('.')
            .split('.')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| error())?;
        if numbers.len() > 8 {
            return Err(error());
        }
        let pre = if rest.is_empty() {
            None
        } else {
            Some(pre_release(rest).ok_or_else(error)?)
        };
        Ok(Self { numbers, pre })
    }
}

fn pre_release(rest: &str) -> Option<(PreRelease, u32)> {
    let rest = rest
        .trim_start_matches(['~', '-', '_', '.'])
        .to_ascii_lowercase();
    let digits = rest
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (word, number) = rest.split_at(digits);
    let stage = match word.trim_end_matches(['.', '-', '_']) {
        "a" | "alpha" => PreRelease::Alpha,
        "b" | "beta" => PreRelease::Beta,
        "c" | "rc" | "pre" => PreRelease::Candidate,
        _ => return None,
    };
    Some((
        stage,
        if number.is_empty() {
            0
        } else {
            number.parse().ok()?
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn order_is_that_of_releases() {
        let order = [
            "2.7.18", "3.9.0a6", "3.9.0b1", "3.9.0b2", "3.9.0rc1", "3.9.0", "3.9.1", "3.10.0a1",
            "3.10",
        ];
        for pair in order.windows(2) {
            assert!(
                version(pair[0]) < version(pair[1]),
                "{} < {}",
                pair[0],
                pair[1]
            );
        }
        assert_eq!(version("3.9"), version("3.9.0"));
    }

    #[test]
    fn spellings() {
        for (text, same) in [
            ("3.9.0~b1", "3.9.0b1"),
            ("v2.0c1", "2.0rc1"),
            ("3.13.0a1+", "3.13.0a1"),
            ("1.2.0-beta.3", "1.2.0b3"),
        ] {
            assert_eq!(version(text), version(same), "{text}");
        }
        for text in ["", "abc", "3.x", "3..1", "99999999999", "3.9-1.fc32"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
