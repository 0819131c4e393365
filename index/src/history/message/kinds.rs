//! Kinds of failure that a message names.

use std::sync::LazyLock;

use regex::RegexSet;
use serde::{Deserialize, Serialize};

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
        static PATTERNS: LazyLock<RegexSet> = LazyLock::new(|| {
            let patterns = Kind::WORDS.map(|(_, words)| format!(r"(?i-u)\b(?:{words})\b"));
            #[expect(
                clippy::unwrap_used,
                reason = "the patterns are constants that the tests compile"
            )]
            RegexSet::new(patterns).unwrap()
        });
        PATTERNS
            .matches(text)
            .into_iter()
            .map(|at| Self::WORDS[at].0)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
