//! What a commit message says: issue and pull-request numbers, cherry-picks and reverts, kinds of failure, and the
//! identifiers it names.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::CommitId;

/// The facts of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// First line, as written.
    pub subject: String,
    /// Issues and pull requests named, in the order of the text, without repeats.
    pub issues: Vec<IssueRef>,
    /// Commits of which it says to be a cherry-pick.
    pub cherry_picked_from: Vec<CommitId>,
    /// Commits of which it says to be the revert.
    pub reverts: Vec<CommitId>,
    /// Kinds of failure that its words name, sorted.
    pub kinds: Vec<Kind>,
    /// Identifiers named, sorted: words with an underscore, an inner capital, a dot, a call's brackets or backticks.
    pub identifiers: Vec<String>,
}

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

/// A kind of failure that words can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Crash, segmentation fault, null pointer dereference.
    Crash,
    /// Hang, endless loop.
    Hang,
    /// Deadlock.
    Deadlock,
    /// Use after free, double free, a borrowed reference that was lost.
    UseAfterFree,
    /// Buffer, stack or integer overflow, runaway recursion.
    Overflow,
    /// Memory or reference leak.
    Leak,
    /// Race condition.
    Race,
    /// Failed assertion, fatal error, abort.
    Assertion,
}

impl Kind {
    /// Every kind, with the words that name it in a message.
    const WORDS: [(Self, &'static str); 8] = [
        (
            Self::Crash,
            r"crash\w*|seg(?:mentation )?[- ]?faults?|segv|sigsegv|sigbus|core dump\w*|access violation|null[- ](?:pointer|deref\w*)|coredump\w*",
        ),
        (
            Self::Hang,
            r"hangs?|hung|hanging|freez\w+|infinite loop\w*|endless loop\w*|infinitely|never returns?|stuck|100% cpu|busy[- ]loop\w*",
        ),
        (Self::Deadlock, r"dead-?lock\w*"),
        (
            Self::UseAfterFree,
            r"use[- ]after[- ]free|double[- ]free\w*|dangling|already freed|freed memory|borrowed ref\w*|after (?:it|they|being) (?:is|are|was|were)?\s*freed|refcount\w*|reference count\w*",
        ),
        (
            Self::Overflow,
            r"(?:buffer|stack|integer|heap|int|c stack)[- ](?:over|under)(?:flow|run)\w*|overflow\w*|out[- ]of[- ]bounds|infinite recursion|recursion|recursive\w*|buffer over-?read\w*",
        ),
        (Self::Leak, r"(?:ref)?leak\w*"),
        (
            Self::Race,
            r"race|races|race conditions?|racy|data race\w*|thread[- ]safe\w*",
        ),
        (
            Self::Assertion,
            r"assert\w*|fatal error\w*|abort(?:s|ed|ing)?|systemerror",
        ),
    ];

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::WORDS.into_iter().map(|(kind, _)| kind)
    }

    /// The word that stands for it in texts and in the index.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Hang => "hang",
            Self::Deadlock => "deadlock",
            Self::UseAfterFree => "use-after-free",
            Self::Overflow => "overflow",
            Self::Leak => "leak",
            Self::Race => "race",
            Self::Assertion => "assertion",
        }
    }

    /// The kinds that a text names, sorted.
    #[must_use]
    pub fn named_in(text: &str) -> Vec<Self> {
        static PATTERNS: LazyLock<regex::RegexSet> = LazyLock::new(|| {
            let patterns = Kind::WORDS.map(|(_, words)| format!(r"(?i-u)\b(?:{words})\b"));
            #[expect(
                clippy::unwrap_used,
                reason = "the patterns are constants that the tests compile"
            )]
            regex::RegexSet::new(patterns).unwrap()
        });
        PATTERNS
            .matches(text)
            .into_iter()
            .map(|at| Self::WORDS[at].0)
            .collect()
    }
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

