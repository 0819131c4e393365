//! Weights under which the right fix is the most likely of its candidates.
//!
//! The loss of an example is the negative logarithm of the share that its right candidates have in the sum of
//! `exp(score)` over all of them (softmax). Examples of one fix share one weight between them, so that a crash in five
//! shapes counts once. Minimised by Adam (Kingma and Ba 2015) over all examples at a time, with a fixed number of steps
//! and nothing random.

use std::collections::HashMap;

use super::examples::{Example, Origin};
use crate::ranking::{Basis, features};

/// A weight for each feature, in the order of [`features`].
pub type Weights = Vec<f64>;

/// What is fitted, and how.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How strongly weights are drawn to 0.
    pub penalty: f64,
    /// Whether features that lean on how cases were collected have a weight.
    pub harvest: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            penalty: 0.01,
            harvest: true,
        }
    }
}

const STEPS: u16 = 600;
const RATE: f64 = 0.05;

/// What an example counts, by where it comes from. Those made from the history have the distribution of their maker:
/// they steady what the few real ones leave open.
const fn importance(origin: Origin) -> f64 {
    match origin {
        Origin::Reproduced | Origin::Report => 1.0,
        Origin::History => 0.3,
    }
}

/// How much an example moves the weights of features that lean on how cases were collected. Reproduced crashes were
/// collected by just those. With 0 to 0.3 for them the figures of held-out reports stay the same, with 1 they fall.
const fn harvest_share(origin: Origin) -> f64 {
    match origin {
        Origin::Report => 1.0,
        Origin::Reproduced => 0.3,
        Origin::History => 0.0,
    }
}

/// Fits the weights to the examples; those without a right candidate tell nothing.
#[must_use]
pub fn fit(examples: &[&Example], options: Options) -> Weights {
    let bases: Vec<Basis> = features().map(|feature| feature.basis).collect();
    let answerable = |example: &&&Example| example.candidates.iter().any(|row| row.right);
    let examples: Vec<&Example> = examples.iter().filter(answerable).copied().collect();
    let mut shared: HashMap<(&str, Origin), f64> = HashMap::new();
    for example in &examples {
        *shared.entry((&example.fix, example.origin)).or_default() += 1.0;
    }
    let share = |example: &Example| {
        importance(example.origin) / shared[&(example.fix.as_str(), example.origin)].sqrt()
    };
    let total: f64 = examples.iter().map(|example| share(example)).sum();
    let spreads = spreads(&examples, bases.len());
    let mut optimiser = Adam::new(bases.len());
    for step in 1..=STEPS {
        let mut gradient = vec![0.0; bases.len()];
        for example in &examples {
            let share = share(example) / total;
            add_gradient(example, share, &optimiser.weights, &bases, &mut gradient);
        }
        for (at, weight) in optimiser.weights.iter().enumerate() {
            gradient[at] += options.penalty * spreads[at] * weight;
        }
        optimiser.step(step, &gradient);
        for (weight, basis) in optimiser.weights.iter_mut().zip(&bases) {
            match basis {
                Basis::Evidence => *weight = weight.max(0.0),
                // Cases have no issues: that weight is set by hand.
                Basis::Issues => *weight = 0.0,
                Basis::Harvest if !options.harvest => *weight = 0.0,
                Basis::Harvest | Basis::Fix => {}
            }
        }
    }
    optimiser.weights
}

fn add_gradient(
    example: &Example,
    share: f64,
    weights: &[f64],
    bases: &[Basis],
    gradient: &mut [f64],
) {
    let scores: Vec<f64> = example
        .candidates
        .iter()
        .map(|row| score(&row.amounts, weights))
        .collect();
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mass = |score: f64| (score - most).exp();
    let all: f64 = scores.iter().map(|&score| mass(score)).sum();
    let candidates = || example.candidates.iter().zip(&scores);
    let right: f64 = candidates()
        .filter(|(row, _)| row.right)
        .map(|(_, &score)| mass(score))
        .sum();
    for (row, &score) in candidates() {
        let expected = mass(score) / all;
        let observed = if row.right { mass(score) / right } else { 0.0 };
        for &(feature, amount) in &row.amounts {
            let share = match bases[feature] {
                Basis::Harvest => share * harvest_share(example.origin),
                Basis::Evidence | Basis::Issues | Basis::Fix => share,
            };
            gradient[feature] += share * (expected - observed) * f64::from(amount);
        }
    }
}

/// What candidates score.
pub(super) fn score(amounts: &[(usize, f32)], weights: &[f64]) -> f64 {
    amounts
        .iter()
        .map(|&(feature, amount)| weights[feature] * f64::from(amount))
        .sum()
}

/// The mean square of each feature over all candidates: drawing by it treats features of every scale alike.
fn spreads(examples: &[&Example], features: usize) -> Vec<f64> {
    let mut squares = vec![0.0; features];
    let mut count: f64 = 1.0;
    for row in examples.iter().flat_map(|example| &example.candidates) {
        count += 1.0;
        for &(feature, amount) in &row.amounts {
            squares[feature] += f64::from(amount) * f64::from(amount);
        }
    }
    // What hardly ever occurs is drawn as if it were not that rare.
    squares
        .into_iter()
        .map(|square| (square / count).max(0.01))
        .collect()
}

struct Adam {
    weights: Vec<f64>,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Adam {
    fn new(features: usize) -> Self {
        Self {
            weights: vec![0.0; features],
            mean: vec![0.0; features],
            square: vec![0.0; features],
        }
    }

    fn step(&mut self, step: u16, gradient: &[f64]) {
        const MEAN: f64 = 0.9;
        const SQUARE: f64 = 0.999;
        let (first, second) = (1.0 - MEAN.powi(step.into()), 1.0 - SQUARE.powi(step.into()));
        for (at, gradient) in gradient.iter().enumerate() {
            self.mean[at] = MEAN * self.mean[at] + (1.0 - MEAN) * gradient;
            self.square[at] = SQUARE * self.square[at] + (1.0 - SQUARE) * gradient * gradient;
            let size = (self.square[at] / second).sqrt() + 1e-9;
            self.weights[at] -= RATE * (self.mean[at] / first) / size;
        }
    }
}
