//! How far an answer can be trusted, in one word.

use std::fmt;

use serde::Serialize;

use super::Verdict;

/// A calibrated word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Not worth more than a look.
    Weak,
    /// Worth reading.
    Possible,
    /// Most often right.
    Likely,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Weak => "weak",
            Self::Possible => "possible",
            Self::Likely => "likely",
        })
    }
}

/// Score from which the best verdict is likely, if it also leads by [`LEAD`]. Of the labelled crashes and reports
/// that reached both when this was set, two of three had the right fix first; of those that reached neither, one in ten.
const LIKELY: f32 = 25.0;

/// Score from which a verdict is possible.
const POSSIBLE: f32 = 15.0;

/// By how much the best must be ahead of the second to be likely.
const LEAD: f32 = 1.35;

/// Gives each of a sorted list of verdicts its word.
pub(super) fn assign(verdicts: &mut [Verdict]) {
    let second = verdicts.get(1).map_or(0.0, |verdict| verdict.score);
    let best = verdicts.first().map_or(0.0, |verdict| verdict.score);
    for (at, verdict) in verdicts.iter_mut().enumerate() {
        verdict.confidence = match verdict.score {
            score if at == 0 && score >= LIKELY && score >= second * LEAD => Confidence::Likely,
            // Far behind the best is weak, whatever its score.
            score if score >= POSSIBLE && score >= best * 0.5 => Confidence::Possible,
            _ => Confidence::Weak,
        };
    }
}
