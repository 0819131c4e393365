//! Features over all that stack and fix have in common.

use fixtrail_index::Candidate;

use super::evidence::Worths;
use super::groups::GROUPS;
use super::{Amount, Basis, Context, Feature};

pub(super) const FEATURES: [Feature; 4] = [
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

/// Their amounts, in the order of [`FEATURES`].
pub(super) fn amounts(
    candidate: &Candidate,
    worths: &Worths,
    context: &Context<'_>,
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
    let worth_most = |name, clue: Option<(usize, f32)>| {
        let text = || clue.map_or("", |(clue, _)| &context.query.clues[clue].text);
        Amount::new(name, clue.map_or(0.0, |(_, worth)| worth), context, text)
    };
    [
        worth_most("best-frame", best),
        Amount::new("breadth", kinds, context, || format!("{breadth} kinds")),
        worth_most("python-alone", python),
        Amount::new("focus", share, context, || {
            format!("{changed} of {functions} functions")
        }),
    ]
}
