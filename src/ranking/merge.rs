//! The answers of several indexes as one.

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::{Ranking, Verdict};

impl Ranking {
    /// The answers of several indexes as one, with at most `most` of the open verdicts and as many of the contained ones.
    ///
    /// The order within each index stays. Among the next of each the more probable comes first, equals in the order of the
    /// indexes; but one that is called weak, since stack and fix have too little in common, waits for all that are not.
    #[must_use]
    pub fn merged(rankings: Vec<Self>, most: usize) -> Self {
        let convincing = rankings.iter().any(|ranking| ranking.convincing);
        let (open, contained) = rankings
            .into_iter()
            .map(|ranking| (ranking.verdicts, ranking.contained))
            .unzip();
        Self {
            convincing,
            verdicts: merged(open, most),
            contained: merged(contained, most.max(1)),
        }
    }
}

fn merged(lists: Vec<Vec<Verdict>>, most: usize) -> Vec<Verdict> {
    let mut lists: Vec<VecDeque<Verdict>> = lists.into_iter().map(VecDeque::from).collect();
    let next = |lists: &[VecDeque<Verdict>]| {
        let heads = lists.iter().enumerate();
        let heads = heads.filter_map(|(at, list)| Some((at, list.front()?)));
        // `max_by` keeps the last of equals.
        let best = heads.rev().max_by(|(_, a), (_, b)| by_chance(a, b));
        best.map(|(at, _)| at)
    };
    let mut merged = Vec::new();
    while merged.len() < most
        && let Some(at) = next(&lists)
    {
        merged.extend(lists[at].pop_front());
    }
    merged
}

fn by_chance(a: &Verdict, b: &Verdict) -> Ordering {
    let probable = || a.probability.total_cmp(&b.probability);
    a.confidence.cmp(&b.confidence).then_with(probable)
}
