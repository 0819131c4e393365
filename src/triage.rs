//! The main job: evidence in, the fixing commits out, every stage in its turn.

use fixtrail_index::{IndexError, Manifest, Searcher, Version};

use crate::evidence::{Evidence, Problem};
use crate::query::query;
use crate::ranking::{Ranking, rank};
use crate::signature::{Signature, signature};
use crate::stack::{Process, from_text};

/// Everything a report says of one input.
#[derive(Debug, Clone)]
pub struct Triage {
    /// What the input holds.
    pub evidence: Evidence,
    /// Its stacks.
    pub process: Process,
    /// What is looked for.
    pub signature: Signature,
    /// The answer.
    pub ranking: Ranking,
    /// What was searched.
    pub index: Manifest,
}

/// Finds the fixes for what the evidence shows.
///
/// `python` overrides the version that the evidence names.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged.
pub fn triage(
    mut evidence: Evidence,
    searcher: &Searcher,
    python: Option<&Version>,
) -> Result<Triage, IndexError> {
    let process = from_text(&evidence);
    let signature = signature(&process, &evidence.facts);
    let query = query(&signature, &evidence.facts);
    if query.frames_left_out > 0 {
        let what = format!("{} outer frames were not looked for", query.frames_left_out);
        evidence.problems.push(Problem { line: None, what });
    }
    let ranking = rank(searcher, &query, &evidence.facts, python)?;
    Ok(Triage {
        evidence,
        process,
        signature,
        ranking,
        index: searcher.manifest().clone(),
    })
}
