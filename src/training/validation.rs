//! How good weights are on fixes that they were not trained on.

use std::collections::BTreeMap;

use super::examples::{Example, Origin, Row};
use super::fit::{Options, Weights, fit, score};
use crate::eval::Difficulty;
use crate::eval::bootstrap::{Estimate, mean};
use crate::ranking::Chance;

/// In how many parts the fixes are held out.
const FOLDS: u64 = 5;

/// What is said of a held-out example.
#[derive(Debug, Clone)]
pub struct HeldOut<'a> {
    /// The example.
    pub example: &'a Example,
    /// The rank of its first right candidate.
    pub rank: Option<usize>,
    /// What tells how likely its first candidate is right; `None` without candidates.
    pub chance: Option<Chance>,
}

/// Ranks every example by weights that were fitted without its fix.
#[must_use]
pub fn held_out(examples: &[Example], options: Options) -> Vec<HeldOut<'_>> {
    let mut found = Vec::new();
    for fold in 0..FOLDS {
        let (test, rest): (Vec<&Example>, Vec<&Example>) = examples
            .iter()
            .partition(|example| fold_of(&example.fix) == fold);
        let weights = fit(&rest, options);
        let real = test
            .into_iter()
            .filter(|example| example.origin != Origin::History);
        found.extend(real.map(|example| ranked(example, &weights)));
    }
    found
}

fn fold_of(fix: &str) -> u64 {
    // The hash of FNV: the same on every machine.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in fix.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash >> 20) % FOLDS
}

/// Ranks the candidates of an example.
#[must_use]
pub fn ranked<'a>(example: &'a Example, weights: &Weights) -> HeldOut<'a> {
    let mut scored: Vec<(f64, &Row)> = example
        .candidates
        .iter()
        .map(|row| (score(&row.amounts, weights), row))
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let scores: Vec<f64> = scored.iter().map(|(score, _)| *score).collect();
    HeldOut {
        example,
        rank: scored
            .iter()
            .position(|(_, row)| row.right)
            .map(|at| at + 1),
        chance: scored.first().map(|(best, _)| Chance::new(*best, &scores)),
    }
}

/// Figures of one shape.
#[derive(Debug, Clone)]
pub struct ShapeFigures {
    /// The shape.
    pub shape: String,
    /// How many inputs.
    pub inputs: usize,
    /// Share with a right fix among the first 1, 5 and 10.
    pub recall: [Option<Estimate>; 3],
    /// Mean reciprocal rank.
    pub mrr: Option<Estimate>,
}

/// Figures by shape, in the order of its names; below each those of its plain inputs alone, where others are among them.
#[must_use]
pub fn figures(ranked: &[HeldOut<'_>]) -> Vec<ShapeFigures> {
    let mut shapes: BTreeMap<&str, Vec<&HeldOut<'_>>> = BTreeMap::new();
    let answerable = |one: &&HeldOut<'_>| one.example.difficulty != Difficulty::NoFix;
    for one in ranked.iter().filter(answerable) {
        shapes.entry(&one.example.shape).or_default().push(one);
    }
    let groups = shapes.into_iter().flat_map(|(shape, all)| {
        let is_plain = |one: &&HeldOut<'_>| one.example.difficulty == Difficulty::Plain;
        let plain: Vec<_> = all.iter().copied().filter(is_plain).collect();
        let some = (1..all.len()).contains(&plain.len());
        let plain = some.then(|| (format!("{shape}, plain"), plain));
        std::iter::once((shape.to_owned(), all)).chain(plain)
    });
    let of = |(shape, members): (String, Vec<&HeldOut<'_>>)| {
        let estimate = |value: &dyn Fn(Option<usize>) -> f64| {
            mean(
                members
                    .iter()
                    .map(|one| (one.example.fix.as_str(), value(one.rank))),
            )
        };
        let recall = |depth: usize| {
            estimate(&|rank| f64::from(u8::from(rank.is_some_and(|rank| rank <= depth))))
        };
        #[expect(clippy::cast_precision_loss, reason = "a rank among hundreds")]
        let reciprocal = |rank: Option<usize>| rank.map_or(0.0, |rank| 1.0 / rank as f64);
        ShapeFigures {
            shape,
            inputs: members.len(),
            recall: [1, 5, 10].map(recall),
            mrr: estimate(&reciprocal),
        }
    };
    groups.map(of).collect()
}
