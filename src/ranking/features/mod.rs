//! What is known of a fix beside a query: named amounts, that [`model`](super::model) weighs.
//!
//! Each feature is a function of the query, the fix and the running version, and is 0 where it says nothing. Clues are
//! counted by how rare they are over all fixes and by what their frame is worth, in [`groups`]; see [`evidence`], and
//! [`sums`] for what goes over all groups. What is known of the fix alone is in [`change`], what of its releases in
//! [`version`].

mod change;
mod evidence;
mod groups;
mod lines;
mod sums;
mod version;

use fixtrail_index::code::CodeMap;
use fixtrail_index::fixes::Fix;
use fixtrail_index::{Candidate, Field, ReleaseLines, Searcher, Version};

use crate::query::{ClueKind, Query};

/// What a feature leans on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// What stack and fix have in common.
    Evidence,
    /// The fix, whatever the stack.
    Fix,
    /// Reports of the same failure, which lead to the fix whatever the stack shows of it.
    Issues,
    /// Words and tests that labelled cases were collected by: they look better on those than they are.
    Harvest,
}

/// A feature that a verdict may have.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// Its name, as weights and `--json` have it.
    pub name: &'static str,
    /// What it leans on.
    pub basis: Basis,
    /// What it measures, for a reader.
    pub what: &'static str,
}

/// An amount of a feature.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Amount {
    pub(super) name: &'static str,
    pub(super) amount: f32,
    /// What matched, in the words of the evidence.
    pub(super) what: String,
}

impl Amount {
    /// `what` is put into words only where they are asked for: thousands of candidates are weighed, and few are shown.
    fn new<W: Into<String>>(
        name: &'static str,
        amount: f32,
        context: &Context<'_>,
        what: impl FnOnce() -> W,
    ) -> Self {
        let what = if context.words && amount != 0.0 {
            what().into()
        } else {
            String::new()
        };
        Self { name, amount, what }
    }
}

/// What is known of the search beside the candidate.
#[derive(Debug, Clone)]
pub(super) struct Context<'a> {
    pub(super) query: &'a Query,
    /// By term of the query.
    pub(super) rarity: &'a [f32],
    pub(super) running: Option<&'a Version>,
    /// When the newest commit of the index was committed.
    pub(super) newest: i64,
    pub(super) code: &'a CodeMap,
    /// When the running version was released, in seconds since 1970.
    pub(super) released: Option<i64>,
    /// By term of the query: the group that counts it, and what a match is worth there.
    terms: Vec<Option<(&'static groups::Group, f32)>>,
    /// By group: what all its clues are worth together, found or not.
    whole: Vec<f32>,
    /// Whether amounts are to say what matched.
    pub(super) words: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        query: &'a Query,
        rarity: &'a [f32],
        running: Option<&'a Version>,
        searcher: &'a Searcher,
    ) -> Self {
        let terms = evidence::terms(query, rarity);
        Self {
            query,
            rarity,
            running,
            newest: searcher.manifest().newest_commit,
            code: searcher.code(),
            whole: evidence::whole(query, &terms),
            terms,
            released: running.and_then(|version| searcher.date_of(version)),
            words: false,
        }
    }
}

impl Context<'_> {
    /// The same, with words.
    pub(super) fn in_words(&self) -> Self {
        Self {
            words: true,
            ..self.clone()
        }
    }
}

/// Every feature that there is, in the order of the tables.
pub fn features() -> impl Iterator<Item = Feature> {
    let evidence = groups::GROUPS.iter().map(groups::Group::feature);
    evidence
        .chain(sums::FEATURES)
        .chain(change::FEATURES)
        .chain(version::FEATURES)
        .chain(lines::FEATURES)
}

/// What a match of a clue of a kind in a field is worth to the search for candidates.
pub(super) fn search_weight(kind: ClueKind, field: Field) -> f32 {
    groups::group_of(kind, field).map_or(0.0, |group| group.search)
}

/// The amounts that take the fix itself, those of 0 left out.
pub(super) fn late_amounts(
    fix: &Fix,
    release: Option<&mut ReleaseLines>,
    context: &Context<'_>,
) -> Vec<Amount> {
    let mut amounts = vec![version::not_there_yet(fix, context)];
    amounts.extend(
        release
            .into_iter()
            .flat_map(|release| lines::amounts(fix, release, context)),
    );
    amounts.retain(|amount| amount.amount != 0.0);
    amounts
}

/// The amounts of a candidate, those of 0 left out.
pub(super) fn amounts(candidate: &Candidate, context: &Context<'_>) -> Vec<Amount> {
    let mut amounts = evidence::amounts(candidate, context);
    amounts.extend(change::amounts(candidate, context));
    amounts.extend(version::amounts(candidate, context));
    amounts.retain(|amount| amount.amount != 0.0);
    amounts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_told_apart() {
        let names: Vec<&str> = features().map(|feature| feature.name).collect();
        let distinct: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), distinct.len());
    }
}
