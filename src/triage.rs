//! The main job: evidence in, the fixing commits out, every stage in its turn.

use fixtrail_index::{CPYTHON, IndexError, Manifest, Searcher, Version};

use crate::case::Case;
use crate::evidence::Problem;
use crate::query::{Query, query};
use crate::ranking::{Ranking, Running, rank};
use crate::routing::{Routes, sightings};
use crate::signature::Signature;

/// Everything a report says of one input.
#[derive(Debug, Clone)]
pub struct Triage {
    /// What the input holds.
    pub case: Case,
    /// What is looked for.
    pub signature: Signature,
    /// The answer, of all indexes together.
    pub ranking: Ranking,
    /// The indexes, in the order in which they were given.
    pub indexes: Vec<IndexUse>,
}

/// An index, and what was asked of it.
#[derive(Debug, Clone)]
pub struct IndexUse {
    /// What it is of.
    pub manifest: Manifest,
    /// How many frames of the thread that matters are its upstream's.
    pub frames: usize,
    /// Whether it was searched: one of them may be where the failure is.
    pub searched: bool,
    /// What of the upstream the process runs, where it is known.
    pub running: Option<Running>,
    /// What was looked for; nothing in an index that was not searched.
    pub query: Query,
}

/// Finds the fixes for what a case shows, in the index of each upstream those for the frames that it owns.
///
/// `python` overrides the version of Python that the case names, or is that of the only index; at most `most` verdicts are given, best first.
///
/// # Errors
///
/// [`IndexError`] when an index is damaged.
pub fn triage(
    mut case: Case,
    searchers: &[Searcher],
    routes: &Routes,
    python: Option<&Version>,
    most: usize,
) -> Result<Triage, IndexError> {
    let signature = case.signature();
    let upstream = |searcher: &'_ Searcher| searcher.manifest().upstream.clone();
    let upstreams: Vec<String> = searchers.iter().map(upstream).collect();
    let upstreams: Vec<&str> = upstreams.iter().map(String::as_str).collect();
    let mut indexes = Vec::new();
    let mut rankings = Vec::new();
    let dealt = routes.routes(&signature, &case.facts, &upstreams);
    for (route, searcher) in dealt.into_iter().zip(searchers) {
        let given = python.filter(|_| route.upstream == CPYTHON || searchers.len() == 1);
        let mut index = IndexUse {
            manifest: searcher.manifest().clone(),
            frames: route.frames,
            searched: route.searched,
            running: Running::told(&sightings(&route.upstream, &case), given, searcher),
            query: Query::default(),
        };
        if route.searched {
            index.query = query(&route.signature, &route.facts, searcher.code());
            rankings.push(rank(searcher, &index.query, index.running.as_ref(), most)?);
        }
        indexes.push(index);
    }
    case.problems.extend(left_out(&indexes));
    Ok(Triage {
        case,
        signature,
        ranking: Ranking::merged(rankings, most),
        indexes,
    })
}

fn left_out(indexes: &[IndexUse]) -> Option<Problem> {
    let left_out: usize = indexes
        .iter()
        .map(|index| index.query.frames_left_out)
        .sum();
    let what = format!("{left_out} outer frames were not looked for");
    (left_out > 0).then(|| Problem::of(what))
}
