//! What a stack and a fix have in common.
//!
//! A match is worth its clue's weight times the rarity of the term. Of the clues that one feature counts each adds less
//! than the one before, in the order of their worth: three frames that agree say more than one, thirty agree with any
//! commit that touches half of the interpreter. Words that names are made of count as a share of all that the query has:
//! a long stack has some in common with every fix.

use std::collections::{BTreeMap, BTreeSet};

use fixtrail_index::{Candidate, Field};

use super::{Amount, Basis, Context, Feature};
use crate::query::{ClueKind, Query};

/// Matches that one feature counts: clues of some kinds in some fields.
pub(super) struct Group {
    pub(super) name: &'static str,
    kinds: &'static [ClueKind],
    fields: &'static [Field],
    /// How its clues are counted together.
    count: Count,
    /// What a match is worth to the search for candidates, where features do not know of each other yet.
    pub(super) search: f32,
    basis: Basis,
    what: &'static str,
}

impl Group {
    fn holds(&self, kind: ClueKind, field: Field) -> bool {
        self.kinds.contains(&kind) && self.fields.contains(&field)
    }

    pub(super) fn feature(&self) -> Feature {
        Feature {
            name: self.name,
            basis: self.basis,
            what: self.what,
        }
    }
}

/// Rarities go up to about 11 in CPython's history: a tenth of them is near 1.
const SCALE: f32 = 0.1;

/// How the clues of a group are counted together.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Count {
    /// Each further clue adds as much less than the one before, in the order of their worth.
    Falling(f32),
    /// As a share of what all clues of the group are worth, found or not.
    Share,
}

const FRAMES: Count = Count::Falling(0.85);
const MANY: Count = Count::Falling(0.7);
const SHARE: Count = Count::Share;

const fn group(
    name: &'static str,
    kinds: &'static [ClueKind],
    fields: &'static [Field],
    count: Count,
    search: f32,
    what: &'static str,
) -> Group {
    Group {
        name,
        kinds,
        fields,
        count,
        search,
        basis: Basis::Evidence,
        what,
    }
}

const fn harvested(group: Group) -> Group {
    Group {
        basis: Basis::Harvest,
        ..group
    }
}

use ClueKind as K;
use Field as F;

/// Every group; a kind and a field belong to one at most.
#[rustfmt::skip]
pub(super) const GROUPS: &[Group] = &[
    group("function-changed", &[K::Function, K::FailedIn], &[F::Function], FRAMES, 1.2, "frames whose function it changes"),
    group("function-mentioned", &[K::Function, K::FailedIn], &[F::Mentioned], FRAMES, 1.3, "frames whose function its message names"),
    group("function-called", &[K::Function, K::FailedIn], &[F::Call], FRAMES, 0.5, "frames whose function is called on its lines"),
    group("function-on-lines", &[K::Function, K::FailedIn], &[F::Identifier], FRAMES, 0.4, "frames whose function stands on its lines"),
    group("callee-changed", &[K::Callee], &[F::Function], MANY, 0.4, "it changes what a frame's function calls"),
    group("caller-changed", &[K::Caller], &[F::Function], MANY, 0.3, "it changes what calls a frame's function"),
    group("name-part", &[K::NamePart], &[F::Part], SHARE, 0.2, "words of the frames' functions in its names"),
    group("source-file", &[K::SourceFile], &[F::File], FRAMES, 0.8, "files of frames that it changes"),
    group("module-file", &[K::Module], &[F::File], MANY, 0.4, "it changes the file of an extension module"),
    group("module-mentioned", &[K::Module], &[F::Mentioned], MANY, 0.3, "its message names an extension module"),
    group("python-function", &[K::PythonFrame], &[F::Function], FRAMES, 0.8, "Python functions that it changes, in a file of the stack"),
    group("python-file", &[K::PythonFrame], &[F::File], FRAMES, 0.7, "files of Python frames that it changes"),
    group("python-mentioned", &[K::PythonFrame, K::PythonModule], &[F::Mentioned], FRAMES, 0.7, "its message names a Python frame or its module"),
    group("python-module-word", &[K::PythonModule], &[F::Word, F::Part], MANY, 0.2, "the last name of a Python module in its words"),
    group("built-in", &[K::BuiltIn], &[F::Mentioned], MANY, 0.7, "its message names the method that Python code called"),
    group("source-mentioned", &[K::SourceName], &[F::Mentioned], MANY, 0.5, "its message names what stands in a Python source line"),
    group("source-part", &[K::SourceName], &[F::Part], SHARE, 0.2, "names of a Python source line among its names"),
    harvested(group("source-tested", &[K::SourceName, K::BuiltIn], &[F::Tested], MANY, 0.3, "names of a Python source line in its tests")),
    group("reached-changed", &[K::Reached], &[F::Function], MANY, 0.5, "it changes C functions that a Python source line reaches"),
    group("reached-mentioned", &[K::Reached], &[F::Mentioned], MANY, 0.5, "its message names C functions that a Python source line reaches"),
    group("reached-on-lines", &[K::Reached], &[F::Call, F::Identifier], MANY, 0.2, "C functions that a Python source line reaches on its lines"),
    group("type", &[K::Type], &[F::Mentioned, F::Part], MANY, 0.3, "types of arguments among its names"),
    group("type-file", &[K::Type], &[F::File], MANY, 0.3, "it changes the file that defines an argument's type"),
    group("text-mentioned", &[K::TextName], &[F::Mentioned], MANY, 0.5, "its message names what the text names"),
    group("text-changed", &[K::TextName], &[F::Function], MANY, 0.4, "it changes functions that the text names"),
    group("text-part", &[K::TextName], &[F::Part], SHARE, 0.2, "names of the text among its names"),
    harvested(group("text-tested", &[K::TextName], &[F::Tested], MANY, 0.3, "names of the text in its tests")),
    group("text-reached-changed", &[K::TextReached], &[F::Function], MANY, 0.4, "it changes C functions that names of the text reach"),
    group("text-reached-mentioned", &[K::TextReached], &[F::Mentioned], MANY, 0.4, "its message names C functions that names of the text reach"),
    group("other-thread", &[K::OtherThread], &[F::Function, F::Mentioned], MANY, 0.3, "functions on other threads"),
    group("other-thread-file", &[K::OtherThread], &[F::File], MANY, 0.3, "files of Python frames on other threads"),
    group("failure-on-lines", &[K::FailureText], &[F::Identifier, F::Call], MANY, 0.6, "names of the failed check on its lines"),
    group("failure-mentioned", &[K::FailureText], &[F::Mentioned], MANY, 0.6, "its message names what the failed check does"),
    group("error-word", &[K::MessageWord], &[F::Word], MANY, 0.15, "words of the error in its message"),
    group("exception", &[K::Exception], &[F::Mentioned], MANY, 0.4, "its message names an exception of the evidence"),
    group("exception-on-lines", &[K::Exception], &[F::Identifier], MANY, 0.2, "an exception of the evidence on its lines"),
    group("state", &[K::InterpreterState], &[F::Word], MANY, 0.15, "words for what the interpreter was about"),
    harvested(group("kind", &[K::Kind], &[F::Kind], MANY, 0.7, "its message speaks of this kind of failure")),
    harvested(group("hang-kind", &[K::HangKind], &[F::Kind], MANY, 0.7, "its message speaks of this kind of hang")),
];

