//! What a stack and a fix have in common.
//!
//! A match is worth its clue's weight times the rarity of the term. Of the clues that one feature counts each adds less
//! than the one before, in the order of their worth: three frames that agree say more than one, thirty agree with any
//! commit that touches half of the interpreter. Words that names are made of count as a share of all that the query has:
//! a long stack has some in common with every fix.

use std::collections::{BTreeMap, BTreeSet};

use fixtrail_index::{Candidate, Field};

use super::groups::{Count, GROUPS, Group, group_of};
use super::{Amount, Context, sums};
use crate::query::Query;

/// Rarities go up to about 11 in CPython's history: a tenth of them is near 1.
const SCALE: f32 = 0.1;

/// What each clue that matched is worth, by feature: of several spellings the best.
pub(super) type Worths = BTreeMap<&'static str, BTreeMap<usize, f32>>;

pub(super) fn amounts(candidate: &Candidate, context: Context<'_>) -> Vec<Amount> {
    let query = context.query;
    let mut worths = Worths::new();
    let mut in_file: BTreeSet<usize> = BTreeSet::new();
    for &at in &candidate.matches {
        let (clue, term) = &query.terms[at];
        if let Some(group) = group_of(query.clues[*clue].kind, term.field) {
            let worth = term.weight * context.rarity[at] * SCALE;
            let best = worths
                .entry(group.name)
                .or_default()
                .entry(*clue)
                .or_default();
            *best = best.max(worth);
            if matches!(term.field, Field::File | Field::Mentioned) {
                in_file.insert(*clue);
            }
        }
    }
    // `run`, `get` and `wait` are in every second module: a Python function counts in its own file only.
    if let Some(functions) = worths.get_mut("python-function") {
        functions.retain(|clue, _| in_file.contains(clue));
    }
    let mut amounts: Vec<Amount> = GROUPS
        .iter()
        .zip(context.whole)
        .filter_map(|(group, whole)| sum(group, worths.get(group.name)?, whole, context))
        .collect();
    amounts.extend(sums::amounts(candidate, &worths, context));
    amounts
}

/// How many clues to name of one feature.
const MOST_NAMED: usize = 3;

fn sum(
    group: &Group,
    worths: &BTreeMap<usize, f32>,
    whole: f32,
    context: Context<'_>,
) -> Option<Amount> {
    let mut worths: Vec<(usize, f32)> =
        worths.iter().map(|(&clue, &worth)| (clue, worth)).collect();
    worths.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let next = match group.count {
        Count::Falling(next) => next,
        Count::Share => 1.0,
    };
    let mut share = 1.0;
    let mut total = 0.0;
    for (_, worth) in &worths {
        total += worth * share;
        share *= next;
    }
    if group.count == Count::Share {
        total /= whole.max(f32::MIN_POSITIVE);
    }
    (!worths.is_empty())
        .then(|| Amount::new(group.name, total, context, || named(&worths, context)))
}

/// The clues that are worth most.
fn named(worths: &[(usize, f32)], context: Context<'_>) -> String {
    let text = |&(clue, _): &(usize, f32)| context.query.clues[clue].text.as_str();
    let named: Vec<&str> = worths.iter().take(MOST_NAMED).map(text).collect();
    match worths.len().saturating_sub(MOST_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// What all clues of each group are worth together, found or not.
pub(super) fn whole(query: &Query, rarity: &[f32]) -> Whole {
    let mut whole = [0.0; GROUPS.len()];
    let mut best: BTreeMap<(usize, usize), f32> = BTreeMap::new();
    for ((clue, term), rarity) in query.terms.iter().zip(rarity) {
        let kind = query.clues[*clue].kind;
        let group = GROUPS
            .iter()
            .position(|group| group.holds(kind, term.field));
        if let Some(group) = group {
            let known = best.entry((group, *clue)).or_default();
            *known = known.max(term.weight * rarity * SCALE);
        }
    }
    for ((group, _), worth) in best {
        whole[group] += worth;
    }
    whole
}

/// A number for each of [`GROUPS`].
pub(super) type Whole = [f32; GROUPS.len()];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::ClueKind as K;
    use Field as F;

    #[test]
    fn a_clue_counts_once_in_what_all_are_worth() {
        use fixtrail_index::QueryTerm;

        let clue = |kind| crate::query::Clue {
            kind,
            text: "x".to_owned(),
            frame: None,
            weight: 1.0,
        };
        let term = |clue, field, weight| {
            let text = "x".to_owned();
            (
                clue,
                QueryTerm {
                    field,
                    text,
                    weight,
                },
            )
        };
        let mut query = Query::default();
        query.clues = vec![clue(K::NamePart), clue(K::NamePart), clue(K::Kind)];
        query.terms = vec![
            term(0, F::Part, 1.0),
            term(0, F::Part, 0.5),
            term(1, F::Part, 0.25),
            term(2, F::Kind, 1.0),
        ];
        let whole = whole(&query, &[4.0, 10.0, 4.0, 2.0]);
        let of = |name: &str| {
            let at = GROUPS.iter().position(|group| group.name == name);
            whole[at.unwrap()]
        };
        assert!((of("name-part") - 0.6).abs() < 1e-6, "{whole:?}");
        assert!((of("kind") - 0.2).abs() < 1e-6);
        assert!((whole.iter().sum::<f32>() - 0.8).abs() < 1e-6);
    }
}
