//! What a verdict's score says of its chance to be right.
//!
//! The share that the verdict has of all candidates' `exp(score)`, as log odds, tells it. A logistic function of that is
//! fitted to the first verdicts of held-out examples, among them inputs that no fix of the index answers. How much of the
//! score is evidence was tried beside it, and had no weight.

use super::validation::HeldOut;
use crate::ranking::{Calibration, Chance};

const STEPS: usize = 5_000;
const RATE: f64 = 0.1;

/// Rivals are taken to be at least as strong as in this share of the examples.
const QUANTILE: usize = 4;

/// Fits the function to what was held out.
#[must_use]
pub fn calibrate(held_out: &[HeldOut<'_>]) -> Calibration {
    let answers = held_out
        .iter()
        .filter_map(|one| Some((one.chance?, one.rank == Some(1))));
    let answers: Vec<(Chance, bool)> = answers.collect();
    let mut rivals: Vec<f64> = answers.iter().map(|(chance, _)| chance.rivals()).collect();
    rivals.sort_by(f64::total_cmp);
    let mut fitted = Calibration {
        rivals: rivals.get(rivals.len() / QUANTILE).copied().unwrap_or(0.0),
        ..Calibration::default()
    };
    #[expect(clippy::cast_precision_loss, reason = "hundreds of answers")]
    let rate = RATE / answers.len().max(1) as f64;
    for _ in 0..STEPS {
        let (mut all, mut odds) = (0.0, 0.0);
        for (chance, right) in &answers {
            let error = fitted.probability(*chance) - f64::from(u8::from(*right));
            all += error;
            odds += error * chance.odds(fitted.rivals);
        }
        fitted.all -= rate * all;
        fitted.odds -= rate * odds;
    }
    fitted
}

/// How often the first verdict had at least a probability, and how often it was right then.
#[must_use]
pub fn reached(
    held_out: &[HeldOut<'_>],
    calibration: Calibration,
    least: f64,
    below: f64,
) -> (usize, usize) {
    let said = held_out.iter().filter(|one| {
        one.chance
            .is_some_and(|chance| (least..below).contains(&calibration.probability(chance)))
    });
    let ranks: Vec<Option<usize>> = said.map(|one| one.rank).collect();
    (
        ranks.len(),
        ranks.iter().filter(|rank| **rank == Some(1)).count(),
    )
}
