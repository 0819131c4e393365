//! The formulas that other tools compare stacks by, as they are described: what they are given is what tells in a stack, so
//! that lists of functions to leave out make no difference.

use std::collections::HashMap;

use fixtrail_index::issues::KnownStack;

use super::{Asked, is_there};

/// How like two stacks are, by the terms of their frames.
type Similarity = Box<dyn Fn(&[&str], &[&str]) -> f64>;

/// A formula, and whose it is.
pub(super) struct Formula {
    pub(super) name: &'static str,
    similarity: Similarity,
}

/// Frames of less worth are left out: trampolines, detectors and waits.
const LEAST_WORTH: u8 = 20;

impl Formula {
    /// The rank of an input's issue, from 1.
    pub(super) fn rank(&self, asked: &Asked, other: &Asked, all: &[Asked]) -> Option<usize> {
        let mine: Vec<Vec<&str>> = main(&asked.stacks).map(telling).collect();
        let mut best: HashMap<&str, f64> = HashMap::new();
        let there = all
            .iter()
            .filter(|post| post.shape != super::CORE && is_there(asked, other, &post.post));
        for post in there {
            let of_issue = best.entry(&post.issue.tracker).or_default();
            for theirs in post.stacks.iter().map(telling) {
                for mine in &mine {
                    *of_issue = of_issue.max((self.similarity)(mine, &theirs));
                }
            }
        }
        let issue = asked.issue.tracker.as_str();
        let own = *best.get(issue).filter(|&&own| own > 0.0)?;
        // Equals in the order in which ours are.
        let before = |(other, similarity): (&&str, &f64)| {
            *similarity > own || (*similarity >= own && **other < *issue)
        };
        Some(1 + best.iter().filter(|&other| before(other)).count())
    }
}

fn main(stacks: &[KnownStack]) -> impl Iterator<Item = &KnownStack> {
    stacks.iter().filter(|stack| stack.main)
}

fn telling(stack: &KnownStack) -> Vec<&str> {
    let of = |least: u8| {
        let frames = stack
            .frames
            .iter()
            .filter(move |frame| frame.worth >= least);
        frames.map(|frame| frame.term.as_str()).collect::<Vec<_>>()
    };
    let telling = of(LEAST_WORTH);
    if telling.is_empty() { of(0) } else { telling }
}

/// Every formula; of TraceSim with the parameters that do best on the labelled cases.
pub(super) fn all(rarities: &HashMap<String, f32>) -> Vec<Formula> {
    let known = rarities.clone();
    vec![
        Formula {
            name: "casr",
            similarity: Box::new(casr),
        },
        Formula {
            name: "tracesim",
            similarity: Box::new(move |a, b| tracesim(a, b, &known)),
        },
    ]
}

/// CASR (libcasr 2.13.1, `stacktrace.rs`): the longest common subsequence, a match worth `exp(-0.04 min(i, j) - 0.13 |i - j|)`,
/// as a share of what the shorter stack could have.
fn casr(a: &[&str], b: &[&str]) -> f64 {
    const TOP: f64 = 0.04;
    const SHIFT: f64 = 0.13;
    let at = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let matched = common(a, b, |i, j| {
        let (i, j) = (at(i + 1), at(j + 1));
        (-i.min(j) * TOP - (i - j).abs() * SHIFT).exp()
    });
    let most: f64 = (1..=a.len().min(b.len()))
        .map(|i| (-at(i) * TOP).exp())
        .sum();
    if most > 0.0 { matched / most } else { 0.0 }
}

/// TraceSim (Vasiliev et al. 2020): the Levenshtein distance of frames that are worth `1 / position^alpha` times a sigmoid of
/// their inverse document frequency, as a share of what all are worth.
fn tracesim(a: &[&str], b: &[&str], rarities: &HashMap<String, f32>) -> f64 {
    const ALPHA: f64 = 0.5;
    const BETA: f64 = 4.0;
    const GAMMA: f64 = 1.0;
    let weights = |stack: &[&str]| {
        let weight = |(at, term): (usize, &&str)| {
            let position = f64::from(u32::try_from(at + 1).unwrap_or(u32::MAX));
            let rarity = f64::from(rarities.get(*term).copied().unwrap_or(0.0));
            position.powf(-ALPHA) / (1.0 + (-GAMMA * (rarity - BETA)).exp())
        };
        stack.iter().enumerate().map(weight).collect::<Vec<f64>>()
    };
    let (of_a, of_b) = (weights(a), weights(b));
    let all: f64 = of_a.iter().chain(&of_b).sum();
    // Leaving a frame out costs its weight, and changing one into another as much as leaving both out: what is not in a
    // common subsequence.
    let matched = common(a, b, |i, j| of_a[i] + of_b[j]);
    if all > 0.0 { matched / all } else { 0.0 }
}

/// What the best common subsequence is worth.
fn common(a: &[&str], b: &[&str], worth: impl Fn(usize, usize) -> f64) -> f64 {
    let mut above = vec![0.0_f64; b.len() + 1];
    for (i, mine) in a.iter().enumerate() {
        let mut row = vec![0.0_f64; b.len() + 1];
        for (j, theirs) in b.iter().enumerate() {
            let matched = if mine == theirs {
                above[j] + worth(i, j)
            } else {
                0.0
            };
            row[j + 1] = above[j + 1].max(row[j]).max(matched);
        }
        above = row;
    }
    above.last().copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_give_what_they_are_said_to() {
        assert!((casr(&["a", "b"], &["a", "b"]) - 1.0).abs() < 1e-9);
        // One of two, and one off: exp(-0.04 - 0.13) of exp(-0.04) + exp(-0.08).
        let expected = (-0.17_f64).exp() / ((-0.04_f64).exp() + (-0.08_f64).exp());
        assert!((casr(&["a", "b"], &["x", "a"]) - expected).abs() < 1e-9);
        let rarities = HashMap::from([("a".to_owned(), 5.0), ("b".to_owned(), 5.0)]);
        assert!((tracesim(&["a", "b"], &["a", "b"], &rarities) - 1.0).abs() < 1e-9);
        assert!(tracesim(&["a"], &["b"], &rarities) < 1e-9);
        assert!(
            tracesim(&["a", "b"], &["a"], &rarities) > tracesim(&["b", "a"], &["a"], &rarities)
        );
    }
}
