//! Weights as the table that the ranking reads, with the figures they reached.

use std::fmt::Write as _;

use super::fit::Weights;
use super::validation::ShapeFigures;
use crate::ranking::{Basis, Calibration, features, weight};

/// The table: lines for a reader first, then a name, a tab and a number for each feature.
#[must_use]
pub fn table(weights: &Weights, calibration: Calibration, head: &[String]) -> String {
    let mut text = String::new();
    for line in head {
        let _ = writeln!(text, "# {line}");
    }
    for (feature, learned) in features().zip(weights) {
        let weight = match feature.basis {
            // What is not learned stays as it is.
            Basis::Issues => f64::from(weight(feature.name)),
            _ => *learned,
        };
        let _ = writeln!(text, "{}\t{weight:.3}", feature.name);
    }
    for (name, number) in calibration.rows() {
        let _ = writeln!(text, "{name}\t{number:.3}");
    }
    text
}

/// Figures in a line each, in percent with 95 % intervals.
#[must_use]
pub fn figures_lines(figures: &[ShapeFigures]) -> Vec<String> {
    let line = |figures: &ShapeFigures| {
        let recall = figures.recall.map(|share| {
            share.map_or_else(String::new, |share| {
                let (low, high) = (
                    share.low.unwrap_or(share.value),
                    share.high.unwrap_or(share.value),
                );
                format!(
                    "{:5.1} ({:.0} to {:.0})",
                    100.0 * share.value,
                    100.0 * low,
                    100.0 * high
                )
            })
        });
        let mrr = figures.mrr.map_or(0.0, |mrr| mrr.value);
        format!(
            "{:19} {:4} inputs  first {:18} of 5 {:18} of 10 {:18} MRR {mrr:.2}",
            figures.shape, figures.inputs, recall[0], recall[1], recall[2]
        )
    };
    figures.iter().map(line).collect()
}