/// Features over several groups.
pub(super) const SUMS: [Feature; 4] = [
    Feature {
        name: "best-frame",
        basis: Basis::Evidence,
        what: "the frame whose function it changes or names that is worth most",
    },
    Feature {
        name: "breadth",
        basis: Basis::Evidence,
        what: "how many kinds of evidence speak for it",
    },
    Feature {
        name: "python-alone",
        basis: Basis::Evidence,
        what: "the Python frame whose function or file it changes that is worth most, of a failure that Python code alone may cause",
    },
    Feature {
        name: "focus",
        basis: Basis::Evidence,
        what: "share of the functions it changes that are on the stack",
    },
];

pub(super) fn group_of(kind: ClueKind, field: Field) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.holds(kind, field))
}

pub(super) fn amounts(candidate: &Candidate, context: Context<'_>) -> Vec<Amount> {
    let query = context.query;
    // By feature and clue the best spelling.
    let mut worths: BTreeMap<&str, BTreeMap<usize, f32>> = BTreeMap::new();
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
    amounts.extend(over_groups(candidate, &worths, context));
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

fn over_groups(
    candidate: &Candidate,
    worths: &BTreeMap<&str, BTreeMap<usize, f32>>,
    context: Context<'_>,
) -> [Amount; 4] {
    let of = |name| {
        let worths = worths.get(name).into_iter().flatten();
        worths.map(|(&clue, &worth)| (clue, worth))
    };
    let named = of("function-changed").chain(of("function-mentioned"));
    let best = named.max_by(|a, b| a.1.total_cmp(&b.1));
    let python = of("python-file").chain(of("python-function"));
    let python = python.filter(|_| context.query.of_python);
    let python = python.max_by(|a, b| a.1.total_cmp(&b.1));
    let changed = of("function-changed").count();
    // A frame's own function says more than all else: it counts again.
    let kinds = GROUPS
        .iter()
        .filter(|group| group.basis == Basis::Evidence && worths.contains_key(group.name));
    let breadth = kinds.count() + usize::from(best.is_some()) + usize::from(changed > 0);
    let functions = (candidate.outline.functions as usize).max(changed);
    #[expect(clippy::cast_precision_loss, reason = "counts of functions and kinds")]
    let (share, kinds) = (
        changed as f32 / functions.max(1) as f32,
        (breadth as f32).ln_1p(),
    );
    [
        Amount::new(
            "best-frame",
            best.map_or(0.0, |(_, worth)| worth),
            context,
            || best.map_or("", |(clue, _)| &context.query.clues[clue].text),
        ),
        Amount::new("breadth", kinds, context, || format!("{breadth} kinds")),
        Amount::new(
            "python-alone",
            python.map_or(0.0, |(_, worth)| worth),
            context,
            || python.map_or("", |(clue, _)| &context.query.clues[clue].text),
        ),
        Amount::new("focus", share, context, || {
            format!("{changed} of {functions} functions")
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_and_a_field_belong_to_one_group() {
        let mut seen = BTreeSet::new();
        for group in GROUPS {
            for kind in group.kinds {
                for field in group.fields {
                    let pair = (format!("{kind:?}"), *field);
                    assert!(seen.insert(pair), "{kind:?} {field:?}");
                }
            }
        }
    }

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
