//! The header that issues of bugs.python.org got when they moved to GitHub: a table, and a list of fields.
//!
//! ```text
//! BPO | [34355](https://bugs.python.org/issue34355)
//! --- | :---
//! Superseder | <li>bpo-34087: title</li>
//! PRs | <li>python/cpython#26545</li>
//!
//! issue_num = 34355
//! resolution = 'duplicate'
//! type = 'crash'
//! versions = ['Python 3.6', 'Python 3.7']
//! ```

use std::sync::LazyLock;

use fixtrail_index::history::IssueRef;
use fixtrail_index::issues::{Head, IssueKey, Link, Target};
use regex::Regex;

use crate::pattern::regex;

/// Adds what the header says, if the description has one.
pub(super) fn complete(head: &mut Head, key: &IssueKey, body: &str) {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?m)^(?:\*\*)?BPO(?:\*\*)? \| \[(\d{1,9})\]\(https?://bugs\.python\.org/")
    });
    let Some(number) = NUMBER.captures(body).and_then(|hit| hit[1].parse().ok()) else {
        return;
    };
    head.names.push(IssueRef::Bpo(number));
    let versions = field(body, "versions").unwrap_or_default();
    let versions = quoted(versions).map(|version| version.trim_start_matches("Python ").to_owned());
    head.versions.extend(versions);
    head.versions.sort_unstable();
    head.versions.dedup();
    let word = |name| quoted(field(body, name)?).next().map(str::to_owned);
    head.kind = word("type").or(head.kind.take());
    // What bugs.python.org said is more than GitHub's `completed`.
    head.resolution = word("resolution").or(head.resolution.take());
    head.links.extend(superseders(body));
    head.links.extend(pull_requests(key, body));
}

fn superseders(body: &str) -> impl Iterator<Item = Link> {
    static SUPERSEDER: LazyLock<Regex> = LazyLock::new(|| regex(r"bpo-(\d{1,9})\b"));
    let row = row(body, "Superseder").unwrap_or_default();
    let rows = SUPERSEDER
        .captures_iter(row)
        .filter_map(|hit| hit[1].parse().ok());
    let rows: Vec<u32> = rows.collect();
    let fields = rows.is_empty().then(|| field(body, "superseder")).flatten();
    let fields = fields
        .into_iter()
        .flat_map(quoted)
        .filter_map(|number| number.parse().ok());
    let numbers: Vec<u32> = rows.iter().copied().chain(fields).collect();
    numbers
        .into_iter()
        .map(|number| Link::DuplicateOf(Target::Name(IssueRef::Bpo(number))))
}

fn pull_requests(key: &IssueKey, body: &str) -> impl Iterator<Item = Link> {
    static PULL: LazyLock<Regex> = LazyLock::new(|| regex(r"python/cpython#(\d{1,9})\b"));
    let row = row(body, "PRs").unwrap_or_default();
    PULL.captures_iter(row)
        .filter_map(|hit| hit[1].parse().ok())
        .map(|number| Link::PullRequest(Target::Issue(IssueKey::new(&key.tracker, number))))
}

/// The second column of a row of the table.
fn row<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let rows = body.lines().take_while(|line| !line.starts_with("<sup>"));
    rows.filter_map(|line| line.split_once(" | "))
        .find(|(first, _)| *first == name)
        .map(|(_, rest)| rest)
}

/// What stands behind `name = ` on a line.
fn field<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let lines = body.lines();
    lines
        .filter_map(|line| line.split_once(" = "))
        .find(|(first, value)| *first == name && *value != "None")
        .map(|(_, value)| value)
}

/// The texts in quotes.
fn quoted(list: &str) -> impl Iterator<Item = &str> {
    list.split('\'').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made for this test, in the form of the header of a migrated issue.
    const BODY: &str = "BPO | [40001](https://bugs.python.org/issue40001)\n--- | :---\nNosy | @someone\n\
        PRs | <li>python/cpython#101</li><li>python/cpython#102</li>\nSuperseder | <li>bpo-39999: crash in a loop</li>\n\n\
        <sup>*Note: these values reflect the state.*</sup>\n\n```python\nissue_num = 40001\nresolution = 'duplicate'\n\
        superseder = '39999'\ntype = 'crash'\nversions = ['Python 3.8', 'Python 3.9']\n```\n";

    #[test]
    fn the_header_of_a_migrated_issue() {
        let key = IssueKey::new("github:python/cpython", 84_000);
        let mut head = Head {
            resolution: Some("completed".to_owned()),
            versions: vec!["3.9".to_owned()],
            ..Head::default()
        };
        complete(&mut head, &key, BODY);
        assert_eq!(head.names, [IssueRef::Bpo(40_001)]);
        assert_eq!(head.versions, ["3.8", "3.9"]);
        assert_eq!(head.kind.as_deref(), Some("crash"));
        assert_eq!(head.resolution.as_deref(), Some("duplicate"));
        let pull = |number| {
            Link::PullRequest(Target::Issue(IssueKey::new(
                "github:python/cpython",
                number,
            )))
        };
        let superseder = Link::DuplicateOf(Target::Name(IssueRef::Bpo(39_999)));
        assert_eq!(head.links, [superseder, pull(101), pull(102)]);
    }

    #[test]
    fn other_descriptions_have_none() {
        let mut head = Head::default();
        let key = IssueKey::new("github:python/cpython", 1);
        complete(
            &mut head,
            &key,
            "versions = ['Python 3.8']\nThe BPO | column",
        );
        assert_eq!(head, Head::default());
    }
}
