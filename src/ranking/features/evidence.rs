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

/// What each clue is worth, by feature: of several spellings the best.
pub(super) type Worths = BTreeMap<&'static str, BTreeMap<usize, f32>>;

/// What a term is worth to the group that counts it.
type Term = Option<(&'static Group, f32)>;

/// By term of a query: the group that counts it, and what a match is worth there.
pub(super) fn terms(query: &Query, rarity: &[f32]) -> Vec<Term> {
    let terms = query.terms.iter().zip(rarity);
    terms
        .map(|((clue, term), rarity)| {
            let group = group_of(query.clues[*clue].kind, term.field)?;
            Some((group, term.weight * rarity * SCALE))
        })
        .collect()
}

/// What all clues of each group are worth together, found or not.
pub(super) fn whole(query: &Query, terms: &[Term]) -> Vec<f32> {
    let worths = worths(query, terms, 0..terms.len());
    let of = |group: &Group| worths.get(group.name).map_or(0.0, |of| of.values().sum());
    GROUPS.iter().map(of).collect()
}

fn worths(query: &Query, terms: &[Term], matches: impl Iterator<Item = usize>) -> Worths {
    let mut worths = Worths::new();
    for at in matches {
        let Some((group, worth)) = terms[at] else {
            continue;
        };
        let clues = worths.entry(group.name).or_default();
        let best = clues.entry(query.terms[at].0).or_default();
        *best = best.max(worth);
    }
    worths
}

pub(super) fn amounts(candidate: &Candidate, context: &Context<'_>) -> Vec<Amount> {
    let query = context.query;
    let matches = || candidate.matches.iter().copied();
    let mut worths = worths(query, &context.terms, matches());
    // `run`, `get` and `wait` are in every second module: a Python function counts in its own file only.
    if let Some(functions) = worths.get_mut("python-function") {
        let terms = matches().map(|at| &query.terms[at]);
        let in_file =
            terms.filter(|(_, term)| matches!(term.field, Field::File | Field::Mentioned));
        let in_file: BTreeSet<usize> = in_file.map(|(clue, _)| *clue).collect();
        functions.retain(|clue, _| in_file.contains(clue));
    }
    let mut amounts: Vec<Amount> = GROUPS
        .iter()
        .zip(&context.whole)
        .filter_map(|(group, &whole)| sum(group, worths.get(group.name)?, whole, context))
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
    context: &Context<'_>,
) -> Option<Amount> {
    let mut worths: Vec<(usize, f32)> =
        worths.iter().map(|(&clue, &worth)| (clue, worth)).collect();
    worths.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let (next, of) = match group.count {
        Count::Falling(next) => (next, 1.0),
        Count::Share => (1.0, whole.max(f32::MIN_POSITIVE)),
    };
    let mut share = 1.0;
    let mut total = 0.0;
    for (_, worth) in &worths {
        total += worth * share;
        share *= next;
    }
    (!worths.is_empty())
        .then(|| Amount::new(group.name, total / of, context, || named(&worths, context)))
}

/// The clues that are worth most.
fn named(worths: &[(usize, f32)], context: &Context<'_>) -> String {
    let text = |&(clue, _): &(usize, f32)| context.query.clues[clue].text.as_str();
    let named: Vec<&str> = worths.iter().take(MOST_NAMED).map(text).collect();
    match worths.len().saturating_sub(MOST_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

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
        let whole = whole(&query, &terms(&query, &[4.0, 10.0, 4.0, 2.0]));
        let of = |name: &str| {
            let at = GROUPS.iter().position(|group| group.name == name);
            whole[at.unwrap()]
        };
        assert!((of("name-part") - 0.6).abs() < 1e-6, "{whole:?}");
        assert!((of("kind") - 0.2).abs() < 1e-6);
        assert!((whole.iter().sum::<f32>() - 0.8).abs() < 1e-6);
    }
}
