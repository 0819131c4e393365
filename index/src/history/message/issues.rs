//! Issue and pull-request numbers in a message.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::regex;

/// An issue or pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IssueRef {
    /// bugs.python.org, `SourceForge` numbers included, which it took over.
    Bpo(u32),
    /// A GitHub issue.
    Gh(u32),
    /// A GitHub pull request.
    Pr(u32),
}

impl fmt::Display for IssueRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bpo(number) => write!(f, "bpo-{number}"),
            Self::Gh(number) => write!(f, "gh-{number}"),
            Self::Pr(number) => write!(f, "GH-{number}"),
        }
    }
}

impl FromStr for IssueRef {
    type Err = String;

    /// Reads the spellings of [`Display`](fmt::Display): `bpo-40696`, `gh-112388`, `GH-20287`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (prefix, number) = text.split_once('-').ok_or_else(|| text.to_owned())?;
        let number = number.parse().map_err(|_| text.to_owned())?;
        match prefix {
            "bpo" => Ok(Self::Bpo(number)),
            "gh" => Ok(Self::Gh(number)),
            "GH" => Ok(Self::Pr(number)),
            _ => Err(text.to_owned()),
        }
    }
}

/// When CPython's issues moved from bugs.python.org to GitHub: 2022-04-10.
const MOVE_TO_GITHUB: i64 = 1_649_548_800;

/// When CPython's pull requests moved to GitHub: 2017-02-10. Before, `#n` was an issue.
const MOVE_OF_PULL_REQUESTS: i64 = 1_486_684_800;

static ISSUE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?P<open>\()?(?-u:\b)(?:(?P<bpo>[Bb][Pp][Oo]-)|(?P<gh>(?i:gh)-)|(?P<old>(?i:issues?|bugs?|patch(?:es)?|sf|pr)\s*#?\s?))(?P<n>\d{1,9})(?-u:\b)",
        r"|(?P<paren>\()?#(?P<hash>\d{1,9})(?-u:\b)",
        r"|bugs\.python\.org/issue(?P<url>\d{1,9})|/(?:pull|issues)/(?P<ghurl>\d{1,9})",
    ))
});

/// The numbers in a text, in its order; `committed` tells what a bare `#123` meant at that time.
pub(super) fn issues(text: &str, committed: i64) -> Vec<IssueRef> {
    let mut found = Vec::new();
    for hit in ISSUE.captures_iter(text) {
        if let Some(issue) = issue(&hit, committed)
            && !found.contains(&issue)
            && found.len() < MOST_ISSUES
        {
            found.push(issue);
        }
    }
    found
}

fn issue(hit: &regex::Captures<'_>, committed: i64) -> Option<IssueRef> {
    let number = |name| hit.name(name)?.as_str().parse::<u32>().ok();
    let has = |name| hit.name(name).is_some();
    // `issue 3` and `#1` are prose or the numbers of a list more often than issues.
    let bare = |n| (n >= 10).then(|| tracker_issue(n, committed));
    match number("n") {
        Some(n) if has("bpo") => return Some(IssueRef::Bpo(n)),
        // `(GH-20287)` behind a subject is the pull request. Elsewhere `GH-1` is one too as long as issues were on
        // bugs.python.org; later both spellings stand for issues.
        Some(n) if has("gh") && (has("open") || committed < MOVE_TO_GITHUB) => {
            return Some(IssueRef::Pr(n));
        }
        Some(n) if has("gh") => return Some(IssueRef::Gh(n)),
        Some(n) => return bare(n),
        None => {}
    }
    match number("hash") {
        Some(n) if has("paren") && committed >= MOVE_OF_PULL_REQUESTS => {
            return Some(IssueRef::Pr(n));
        }
        Some(n) => return bare(n),
        None => {}
    }
    number("url")
        .map(IssueRef::Bpo)
        .or_else(|| number("ghurl").map(IssueRef::Gh))
}

/// Merge and release commits list hundreds; their numbers tie nothing together.
const MOST_ISSUES: usize = 32;

fn tracker_issue(number: u32, committed: i64) -> IssueRef {
    if committed >= MOVE_TO_GITHUB {
        IssueRef::Gh(number)
    } else {
        IssueRef::Bpo(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_2015: i64 = 1_430_000_000;
    const IN_2020: i64 = 1_590_000_000;
    const IN_2023: i64 = 1_690_000_000;

    #[test]
    fn issue_numbers_of_every_time() {
        use IssueRef::{Bpo, Gh, Pr};
        for (text, committed, expected) in [
            (
                "bpo-40696: Fix a hang (GH-20287)",
                IN_2020,
                vec![Bpo(40696), Pr(20287)],
            ),
            (
                "gh-112388: fix (#112390)",
                IN_2023,
                vec![Gh(112388), Pr(112390)],
            ),
            ("Issue #20320: fix", IN_2015, vec![Bpo(20320)]),
            ("Closes #20320", IN_2015, vec![Bpo(20320)]),
            ("fixes #20320", IN_2023, vec![Gh(20320)]),
            ("SF bug #1234567: x", IN_2015, vec![Bpo(1_234_567)]),
            (
                "see https://bugs.python.org/issue33",
                IN_2020,
                vec![Bpo(33)],
            ),
            ("step #1 of issue 2, PEP 484, r12345", IN_2020, vec![]),
        ] {
            assert_eq!(issues(text, committed), expected, "{text}");
        }
    }
}