impl Message {
    /// Reads a message; `committed` (seconds since 1970) tells what a bare `#123` meant at that time.
    #[must_use]
    pub fn parse(text: &str, committed: i64) -> Self {
        let text = text.trim_start();
        let subject = text.lines().next().unwrap_or_default().trim().to_owned();
        Self {
            issues: issues(text, committed),
            cherry_picked_from: commits_after(&CHERRY_PICK, text),
            reverts: commits_after(&REVERT, text),
            kinds: Kind::named_in(text),
            identifiers: identifiers(text),
            subject,
        }
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
pub(super) fn regex(pattern: &str) -> Regex {
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

static ISSUE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?P<open>\()?(?-u:\b)(?:(?P<bpo>[Bb][Pp][Oo]-)|(?P<gh>(?i:gh)-)|(?P<old>(?i:issues?|bugs?|patch(?:es)?|sf|pr)\s*#?\s?))(?P<n>\d{1,9})(?-u:\b)",
        r"|(?P<paren>\()?#(?P<hash>\d{1,9})(?-u:\b)",
        r"|bugs\.python\.org/issue(?P<url>\d{1,9})|/(?:pull|issues)/(?P<ghurl>\d{1,9})",
    ))
});

fn issues(text: &str, committed: i64) -> Vec<IssueRef> {
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

static IDENTIFIER: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?-u:[A-Za-z_][A-Za-z0-9_]*(?:(?:\.|::|->)[A-Za-z_][A-Za-z0-9_]*)*)(\(\))?")
});

/// Longest message text that is searched for identifiers; svn merge commits quote whole logs.
const MOST_TEXT: usize = 64 << 10;

/// Identifiers a message names. A dotted name is given whole and in its parts.
#[must_use]
pub fn identifiers(text: &str) -> Vec<String> {
    let end = text
        .char_indices()
        .map(|(at, _)| at)
        .take_while(|&at| at <= MOST_TEXT)
        .last()
        .unwrap_or(0);
    let text = if text.len() <= MOST_TEXT {
        text
    } else {
        &text[..end]
    };
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !is_trailer(line)) {
        for hit in IDENTIFIER.captures_iter(line) {
            let whole = &hit[0];
            let name = whole.trim_end_matches("()");
            let start = hit.get(0).map_or(0, |m| m.start());
            let quoted = line[..start].ends_with(['`', '~']);
            // `me@example.org`, `https://example.org`: no code.
            if line[..start].ends_with(['@', '/', '%']) || name.len() > 200 {
                continue;
            }
            if quoted || whole.len() > name.len() || is_code(name) {
                found.extend(
                    name.split(['.', ':', '-', '>'])
                        .filter(|part| part.len() > 2)
                        .map(str::to_owned),
                );
                if name.contains('.') {
                    found.push(name.to_owned());
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn is_trailer(line: &str) -> bool {
    [
        "Co-authored-by:",
        "Signed-off-by:",
        "Co-Authored-By:",
        "Automerge-Triggered-By:",
        "Reviewed-by:",
    ]
    .iter()
    .any(|trailer| line.trim_start().starts_with(trailer))
}

/// Whether a word can only be code: an underscore, a capital behind a small letter, a dot within, or a digit in capitals.
fn is_code(name: &str) -> bool {
    if name.contains('_') && name.len() > 3 || name.contains("::") || name.contains("->") {
        return true;
    }
    let file = [".c", ".h", ".py", ".rst", ".txt"]
        .iter()
        .any(|end| name.ends_with(end));
    if name.contains('.') && !file {
        return name.split('.').all(|part| part.len() > 1);
    }
    let bytes = name.as_bytes();
    name.len() > 3
        && bytes
            .windows(2)
            .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
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

    #[test]
    fn kinds_by_their_words() {
        for (text, kinds) in [
            ("Fix a hang that can arise", vec![Kind::Hang]),
            ("fixed segfault in SomeType", vec![Kind::Crash]),
            (
                "Fix use-after-free crash",
                vec![Kind::Crash, Kind::UseAfterFree],
            ),
            ("possible deadlock", vec![Kind::Deadlock]),
            ("change exchange of trace", vec![]),
        ] {
            assert_eq!(Kind::named_in(text), kinds, "{text}");
        }
    }

    #[test]
    fn identifiers_are_code() {
        assert_eq!(
            identifiers(
                "Fix hang after gen.throw(): `deque` uses _PyErr_SetObject(), StopIteration. See Foo.\nCo-authored-by: a_b <c_d@e.f>"
            ),
            [
                "StopIteration",
                "_PyErr_SetObject",
                "deque",
                "gen",
                "gen.throw",
                "throw"
            ]
        );
    }
}
