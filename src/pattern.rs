//! Patterns that stand in the source.

use regex::Regex;

/// Compiles a constant pattern.
pub(crate) fn regex(pattern: &str) -> Regex {
    #[expect(
        clippy::unwrap_used,
        reason = "the patterns are constants that the tests compile"
    )]
    Regex::new(pattern).unwrap()
}
