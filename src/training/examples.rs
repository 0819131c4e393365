//! Candidates of labelled inputs, with their amounts of each feature.

use std::collections::HashMap;

use fixtrail_index::{IndexError, Searcher};

use crate::eval::label::Label;
use crate::eval::{Difficulty, LabelledCase, Outcome, ReadInput, each_input, triaged};
use crate::ranking::{Verdict, features};
use fixtrail_index::Progress;

/// Where an example comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A failure that was reproduced, as some tool shows it.
    Reproduced,
    /// What a user wrote.
    Report,
    /// Made from the history itself.
    History,
}

/// One input with its candidates.
#[derive(Debug, Clone)]
pub struct Example {
    /// The fix, by which examples are held out together.
    pub fix: String,
    /// What kind of input it is: `gdb`, `report`.
    pub shape: String,
    /// Where it comes from.
    pub origin: Origin,
    /// How fair it is to expect an answer.
    pub difficulty: Difficulty,
    /// The candidates in the order of the ranking.
    pub candidates: Vec<Row>,
}

/// A candidate.
#[derive(Debug, Clone)]
pub struct Row {
    /// Numbers of features with the amount of each, those of 0 left out.
    pub amounts: Vec<(usize, f32)>,
    /// Whether it is the fix.
    pub right: bool,
}

/// The numbers of features by name.
pub(super) fn numbers() -> HashMap<&'static str, usize> {
    features().map(|feature| feature.name).zip(0..).collect()
}

/// The examples of labelled cases, in their order; what cannot be read gives one without candidates.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged.
pub fn of_cases(
    cases: &[LabelledCase],
    searcher: &Searcher,
    read: &ReadInput<'_>,
    progress: &dyn Progress,
) -> Result<Vec<Example>, IndexError> {
    let numbers = numbers();
    let examples = each_input(cases, progress, |label, input| {
        let origin = if input.shape == Outcome::REPORT {
            Origin::Report
        } else {
            Origin::Reproduced
        };
        let candidates = match triaged(label, input, searcher, read)? {
            Ok(triage) => rows(&triage.ranking.verdicts, &numbers, |verdict| {
                label.accepts(&verdict.fix)
            }),
            Err(_) => Vec::new(),
        };
        Ok(Example {
            fix: fix_of(label),
            shape: input.shape.clone(),
            origin,
            difficulty: label.difficulty,
            candidates,
        })
    });
    examples.into_iter().collect()
}

/// Abbreviated to what every label has.
fn fix_of(label: &Label) -> String {
    label.fix.chars().take(10).collect()
}

pub(super) fn rows(
    verdicts: &[Verdict],
    numbers: &HashMap<&'static str, usize>,
    right: impl Fn(&Verdict) -> bool,
) -> Vec<Row> {
    let row = |verdict: &Verdict| {
        let parts = verdict.parts.iter();
        Row {
            amounts: parts
                .filter_map(|part| Some((*numbers.get(part.name)?, part.amount)))
                .collect(),
            right: right(verdict),
        }
    };
    verdicts.iter().map(row).collect()
}
