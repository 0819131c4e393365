//! How good the answers are, on cases whose fix is known.
//!
//! In: folders of labelled cases ([`Cases`]) and an index. Each input is asked as a user would ask ([`run()`]); out comes
//! an [`Evaluation`]: the rank of the right fix for each input, recall and mean reciprocal rank with their intervals, how
//! far the words of confidence are right, and, if wanted, what moved since an earlier evaluation and what each part of
//! the score is worth.

pub mod ablation;
pub mod bootstrap;
mod cases;
pub mod compare;
pub mod figures;
pub mod known_stacks;
pub(crate) mod label;
pub mod reliability;
mod run;

pub use cases::{Cases, CasesError, InputFile, LabelledCase};
use fixtrail_index::Manifest;
pub use label::{Difficulty, Label};
pub use run::{Outcome, ReadInput, VersionFrom, run};
pub(crate) use run::{each_input, triaged};

use ablation::Ablation;
use compare::{Comparison, Earlier};
use figures::{Figures, Group};
use known_stacks::{Pairing, Strangers};
use reliability::Reliability;

/// What an evaluation found.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// Of each input that has a fix, in the order of the cases.
    pub outcomes: Vec<Outcome>,
    /// Of each input that has none.
    pub unanswerable: Vec<Outcome>,
    /// Over all inputs, of whatever shape; `None` without any.
    pub overall: Option<Figures>,
    /// By the shape of the input.
    pub by_shape: Vec<Group>,
    /// By the kind of failure.
    pub by_kind: Vec<Group>,
    /// By the release series of Python.
    pub by_series: Vec<Group>,
    /// By whether the labels say that an input can be answered.
    pub by_difficulty: Vec<Group>,
    /// What the words of confidence are worth.
    pub reliability: Vec<Reliability>,
    /// Beside an earlier evaluation, if there is one.
    pub comparison: Option<Comparison>,
    /// Without each part of the score; empty unless it was asked for.
    pub ablation: Vec<Ablation>,
    /// What known stacks are worth, if it was asked for: all inputs first.
    pub known_stacks: Vec<Pairing>,
    /// How often other failures look the same, if it was asked for.
    pub strangers: Option<Strangers>,
    /// What was searched.
    pub index: Manifest,
}

impl Evaluation {
    /// Sums up the outcomes of [`run()`].
    #[must_use]
    pub fn new(outcomes: Vec<Outcome>, earlier: Option<&Earlier>, index: Manifest) -> Self {
        let (unanswerable, outcomes): (Vec<Outcome>, Vec<Outcome>) = outcomes
            .into_iter()
            .partition(|outcome| outcome.difficulty == Difficulty::NoFix);
        let all: Vec<&Outcome> = outcomes.iter().collect();
        let rank = |outcome: &Outcome| outcome.rank;
        Self {
            overall: figures::of(&all, rank),
            by_shape: figures::by(&outcomes, |outcome| outcome.shape.clone(), rank),
            by_kind: figures::by(&outcomes, |outcome| outcome.kind.clone(), rank),
            by_series: figures::by(&outcomes, |outcome| outcome.series.clone(), rank),
            by_difficulty: figures::by(&outcomes, |outcome| outcome.difficulty.to_string(), rank),
            reliability: reliability::reliability(&outcomes, &unanswerable),
            comparison: earlier.map(|earlier| compare::compare(&outcomes, earlier)),
            ablation: ablation::ablations(&outcomes),
            known_stacks: Vec::new(),
            strangers: None,
            index,
            outcomes,
            unanswerable,
        }
    }
}

#[cfg(test)]
mod testing {
    use super::*;

    /// An outcome of a case with its own fix.
    pub(super) fn outcome(case: &str, shape: &str, rank: Option<usize>) -> Outcome {
        Outcome {
            case: case.to_owned(),
            file: format!("{shape}.txt"),
            shape: shape.to_owned(),
            kind: "crash".to_owned(),
            series: "3.9".to_owned(),
            difficulty: Difficulty::Plain,
            fix: case.to_owned(),
            running: None,
            running_from: VersionFrom::Nothing,
            rank,
            contained_rank: None,
            confidence: None,
            error: None,
            without: std::collections::BTreeMap::new(),
        }
    }
}
