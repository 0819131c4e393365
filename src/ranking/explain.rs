//! Why one commit is where it is for one input.

use fixtrail_index::fixes::Fix;
use fixtrail_index::history::{CommitId, Containment};
use fixtrail_index::{IndexError, Searcher};

use super::features::Context;
use super::judge::Judge;
use super::{CANDIDATES, Ranking, Running, Verdict, search_terms};
use crate::query::Query;

/// One fix beside the answer to an input.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The fix as it was judged, or would have been.
    pub verdict: Verdict,
    /// How far it came.
    pub stage: Stage,
    /// Its place among all fixes that share a term with the query and that the running version lacks, from 1; 0 if it
    /// shares none.
    pub search_place: usize,
}

/// How far a fix came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It shares no term with the query.
    NoMatch,
    /// A later commit took it back.
    Reverted(CommitId),
    /// The running version has it.
    Contained,
    /// It shares terms, and too many others share more for it to be judged.
    NotCandidate,
    /// It was judged: its rank among the verdicts, from 1.
    Ranked(usize),
}

/// Explains a fix of the index; `ranking` is the answer to the same query, perhaps with those of other indexes.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged. `None`: the fix is not in it.
pub fn explain(
    searcher: &Searcher,
    query: &Query,
    running: Option<&Running>,
    ranking: &Ranking,
    fix: &Fix,
) -> Result<Option<Explanation>, IndexError> {
    let version = running.map(Running::version_for_search);
    let terms = search_terms(query);
    let Some((candidate, rarity, search_place)) = searcher.place(fix, &terms, version.as_ref())?
    else {
        return Ok(None);
    };
    let is_it = |verdict: &Verdict| verdict.fix.main().id == fix.main().id;
    let rank = ranking.verdicts.iter().position(is_it);
    let matched = !candidate.matches.is_empty();
    let judged = match rank {
        Some(at) => ranking.verdicts[at].clone(),
        None => {
            let context = Context::new(query, &rarity, version.as_ref(), searcher);
            Judge::new(searcher, context, running).alone(candidate)?
        }
    };
    let contained = matches!(judged.containment, Containment::Contained(_));
    let stage = match (rank, fix.reverted_by) {
        (Some(at), _) => Stage::Ranked(at + 1),
        (None, Some(by)) => Stage::Reverted(by),
        (None, None) if !matched => Stage::NoMatch,
        (None, None) if contained => Stage::Contained,
        (None, None) => Stage::NotCandidate,
    };
    Ok(Some(Explanation {
        verdict: judged,
        stage,
        search_place,
    }))
}

/// How many candidates are judged.
#[must_use]
pub fn candidates() -> usize {
    CANDIDATES.open
}
