//! The main job: evidence in, the fixing commits out, every stage in its turn.

use fixtrail_index::{IndexError, Manifest, Searcher, Version};

use crate::case::Case;
use crate::evidence::Problem;
use crate::query::query;
use crate::ranking::{Ranking, rank};
use crate::signature::{Signature, signature};

/// Everything a report says of one input.
#[derive(Debug, Clone)]
pub struct Triage {
    /// What the input holds.
    pub case: Case,
    /// What is looked for.
    pub signature: Signature,
    /// The answer.
    pub ranking: Ranking,
    /// What was searched.
    pub index: Manifest,
}

/// Finds the fixes for what a case shows.
///
/// `python` overrides the version that the case names; at most `most` verdicts are given.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged.
pub fn triage(
    mut case: Case,
    searcher: &Searcher,
    python: Option<&Version>,
    most: usize,
) -> Result<Triage, IndexError> {
    let signature = signature(&case.process, &case.facts);
    let query = query(&signature, &case.facts, searcher.code());
    if query.frames_left_out > 0 {
        let what = format!("{} outer frames were not looked for", query.frames_left_out);
        case.problems.push(Problem::of(what));
    }
    let ranking = rank(searcher, &query, &case.facts, python, most)?;
    Ok(Triage {
        case,
        signature,
        ranking,
        index: searcher.manifest().clone(),
    })
}
