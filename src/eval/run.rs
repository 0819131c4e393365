//! Asking triage about every input of the cases, and where the right fix came.

use std::collections::BTreeMap;
use std::path::Path;
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use fixtrail_index::{IndexError, Progress, Searcher, Version};
use serde::Serialize;

use super::ablation;
use super::cases::{InputFile, LabelledCase};
use super::known_stacks::post_id;
use super::label::{Difficulty, Label};
use crate::case::Case;
use crate::ranking::{Confidence, Verdict};
use crate::routing::Routes;
use crate::triage::{Asked, Triage, triage};

/// What came of one input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The `id` of its case.
    pub case: String,
    /// Its file's name.
    pub file: String,
    /// What it is: `core`, `gdb`, `report`.
    pub shape: String,
    /// The kind of failure by the label.
    pub kind: String,
    /// The release series by the label.
    pub series: String,
    /// Whether it can be answered, by the label.
    pub difficulty: Difficulty,
    /// The fix by the label: what inputs are resampled by.
    pub fix: String,
    /// What triage took for the running version.
    pub running: Option<Version>,
    /// Where it had that from.
    pub running_from: VersionFrom,
    /// Place of the first right one among the verdicts, weak ones included; from 1. A right fix that is only among those
    /// that the version has already is none.
    pub rank: Option<usize>,
    /// Its place among the fixes that the version has already: most often a wrong version, or a wrong label.
    pub contained_rank: Option<usize>,
    /// What was said of the first verdict; `None`: there was no verdict.
    pub confidence: Option<Confidence>,
    /// Why there is no answer at all. The input counts as one that was not found.
    pub error: Option<String>,
    /// The rank without each part of the score that occurs in the answer, if it was asked for.
    #[serde(skip)]
    pub without: BTreeMap<&'static str, Option<usize>>,
}

impl Outcome {
    /// The shape of what a user wrote.
    pub(crate) const REPORT: &str = "report";

    /// Whether the first verdict is right.
    #[must_use]
    pub fn right(&self) -> bool {
        self.rank == Some(1)
    }
}

/// Where the running version comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionFrom {
    /// The input itself: an exact version, or a series where the label has no version that could be told.
    Evidence,
    /// The label, told as `--python` would be.
    Label,
    /// Neither shows one.
    Nothing,
}

/// A right fix behind so many others counts as not found.
const DEPTH: usize = 400;

/// Reads an input, or says in a line why it cannot be read.
pub type ReadInput<'a> = dyn Fn(&Path) -> Result<Case, String> + Sync + 'a;

/// Asks about every input, on every processor; the outcomes are in the order of the cases.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged.
pub fn run(
    cases: &[LabelledCase],
    searcher: &Searcher,
    read: &ReadInput<'_>,
    ablate: bool,
    progress: &dyn Progress,
) -> Result<Vec<Outcome>, IndexError> {
    let ask = |label: &Label, input: &InputFile| ask(label, input, searcher, read, ablate);
    each_input(cases, progress, ask).into_iter().collect()
}

/// Does something with every input, on every processor; the results are in the order of the cases.
pub(crate) fn each_input<T: Send>(
    cases: &[LabelledCase],
    progress: &dyn Progress,
    ask: impl Fn(&Label, &InputFile) -> T + Sync,
) -> Vec<T> {
    let inputs: Vec<(&Label, &InputFile)> = cases
        .iter()
        .flat_map(|case| case.inputs.iter().map(|input| (&case.label, input)))
        .collect();
    progress.phase("asking", Some(inputs.len() as u64));
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(inputs.len()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((label, input)) = inputs.get(at) else {
                return;
            };
            let result = ask(label, input);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((at, result));
            progress.advance(1);
        }
    };
    thread::scope(|scope| {
        for _ in 1..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|&(at, _)| at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Triages an input; in words why it cannot be read.
///
/// Triage gets what the file holds and the version, and nothing else of the label or the path. The version of the label
/// is told, as `--python` would be, unless the input itself shows an exact one.
pub(crate) fn triaged(
    label: &Label,
    input: &InputFile,
    searcher: &Searcher,
    read: &ReadInput<'_>,
) -> Result<Result<Triage, String>, IndexError> {
    let case = match read(&input.path) {
        Ok(case) => case,
        Err(why) => return Ok(Err(why)),
    };
    let shown = case.facts.pythons.iter().any(|sighting| sighting.exact);
    let told = label.version().filter(|_| !shown);
    let searchers = slice::from_ref(searcher);
    let own = post_id(label, input);
    let asked = Asked {
        // What is asked is not known yet.
        skip: &|_, post| post.id == own,
        ..Asked::new(told.as_ref(), DEPTH)
    };
    triage(case, searchers, Routes::built_in(), asked).map(Ok)
}

fn ask(
    label: &Label,
    input: &InputFile,
    searcher: &Searcher,
    read: &ReadInput<'_>,
    ablate: bool,
) -> Result<Outcome, IndexError> {
    let mut outcome = unanswered(label, input);
    match triaged(label, input, searcher, read)? {
        Ok(triage) => answered(&mut outcome, label, &triage, ablate),
        Err(why) => outcome.error = Some(why),
    }
    Ok(outcome)
}

fn unanswered(label: &Label, input: &InputFile) -> Outcome {
    Outcome {
        case: label.id.clone(),
        file: input.name.clone(),
        shape: input.shape.clone(),
        kind: label.kind.clone(),
        series: label.series(),
        difficulty: label.difficulty,
        fix: label.fix.clone(),
        running: None,
        running_from: VersionFrom::Nothing,
        rank: None,
        contained_rank: None,
        confidence: None,
        error: None,
        without: BTreeMap::new(),
    }
}

fn answered(outcome: &mut Outcome, label: &Label, triage: &Triage, ablate: bool) {
    let ranking = &triage.ranking;
    let running = triage
        .indexes
        .first()
        .and_then(|index| index.running.as_ref());
    outcome.running = running.map(|running| running.version.clone());
    outcome.running_from = match running {
        None => VersionFrom::Nothing,
        Some(running) if running.given => VersionFrom::Label,
        Some(_) => VersionFrom::Evidence,
    };
    let right: Vec<bool> = rights(label, &ranking.verdicts);
    outcome.rank = rank(&right);
    outcome.contained_rank = rank(&rights(label, &ranking.contained));
    outcome.confidence = ranking.verdicts.first().map(|verdict| verdict.confidence);
    if ablate {
        outcome.without = ablation::ranks(&ranking.verdicts, &right);
    }
}

fn rights(label: &Label, verdicts: &[Verdict]) -> Vec<bool> {
    verdicts
        .iter()
        .map(|verdict| label.accepts(&verdict.fix))
        .collect()
}

/// Place of the first that is right, from 1.
pub(super) fn rank(right: &[bool]) -> Option<usize> {
    right.iter().position(|&right| right).map(|at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_of_the_first_right_one() {
        for (right, expected) in [
            (&[][..], None),
            (&[false, false], None),
            (&[true], Some(1)),
            (&[false, true, true], Some(2)),
        ] {
            assert_eq!(rank(right), expected, "{right:?}");
        }
    }
}
