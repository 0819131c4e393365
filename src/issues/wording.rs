//! What texts of trackers say of other issues.

use std::sync::LazyLock;

use fixtrail_index::history::IssueRef;
use fixtrail_index::issues::{IssueKey, Link, Target};
use regex::{Captures, Regex};

use super::records::issue_at;
use crate::pattern::regex;

/// Who wrote a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    /// Of a description, to which CPython's bots add the pull requests.
    Reporter,
    /// Of a comment.
    Commenter,
}

/// What commit messages of the project call an issue of its tracker.
pub(super) fn names(key: &IssueKey, pull_request: bool) -> Vec<IssueRef> {
    let number = u32::try_from(key.number)
        .ok()
        .filter(|_| key.tracker.starts_with("github:"));
    let name = number.map(|number| {
        if pull_request {
            IssueRef::Pr(number)
        } else {
            IssueRef::Gh(number)
        }
    });
    name.into_iter().collect()
}

/// Whether a label is a version: `3.12`, `3.12.1`.
pub(super) fn is_version(label: &str) -> bool {
    let mut parts = label.split('.');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    label.contains('.') && parts.all(digits)
}

/// A name without the address that it is in: what Bugzilla shows of a user to whoever is not logged in.
pub(super) fn without_domain(login: &str) -> String {
    login.split('@').next().unwrap_or_default().to_owned()
}

/// An issue in a text: `#123`, `gh-123`, `GH-123`, `bpo-123`, `owner/name#123`, an address.
const ISSUE: &str = r"(?:(?P<url>https?://[^\s)>\]]+)|(?P<repository>[\w.-]+/[\w.-]+)?#(?P<hash>\d{1,9})|(?i:gh)-(?P<gh>\d{1,9})|(?i:bpo)-(?P<bpo>\d{1,9}))\b";

fn target(key: &IssueKey, hit: &Captures<'_>) -> Option<Target> {
    let number = |name: &str| hit.name(name)?.as_str().parse().ok();
    let here = |number: u64| Target::Issue(IssueKey::new(&key.tracker, number));
    if let Some(url) = hit.name("url") {
        let bpo = url
            .as_str()
            .split_once("bugs.python.org/issue")
            .map(|(_, number)| number);
        let bpo = bpo
            .and_then(|number| number.parse().ok())
            .map(|number| Target::Name(IssueRef::Bpo(number)));
        return bpo.or_else(|| issue_at(url.as_str()).map(Target::Issue));
    }
    if let Some(bpo) = hit.name("bpo") {
        return Some(Target::Name(IssueRef::Bpo(bpo.as_str().parse().ok()?)));
    }
    match (hit.name("repository"), number("hash")) {
        (Some(repository), Some(number)) => Some(Target::Issue(IssueKey::new(
            &format!("github:{}", repository.as_str()),
            number,
        ))),
        (None, Some(number)) => Some(here(number)),
        _ => number("gh").map(here),
    }
}

/// What a pull request is about, by its title (`gh-103656: ...`, `[3.11] bpo-40696: ...`), and by its description: GitHub's
/// closing words, and the line that CPython's bots add.
pub(super) fn about(key: &IssueKey, title: &str, body: &str) -> Vec<Link> {
    static TITLE: LazyLock<Regex> =
        LazyLock::new(|| regex(&format!(r"^\s*(?:\[[\w. ]+\]\s*)?{ISSUE}\s*:")));
    static BODY: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            r"(?m)(?:(?i:\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)):?\s+|^\* Issue: |gh-issue-number: ){ISSUE}"
        ))
    });
    let titles = TITLE.captures_iter(title);
    let bodies = BODY.captures_iter(body);
    let mut links: Vec<Link> = titles
        .chain(bodies)
        .filter_map(|hit| target(key, &hit))
        .filter(|target| *target != Target::Issue(key.clone()))
        .map(Link::About)
        .collect();
    links.sort_unstable();
    links.dedup();
    links
}

/// What a description or comment ties its issue to: the list of pull requests that CPython's bots keep, and GitHub's word
/// for duplicates, which counts at the start of a line.
pub(super) fn linked(key: &IssueKey, text: &str, speaker: Speaker) -> Vec<Link> {
    static PULLS: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?s)<!-- gh-linked-prs -->(.*?)(?:<!-- /gh-linked-prs -->|\z)"));
    static EACH: LazyLock<Regex> = LazyLock::new(|| regex(ISSUE));
    static DUPLICATE: LazyLock<Regex> = LazyLock::new(|| {
        regex(&format!(
            r"(?m)^\s*(?:[Dd]uplicate of|[Ss]uperseded by):?\s+{ISSUE}"
        ))
    });
    let mut links = Vec::new();
    if speaker == Speaker::Reporter
        && let Some(list) = PULLS.captures(text)
    {
        let pulls = EACH.captures_iter(list.get(1).map_or("", |list| list.as_str()));
        links.extend(
            pulls
                .filter_map(|hit| target(key, &hit))
                .map(Link::PullRequest),
        );
    }
    let duplicates = DUPLICATE
        .captures_iter(text)
        .filter_map(|hit| target(key, &hit));
    links.extend(duplicates.map(Link::DuplicateOf));
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> IssueKey {
        IssueKey::new("github:python/cpython", number)
    }

    fn issue(number: u64) -> Target {
        Target::Issue(key(number))
    }

    #[test]
    fn pull_requests_say_what_they_are_about() {
        for (title, body, expected) in [
            ("gh-103656: Fix a crash", "", vec![issue(103_656)]),
            (
                "[3.11] gh-103656: Fix a crash (GH-9)",
                "",
                vec![issue(103_656)],
            ),
            (
                "bpo-40696: Fix a hang",
                "",
                vec![Target::Name(IssueRef::Bpo(40_696))],
            ),
            ("Fix a crash", "Closes #12.", vec![issue(12)]),
            (
                "Fix",
                "resolves: https://github.com/python/cpython/issues/13",
                vec![issue(13)],
            ),
            (
                "Fix",
                "text\n<!-- gh-issue-number: gh-14 -->\n* Issue: gh-14\n",
                vec![issue(14)],
            ),
            (
                "Fix",
                "fixes python/typing#3",
                vec![Target::Issue(IssueKey::new("github:python/typing", 3))],
            ),
            ("Speak of #15", "like #16, and prefixes #17", vec![]),
        ] {
            let expected: Vec<Link> = expected.into_iter().map(Link::About).collect();
            assert_eq!(about(&key(1), title, body), expected, "{title} {body}");
        }
    }

    #[test]
    fn issues_say_what_they_are_tied_to() {
        let body = "It crashes.\n<!-- gh-linked-prs -->\n### Linked PRs\n* gh-21\n* gh-22\n<!-- /gh-linked-prs -->\n";
        let pulls = [Link::PullRequest(issue(21)), Link::PullRequest(issue(22))];
        assert_eq!(linked(&key(1), body, Speaker::Reporter), pulls);
        assert!(linked(&key(1), body, Speaker::Commenter).is_empty());
        let duplicate = [Link::DuplicateOf(issue(7))];
        assert_eq!(
            linked(&key(1), "Thanks!\nDuplicate of #7", Speaker::Commenter),
            duplicate
        );
        assert!(linked(&key(1), "Is it a duplicate of #7?", Speaker::Commenter).is_empty());
    }
}
