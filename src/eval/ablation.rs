//! What each kind of score part is worth: the figures without it.
//!
//! The candidates are those that ranking gave, put into a new order by their scores without the part; nothing is searched
//! anew. So it tells what a part does for the order, and not what its terms do for the search.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::figures::{self, Figures, Group};
use super::run::{Outcome, rank};
use crate::ranking::Verdict;

/// The figures without one part of the score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ablation {
    /// The part's name.
    pub part: &'static str,
    /// In how many answers it occurs.
    pub occurs_in: usize,
    /// Over all inputs.
    pub overall: Figures,
    /// By shape.
    pub by_shape: Vec<Group>,
}

/// The rank of the first right verdict without each part that any of them has.
///
/// `right` says of each verdict whether it is right.
pub(super) fn ranks(verdicts: &[Verdict], right: &[bool]) -> BTreeMap<&'static str, Option<usize>> {
    let parts = verdicts.iter().flat_map(|verdict| &verdict.parts);
    let names: BTreeSet<&'static str> = parts.map(|part| part.name).collect();
    let without = |name| {
        let scores: Vec<f32> = verdicts
            .iter()
            .map(|verdict| verdict.score_without(name))
            .collect();
        reranked(&scores, right)
    };
    names
        .into_iter()
        .map(|name| (name, without(name)))
        .collect()
}

/// The rank of the first right one by other scores. Equal scores keep their order.
fn reranked(scores: &[f32], right: &[bool]) -> Option<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let right: Vec<bool> = order.into_iter().map(|at| right[at]).collect();
    rank(&right)
}

/// The figures without each part that occurs, by name.
#[must_use]
pub fn ablations(outcomes: &[Outcome]) -> Vec<Ablation> {
    let names = outcomes.iter().flat_map(|outcome| outcome.without.keys());
    let names: BTreeSet<&'static str> = names.copied().collect();
    let all: Vec<&Outcome> = outcomes.iter().collect();
    let ablation = |part: &'static str| {
        // Where it does not occur, nothing changes.
        let rank = |outcome: &Outcome| outcome.without.get(part).copied().unwrap_or(outcome.rank);
        let with = outcomes
            .iter()
            .filter(|outcome| outcome.without.contains_key(part));
        Some(Ablation {
            part,
            occurs_in: with.count(),
            overall: figures::of(&all, rank)?,
            by_shape: figures::by(outcomes, |outcome| outcome.shape.clone(), rank),
        })
    };
    names.into_iter().filter_map(ablation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::testing::outcome;

    #[test]
    fn order_by_other_scores() {
        let right = [false, true, false];
        for (scores, expected) in [
            ([3.0, 2.0, 1.0], Some(2)),
            ([1.0, 2.0, 1.5], Some(1)),
            ([2.0, 2.0, 2.0], Some(2)),
            ([0.0, 2.0, 1.0], Some(1)),
            ([1.0, -2.0, 1.0], Some(3)),
        ] {
            assert_eq!(reranked(&scores, &right), expected, "{scores:?}");
        }
    }

    #[test]
    fn figures_without_a_part() {
        let mut outcomes = [
            outcome("a", "gdb", Some(1)),
            outcome("b", "gdb", Some(1)),
            outcome("c", "core", None),
        ];
        outcomes[0].without = [("kind", Some(4)), ("size", Some(1))].into();
        outcomes[2].without = [("kind", Some(1))].into();
        let found: Vec<_> = ablations(&outcomes)
            .into_iter()
            .map(|a| {
                let recall = &a.overall.recall[0].share.value;
                (
                    a.part,
                    a.occurs_in,
                    (recall * 3.0).round(),
                    a.by_shape.len(),
                )
            })
            .collect();
        assert_eq!(found, [("kind", 2, 2.0, 2), ("size", 1, 2.0, 2)]);
        let shape = &ablations(&outcomes)[0].by_shape;
        assert_eq!(
            (&*shape[0].name, shape[0].figures.recall[0].share.value),
            ("core", 1.0)
        );
    }
}
