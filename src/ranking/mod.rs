//! From candidates to an ordered, explained answer.
//!
//! In: the query, the candidates of one index, the running version. Out: a [`Ranking`]: [`Verdict`]s, best first, each
//! with the parts of its score, its reasons in words and a confidence; or none, when nothing convinces.

mod confidence;
pub mod explain;
mod features;
mod judge;
mod merge;
mod model;
mod reasons;
mod running;

pub use confidence::{Calibration, Chance, Confidence, LIKELY, POSSIBLE};
use features::Context;
pub use features::{Basis, Feature, features};
use fixtrail_index::history::Containment;
use fixtrail_index::{IndexError, Limits, QueryTerm, Searcher, Version};
use judge::{Judge, Judged};
pub(crate) use model::weight;
pub use running::Running;
use serde::Serialize;

use crate::query::Query;
use fixtrail_index::fixes::Fix;

/// The answer of one index, or of several ([`Ranking::merged`]).
#[derive(Debug, Clone, Default)]
pub struct Ranking {
    /// Whether the best verdict is worth a reader's time. `false`: nothing convincing was found.
    pub convincing: bool,
    /// Fixes that the running version lacks, or may lack, best first.
    pub verdicts: Vec<Verdict>,
    /// Fixes that it has already, best first: if one of them fits, it did not help, or came back.
    pub contained: Vec<Verdict>,
}

/// One fix as an answer.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The upstream whose history it is in.
    pub upstream: String,
    /// What of that upstream the process runs, where it is known.
    pub running: Option<Running>,
    /// The fix.
    pub fix: Fix,
    /// The sum of the parts' values.
    pub score: f32,
    /// What the score is made of, the largest first.
    pub parts: Vec<Part>,
    /// How likely it is the right one, from 0 to 1, as far as labelled cases tell.
    pub probability: f64,
    /// How far to trust it, in a word.
    pub confidence: Confidence,
    /// What it rests on.
    pub rests_on: RestsOn,
    /// Why, in words, the best reason first.
    pub reasons: Vec<String>,
    /// Whether the running version has it.
    pub containment: Containment,
    /// First release of each series with it, oldest series first.
    pub first_releases: Vec<Version>,
}

impl Verdict {
    /// What the score would be without the parts of one name.
    #[must_use]
    pub fn score_without(&self, name: &str) -> f32 {
        let parts = self.parts.iter().filter(|part| part.name != name);
        parts.map(|part| part.value).sum()
    }
}

/// What a verdict rests on: either is enough to be more than weak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RestsOn {
    /// What stack and fix have in common.
    pub code: bool,
    /// Issues with a stack like the asked one.
    pub issues: bool,
}

/// A named part of a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// The feature.
    pub name: &'static str,
    /// What it adds: the amount times the feature's weight; negative for what speaks against the fix.
    pub value: f32,
    /// How much of the feature the fix has.
    pub amount: f32,
    /// What matched.
    pub what: String,
}

/// How many candidates are weighed. With a gdb stack the right fix is among them in 42 of 46 labelled crashes, with
/// coredumpctl's in 41; with 1,500 it is in 43 and 42, and no oftener among the first ten.
const CANDIDATES: Limits = Limits {
    open: 400,
    contained: 40,
};

/// Ranks the fixes of an index for a query; at most `most` of the open verdicts are given, and weighed are all the same.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged.
pub fn rank(
    searcher: &Searcher,
    query: &Query,
    running: Option<&Running>,
    most: usize,
) -> Result<Ranking, IndexError> {
    let version = running.map(Running::version_for_search);
    let found = searcher.search(&search_terms(query), version.as_ref(), CANDIDATES)?;
    let context = Context::new(query, &found.rarity, version.as_ref(), searcher);
    let mut judge = Judge::new(searcher, context, running);
    let mut open = judge.at_a_glance(found.open);
    judge.closely(&mut open)?;
    let had = judge.at_a_glance(found.contained);
    let scores = |judged: &[Judged]| {
        judged
            .iter()
            .map(|one| f64::from(one.score))
            .collect::<Vec<_>>()
    };
    let mut rivals = scores(&open);
    let verdicts = |judged: Vec<Judged>, rivals: &[f64]| {
        let mut verdicts = judged
            .into_iter()
            .take(most.max(1))
            .map(|judged| judge.verdict(judged))
            .collect::<Result<Vec<_>, _>>()?;
        confidence::assign(&mut verdicts, rivals, searcher.manifest().counts.fixes);
        Ok::<_, IndexError>(verdicts)
    };
    let mut offered = verdicts(open, &rivals)?;
    rivals.extend(scores(&had));
    let mut contained = verdicts(had, &rivals)?;
    let convincing = offered
        .first()
        .is_some_and(|best| best.confidence != Confidence::Weak);
    offered.truncate(most);
    // Beside a list that does not convince, a fix that the version has already would say even less.
    contained.retain(|verdict| verdict.confidence != Confidence::Weak);
    Ok(Ranking {
        convincing,
        verdicts: offered,
        contained,
    })
}

/// The terms of a query as the search for candidates is to weigh them.
fn search_terms(query: &Query) -> Vec<QueryTerm> {
    let weighed = query.terms.iter().map(|(clue, term)| QueryTerm {
        weight: term.weight * features::search_weight(query.clues[*clue].kind, term.field),
        ..term.clone()
    });
    weighed.collect()
}
