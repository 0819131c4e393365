//! Recall and mean reciprocal rank, over all inputs and over groups of them.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::bootstrap::{Estimate, mean};
use super::run::Outcome;

/// What is measured of one rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// 1 if the right fix is among so many first ones, else 0.
    Recall(usize),
    /// 1 divided by the rank, 0 without one.
    ReciprocalRank,
}

/// Depths at which recall is told.
pub const DEPTHS: [usize; 4] = [1, 3, 5, 10];

impl Metric {
    /// The value for a rank (from 1), or for none.
    #[must_use]
    pub fn of(self, rank: Option<usize>) -> f64 {
        match (self, rank) {
            (_, None) => 0.0,
            (Self::Recall(depth), Some(rank)) => f64::from(rank <= depth),
            (Self::ReciprocalRank, Some(rank)) => 1.0 / rank as f64,
        }
    }
}

/// The figures of some inputs, as shares of 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// How many inputs.
    pub inputs: usize,
    /// How many fixes they are of, which is what intervals are drawn from.
    pub fixes: usize,
    /// By depth, as [`DEPTHS`].
    pub recall: Vec<Recall>,
    /// Mean reciprocal rank.
    pub mrr: Estimate,
}

/// How many inputs have a right fix among the first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Recall {
    /// Among how many.
    pub at: usize,
    /// Their share.
    #[serde(flatten)]
    pub share: Estimate,
}

/// The figures of the inputs that have something in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// What they have in common.
    pub name: String,
    /// Theirs.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures of items by the fix of each and its value of a metric; `None` without items.
#[must_use]
pub fn figures<'a, T>(
    items: &[T],
    fix: impl Fn(&T) -> &'a str,
    value: impl Fn(&T, Metric) -> f64,
) -> Option<Figures> {
    let fixes: HashSet<&str> = items.iter().map(&fix).collect();
    let estimate = |metric| mean(items.iter().map(|item| (fix(item), value(item, metric))));
    let recall = DEPTHS.map(|at| estimate(Metric::Recall(at)).map(|share| Recall { at, share }));
    Some(Figures {
        inputs: items.len(),
        fixes: fixes.len(),
        recall: recall.into_iter().collect::<Option<_>>()?,
        mrr: estimate(Metric::ReciprocalRank)?,
    })
}

/// The figures of outcomes by a rank of each.
#[must_use]
pub fn of<'a>(
    outcomes: &[&'a Outcome],
    rank: impl Fn(&Outcome) -> Option<usize>,
) -> Option<Figures> {
    figures(
        outcomes,
        |outcome: &&'a Outcome| outcome.fix.as_str(),
        |outcome, metric| metric.of(rank(outcome)),
    )
}

/// Outcomes by what they have in common, in the order of its names.
#[must_use]
pub fn grouped(
    outcomes: &[Outcome],
    name: impl Fn(&Outcome) -> String,
) -> Vec<(String, Vec<&Outcome>)> {
    let mut groups: BTreeMap<String, Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        groups.entry(name(outcome)).or_default().push(outcome);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // Series: 3.9 before 3.10, and words after them.
    groups.sort_by_key(|(name, _)| series_key(name));
    groups
}

/// The figures of each group, by a rank of each outcome.
#[must_use]
pub fn by(
    outcomes: &[Outcome],
    name: impl Fn(&Outcome) -> String,
    rank: impl Fn(&Outcome) -> Option<usize>,
) -> Vec<Group> {
    let groups = grouped(outcomes, name).into_iter();
    groups
        .filter_map(|(name, members)| {
            let figures = of(&members, &rank)?;
            Some(Group { name, figures })
        })
        .collect()
}

fn series_key(name: &str) -> Vec<u32> {
    let numbers = name.split('.').map(str::parse);
    numbers.collect::<Result<_, _>>().unwrap_or(vec![u32::MAX])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::testing::outcome;

    #[test]
    fn values_of_a_rank() {
        for (rank, recall, reciprocal) in [
            (None, [0.0, 0.0, 0.0, 0.0], 0.0),
            (Some(1), [1.0, 1.0, 1.0, 1.0], 1.0),
            (Some(2), [0.0, 1.0, 1.0, 1.0], 0.5),
            (Some(5), [0.0, 0.0, 1.0, 1.0], 0.2),
            (Some(10), [0.0, 0.0, 0.0, 1.0], 0.1),
            (Some(11), [0.0, 0.0, 0.0, 0.0], 1.0 / 11.0),
        ] {
            let at = DEPTHS.map(|depth| Metric::Recall(depth).of(rank));
            assert_eq!(at, recall, "{rank:?}");
            assert_eq!(Metric::ReciprocalRank.of(rank), reciprocal, "{rank:?}");
        }
    }

    #[test]
    fn recall_and_mrr_of_some() {
        let outcomes = [
            outcome("a", "gdb", Some(1)),
            outcome("b", "gdb", Some(4)),
            outcome("b", "gdb", None),
            outcome("c", "gdb", Some(10)),
        ];
        let all: Vec<&Outcome> = outcomes.iter().collect();
        let figures = of(&all, |outcome| outcome.rank).unwrap();
        assert_eq!((figures.inputs, figures.fixes), (4, 3));
        let recall: Vec<(usize, f64)> = figures
            .recall
            .iter()
            .map(|recall| (recall.at, recall.share.value))
            .collect();
        assert_eq!(recall, [(1, 0.25), (3, 0.25), (5, 0.5), (10, 0.75)]);
        assert!((figures.mrr.value - 1.35 / 4.0).abs() < 1e-12);
        assert_eq!(of(&[], |outcome| outcome.rank), None);
    }

    #[test]
    fn groups_in_the_order_of_releases() {
        let mut outcomes: Vec<Outcome> = ["3.10", "unknown", "3.9", "3.9"]
            .map(|_| outcome("a", "gdb", Some(1)))
            .into();
        for (outcome, series) in outcomes.iter_mut().zip(["3.10", "unknown", "3.9", "3.9"]) {
            outcome.series = series.to_owned();
        }
        let groups = by(&outcomes, |outcome| outcome.series.clone(), |o| o.rank);
        let names: Vec<_> = groups
            .iter()
            .map(|g| (&*g.name, g.figures.inputs))
            .collect();
        assert_eq!(names, [("3.9", 2), ("3.10", 1), ("unknown", 1)]);
    }
}
