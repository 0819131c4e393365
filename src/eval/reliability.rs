//! Whether the words of confidence keep what they promise.

use serde::Serialize;

use super::bootstrap::{Estimate, mean};
use super::label::Difficulty;
use super::run::Outcome;
use crate::ranking::Confidence;

/// How often a word was said of the first verdict, and how often that verdict was right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// The word; `None`: there was no verdict.
    pub confidence: Option<Confidence>,
    /// How often it was said, of inputs with a fix and without.
    pub said: usize,
    /// How often it was said of inputs that have no fix.
    pub without_fix: usize,
    /// How often the verdict was right.
    pub right: usize,
    /// The share of those that were right, as far as it was said at all.
    pub share: Option<Estimate>,
}

/// A row for each word, the surest first, and one for no verdict; `unanswerable` are inputs without a fix.
#[must_use]
pub fn reliability(outcomes: &[Outcome], unanswerable: &[Outcome]) -> Vec<Reliability> {
    let words = [
        Some(Confidence::Likely),
        Some(Confidence::Possible),
        Some(Confidence::Weak),
        None,
    ];
    let row = |confidence| {
        let said = outcomes.iter().chain(unanswerable);
        let said = said.filter(|outcome| outcome.confidence == confidence);
        let right = said.clone().filter(|outcome| outcome.right()).count();
        let values = said
            .clone()
            .map(|outcome| (&*outcome.fix, f64::from(outcome.right())));
        Reliability {
            confidence,
            said: said.clone().count(),
            without_fix: said
                .clone()
                .filter(|o| o.difficulty == Difficulty::NoFix)
                .count(),
            right,
            share: mean(values),
        }
    };
    words.map(row).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::testing::outcome;

    #[test]
    fn a_row_for_each_word() {
        let said = [
            (Some(Confidence::Likely), Some(1)),
            (Some(Confidence::Likely), Some(1)),
            (Some(Confidence::Likely), Some(2)),
            (Some(Confidence::Weak), None),
            (None, None),
        ];
        let outcomes = said.map(|(confidence, rank)| Outcome {
            confidence,
            ..outcome("a", "gdb", rank)
        });
        let none = Outcome {
            confidence: Some(Confidence::Likely),
            difficulty: Difficulty::NoFix,
            ..outcome("b", "gdb", None)
        };
        let rows: Vec<_> = reliability(&outcomes, &[none])
            .into_iter()
            .map(|row| {
                (
                    row.said,
                    row.without_fix,
                    row.right,
                    row.share.map(|share| share.value),
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                (4, 1, 2, Some(0.5)),
                (0, 0, 0, None),
                (1, 0, 0, Some(0.0)),
                (1, 0, 0, Some(0.0))
            ]
        );
    }
}
