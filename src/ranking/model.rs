//! How features are weighed: a linear model, whose weights stand in `weights.tsv`.
//!
//! The file is written by `fixtrail train`; its head tells what it was trained on and how good it was.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Part;
use super::features::{Amount, Basis, features};

/// The weights as reviewed.
const TABLE: &str = include_str!("weights.tsv");

static WEIGHTS: LazyLock<HashMap<&'static str, f32>> = LazyLock::new(|| rows(TABLE).collect());

/// The rows of a table: a name, a tab, a number. Lines that begin with `#` are for the reader.
fn rows(table: &str) -> impl Iterator<Item = (&str, f32)> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (name, weight) = line.split_once('\t')?;
        Some((name, weight.trim().parse().ok()?))
    })
}

/// The weight of a feature; 0 for one that training left out.
pub(crate) fn weight(feature: &str) -> f32 {
    WEIGHTS.get(feature).copied().unwrap_or(0.0)
}

/// How much of a score leans on something.
pub(super) fn share(parts: &[Part], basis: Basis) -> f64 {
    let leans = |name: &str| {
        let feature = features().find(|feature| feature.name == name);
        feature.is_some_and(|feature| feature.basis == basis)
    };
    let parts = parts
        .iter()
        .filter(|part| part.value != 0.0 && leans(part.name));
    parts.map(|part| f64::from(part.value)).sum()
}

/// Puts the part that moves the score most first.
pub(super) fn sort(parts: &mut [Part]) {
    parts.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
}

/// Weighs amounts; the part that moves the score most comes first.
pub(super) fn parts(amounts: Vec<Amount>) -> Vec<Part> {
    let weighed = amounts.into_iter().map(|amount| Part {
        name: amount.name,
        value: amount.amount * weight(amount.name),
        amount: amount.amount,
        what: amount.what,
    });
    let mut parts: Vec<Part> = weighed.collect();
    sort(&mut parts);
    parts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::confidence;
    use super::*;

    #[test]
    fn every_weight_is_that_of_a_feature() {
        let known = features()
            .map(|feature| feature.name)
            .chain(confidence::rows());
        let known: BTreeSet<&str> = known.collect();
        let weighed: BTreeSet<&str> = rows(TABLE).map(|(name, _)| name).collect();
        assert_eq!(weighed, known);
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.count(), rows(TABLE).count());
    }
}
