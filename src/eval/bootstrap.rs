//! How far a mean over labelled cases may be off: percentile bootstrap, resampled by cluster.
//!
//! The shapes of one case, and cases of one fix, succeed and fail together; inputs are therefore not drawn one by one but
//! all of a fix at once (the cluster bootstrap). The interval is the 2.5th to the 97.5th percentile. It tells what other
//! cases of the same making would have given, and nothing of cases that were collected in another way.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::random::SplitMix64;

/// A mean with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean over all inputs.
    pub value: f64,
    /// Lower end; `None` with less than two fixes.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// How often the fixes are drawn anew. With one less than a multiple of 40 the percentiles are members of the sorted list.
const RESAMPLES: usize = 1999;

/// The 2.5th percentile of so many, from 0; the 97.5th is as far from the end.
const TAIL: usize = (RESAMPLES + 1) / 40 - 1;

/// The same numbers on every run and machine, so that a changed figure comes from a changed program.
const SEED: u64 = 0x6669_7874_7261_696c;

/// The mean of values, each with the name of its cluster; `None` without any.
///
/// The order of the values does not matter.
#[must_use]
pub fn mean<'a>(values: impl IntoIterator<Item = (&'a str, f64)>) -> Option<Estimate> {
    let mut clusters: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (cluster, value) in values {
        let (sum, count) = clusters.entry(cluster).or_default();
        *sum += value;
        *count += 1.0;
    }
    let clusters: Vec<(f64, f64)> = clusters.into_values().collect();
    if clusters.is_empty() {
        return None;
    }
    let interval = (clusters.len() > 1).then(|| interval(&clusters));
    Some(Estimate {
        value: ratio(clusters.iter()),
        low: interval.map(|(low, _)| low),
        high: interval.map(|(_, high)| high),
    })
}

fn interval(clusters: &[(f64, f64)]) -> (f64, f64) {
    let mut random = SplitMix64::new(SEED);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| ratio((0..clusters.len()).map(|_| &clusters[random.below(clusters.len())])))
        .collect();
    means.sort_by(f64::total_cmp);
    (means[TAIL], means[RESAMPLES - 1 - TAIL])
}

fn ratio<'a>(clusters: impl Iterator<Item = &'a (f64, f64)>) -> f64 {
    let (sum, count) = clusters.fold((0.0, 0.0), |(sum, count), cluster| {
        (sum + cluster.0, count + cluster.1)
    });
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_their_ends() {
        let coin = |count: usize| (0..count).map(|at| (NAMES[at % 20], f64::from(at % 2 == 0)));
        const NAMES: [&str; 20] = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q",
            "r", "s", "t",
        ];
        assert_eq!(mean([]), None);
        let one = mean([("a", 1.0), ("a", 0.0)]).unwrap();
        assert_eq!((one.value, one.low, one.high), (0.5, None, None));
        let same = mean([("a", 1.0), ("b", 1.0)]).unwrap();
        assert_eq!(
            (same.value, same.low, same.high),
            (1.0, Some(1.0), Some(1.0))
        );
        // Twenty throws: a standard error of 0.11, so 0.28 to 0.72; four shapes a case say no more.
        for count in [20, 80] {
            let coins = mean(coin(count)).unwrap();
            let (low, high) = (coins.low.unwrap(), coins.high.unwrap());
            assert_eq!(coins.value, 0.5);
            assert!((0.25..=0.35).contains(&low), "{count}: {low}");
            assert!((0.65..=0.75).contains(&high), "{count}: {high}");
        }
    }

    #[test]
    fn the_same_on_every_run_and_in_any_order() {
        let values = [("a", 1.0), ("b", 0.25), ("c", 0.5), ("a", 0.0)];
        let first = mean(values).unwrap();
        assert_eq!(mean(values), Some(first));
        assert_eq!(mean(values.into_iter().rev()), Some(first));
        assert!(first.low < first.high);
    }
}
