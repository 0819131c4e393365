//! What a change of the program moved: this evaluation beside the JSON of an earlier one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::figures::{self, Group};
use super::run::Outcome;

/// An earlier evaluation, as far as its JSON is needed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Earlier {
    inputs: Vec<EarlierInput>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct EarlierInput {
    case: String,
    file: String,
    rank: Option<usize>,
}

impl Earlier {
    /// Reads what `fixtrail eval --json` printed.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] for anything else.
    pub fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(text)
    }
}

/// What moved between two evaluations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Inputs of both whose rank is another, in the order of this one.
    pub moved: Vec<Move>,
    /// Inputs of this one only.
    pub added: Vec<InputName>,
    /// Inputs of the earlier one only.
    pub gone: Vec<InputName>,
    /// Over inputs of both, by shape: this one's figures less the earlier one's, with the interval of the difference.
    pub by_shape: Vec<Group>,
}

/// An input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct InputName {
    /// The `id` of its case.
    pub case: String,
    /// Its file's name.
    pub file: String,
}

/// An input with its two ranks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// Which.
    #[serde(flatten)]
    pub input: InputName,
    /// The rank of the earlier evaluation.
    pub before: Option<usize>,
    /// The rank of this one.
    pub after: Option<usize>,
}

/// Compares outcomes with those of an earlier evaluation.
#[must_use]
pub fn compare(outcomes: &[Outcome], earlier: &Earlier) -> Comparison {
    let mut before: BTreeMap<InputName, Option<usize>> = BTreeMap::new();
    for input in &earlier.inputs {
        let (case, file) = (input.case.clone(), input.file.clone());
        before.insert(InputName { case, file }, input.rank);
    }
    let names: BTreeSet<InputName> = outcomes.iter().map(name).collect();
    let moved = outcomes.iter().filter_map(|outcome| {
        let input = name(outcome);
        let before = *before.get(&input)?;
        let after = outcome.rank;
        (before != after).then_some(Move {
            input,
            before,
            after,
        })
    });
    let added = names.iter().filter(|name| !before.contains_key(name));
    let gone = before.keys().filter(|name| !names.contains(name));
    Comparison {
        moved: moved.collect(),
        added: added.cloned().collect(),
        gone: gone.cloned().collect(),
        by_shape: differences(outcomes, &before),
    }
}

fn name(outcome: &Outcome) -> InputName {
    InputName {
        case: outcome.case.clone(),
        file: outcome.file.clone(),
    }
}

fn differences(outcomes: &[Outcome], before: &BTreeMap<InputName, Option<usize>>) -> Vec<Group> {
    let groups = figures::grouped(outcomes, |outcome| outcome.shape.clone());
    let difference = |(shape, members): (String, Vec<&Outcome>)| {
        let pairs: Vec<(&Outcome, Option<usize>)> = members
            .into_iter()
            .filter_map(|outcome| Some((outcome, *before.get(&name(outcome))?)))
            .collect();
        let figures = figures::figures(
            &pairs,
            |(outcome, _)| &*outcome.fix,
            |(outcome, before), metric| metric.of(outcome.rank) - metric.of(*before),
        )?;
        Some(Group {
            name: shape,
            figures,
        })
    };
    groups.into_iter().filter_map(difference).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::testing::outcome;

    const EARLIER: &[u8] = br#"{"schema": 1, "inputs": [
        {"case": "a", "file": "gdb.txt", "rank": 3, "shape": "gdb"},
        {"case": "b", "file": "gdb.txt", "rank": null},
        {"case": "c", "file": "gdb.txt", "rank": 1},
        {"case": "z", "file": "core", "rank": 1}
    ]}"#;

    #[test]
    fn what_moved_came_and_went() {
        let earlier = Earlier::parse(EARLIER).unwrap();
        let outcomes = [
            outcome("a", "gdb", Some(1)),
            outcome("b", "gdb", Some(7)),
            outcome("c", "gdb", Some(1)),
            outcome("d", "gdb", Some(1)),
            outcome("d", "report", Some(1)),
        ];
        let found = compare(&outcomes, &earlier);
        let moved: Vec<_> = found
            .moved
            .iter()
            .map(|moved| (&*moved.input.case, moved.before, moved.after))
            .collect();
        assert_eq!(moved, [("a", Some(3), Some(1)), ("b", None, Some(7))]);
        let names = |list: &[InputName]| -> Vec<String> {
            let names = list
                .iter()
                .map(|name| format!("{} {}", name.case, name.file));
            names.collect()
        };
        assert_eq!(names(&found.added), ["d gdb.txt", "d report.txt"]);
        assert_eq!(names(&found.gone), ["z core"]);
        // Only what both have: three inputs of one shape.
        let [group] = &found.by_shape[..] else {
            panic!("{found:?}")
        };
        assert_eq!((&*group.name, group.figures.inputs), ("gdb", 3));
        let shares: Vec<f64> = group.figures.recall.iter().map(|r| r.share.value).collect();
        assert_eq!(shares, [1.0 / 3.0, 0.0, 0.0, 1.0 / 3.0]);
        let expected = (1.0 - 1.0 / 3.0 + 1.0 / 7.0) / 3.0;
        assert!((group.figures.mrr.value - expected).abs() < 1e-12);
    }

    #[test]
    fn other_json_is_refused() {
        for text in ["", "{}", r#"{"inputs": [{"case": "a"}]}"#] {
            assert!(Earlier::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
