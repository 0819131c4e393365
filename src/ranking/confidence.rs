//! How far an answer can be trusted: a chance to be right, and a word for it.

use std::fmt;

use serde::Serialize;

use super::{Basis, RestsOn, Verdict, model};

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

/// The least probability of a verdict that is called likely: that it is right four times in five, with room for what two
/// dozen held-out answers leave open.
pub const LIKELY: f64 = 0.85;

/// The least of one that is called possible.
pub const POSSIBLE: f64 = 0.3;

/// What tells how likely a verdict is right: its score, and those of its rivals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    score: f64,
    /// Logarithm of the sum of `exp(score)` over all other candidates.
    rivals: f64,
}

/// Odds beyond `exp` of this are certain.
const MOST_ODDS: f64 = 12.0;

impl Chance {
    /// Of a score among those of all candidates, its own included.
    #[must_use]
    pub fn new(score: f64, all: &[f64]) -> Self {
        let others: f64 = all.iter().map(|other| (other - score).exp()).sum::<f64>() - 1.0;
        Self {
            score,
            rivals: score + others.max(f64::MIN_POSITIVE).ln(),
        }
    }

    /// How strong its rivals are.
    pub(crate) fn rivals(self) -> f64 {
        self.rivals
    }

    /// Logarithm of the odds of its share in the `exp(score)` of all candidates; rivals are at least as strong as `least`.
    pub(crate) fn odds(self, least: f64) -> f64 {
        (self.score - self.rivals.max(least)).clamp(-MOST_ODDS, MOST_ODDS)
    }
}

/// A logistic function from a chance to a probability.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Calibration {
    /// Added to the odds after they are weighed.
    pub(crate) all: f64,
    /// Weighs the odds.
    pub(crate) odds: f64,
    /// What rivals are taken to be at least: something is always the best of nothing, and in an index of a hundred fixes
    /// hardly anything has a rival.
    pub(crate) rivals: f64,
}

/// The names of its numbers in the table of weights.
const ROWS: [&str; 3] = ["chance-all", "chance-odds", "chance-rivals"];

/// Fixes of the index that it was calibrated on: CPython's.
const CALIBRATED: u64 = 100_000;

impl Calibration {
    /// The probability of being right.
    #[must_use]
    pub fn probability(&self, chance: Chance) -> f64 {
        let sum = self.all + self.odds * chance.odds(self.rivals);
        1.0 / (1.0 + (-sum).exp())
    }

    /// Its numbers by name.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'static str, f64)> {
        ROWS.into_iter().zip([self.all, self.odds, self.rivals])
    }

    /// That of the table, for an index of so many fixes. Scores are sums of rarities, and a term of a small project's
    /// index cannot be as rare as one of CPython's.
    fn of_table(fixes: u64) -> Self {
        let [all, odds, rivals] = ROWS.map(|name| f64::from(model::weight(name)));
        let scale = rarest(fixes) / rarest(CALIBRATED);
        Self {
            all,
            odds,
            rivals: rivals * scale,
        }
    }
}

/// Rarity of a term that one fix of an index has.
fn rarest(fixes: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of fixes, for a logarithm"
    )]
    let fixes = fixes.max(2) as f64;
    f64::midpoint(fixes, 1.0).ln()
}

/// The names of rows of the table that are no features.
#[cfg(test)]
pub(super) fn rows() -> [&'static str; 3] {
    ROWS
}

/// What stack and fix, or a known issue's stack and this one, must have in common, in the score of an index as large as CPython's, for a verdict to be more than
/// weak: something is always the best by what is known of it alone.
const EVIDENCE: f64 = 0.5;

/// Gives each of a list of verdicts its probability and word; `scores` are those of all candidates, theirs included.
pub(super) fn assign(verdicts: &mut [Verdict], scores: &[f64], fixes: u64) {
    let calibration = Calibration::of_table(fixes);
    let evidence = EVIDENCE * rarest(fixes) / rarest(CALIBRATED);
    for verdict in verdicts {
        let chance = Chance::new(verdict.score.into(), scores);
        verdict.probability = calibration.probability(chance);
        let of = |basis| model::share(&verdict.parts, basis);
        verdict.rests_on = RestsOn {
            code: of(Basis::Evidence) >= evidence,
            issues: of(Basis::Issues) >= evidence,
        };
        let shared = verdict.rests_on.code || verdict.rests_on.issues;
        verdict.confidence = match verdict.probability {
            probability if shared && probability >= LIKELY => Confidence::Likely,
            probability if shared && probability >= POSSIBLE => Confidence::Possible,
            _ => Confidence::Weak,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_of_scores() {
        let odds = |score: f64, all: &[f64]| Chance::new(score, all).odds(f64::NEG_INFINITY);
        assert_eq!(odds(1.0, &[1.0]), MOST_ODDS);
        assert!((odds(1.0, &[1.0, 1.0])).abs() < 1e-9);
        // A third of the whole: odds of one to two.
        assert!((odds(2.0, &[2.0, 2.0, 2.0]) + 2.0_f64.ln()).abs() < 1e-9);
        assert_eq!(odds(0.0, &[0.0, 100.0]), -MOST_ODDS);
        // Alone, but not better than what rivals usually are.
        assert!((Chance::new(5.0, &[5.0]).odds(5.0)).abs() < 1e-9);
    }

    #[test]
    fn a_lead_makes_likely() {
        let calibration = Calibration::of_table(CALIBRATED);
        let rivals = calibration.rivals;
        let at = |score: f64| calibration.probability(Chance::new(score, &[score, rivals]));
        assert!(at(rivals + 6.0) > LIKELY && at(rivals) > at(rivals - 3.0));
        assert!(at(rivals - 3.0) < POSSIBLE);
    }
}
