//! What is known of a fix as a whole: what its message announces, what it touches, how large it is.

use fixtrail_index::Candidate;
use fixtrail_index::fixes::Trait;

use super::{Amount, Basis, Context, Feature};

const fn feature(name: &'static str, basis: Basis, what: &'static str) -> Feature {
    Feature { name, basis, what }
}

pub(super) const FEATURES: [Feature; 11] = [
    feature("repair", Basis::Harvest, "its subject announces a repair"),
    feature("chore", Basis::Harvest, "its subject announces no repair"),
    feature(
        "names-failure",
        Basis::Harvest,
        "its message names a kind of failure",
    ),
    feature("tests", Basis::Harvest, "it changes tests"),
    feature("news", Basis::Harvest, "it has a NEWS entry"),
    feature("size", Basis::Fix, "lines changed, on a logarithmic scale"),
    feature(
        "spread",
        Basis::Fix,
        "functions changed, on a logarithmic scale",
    ),
    feature("no-code", Basis::Fix, "it changes no code that users run"),
    feature(
        "wrong-language",
        Basis::Fix,
        "the interpreter crashed, and it changes Python alone",
    ),
    feature(
        "core-news",
        Basis::Fix,
        "its NEWS entry is about the interpreter",
    ),
    feature("backported", Basis::Fix, "it was picked to older series"),
];

/// What a change usually has, in lines and in functions.
const USUAL_SIZE: f32 = 40.0;
const USUAL_SPREAD: f32 = 4.0;

pub(super) fn amounts(candidate: &Candidate, context: &Context<'_>) -> Vec<Amount> {
    let outline = &candidate.outline;
    let flag = |name, set: bool, what: &'static str| {
        Amount::new(name, f32::from(u8::from(set)), context, || what)
    };
    let counted = |name, count: u32, usual, of: &'static str| {
        Amount::new(name, grown(count, usual), context, || {
            format!("{count} {of}")
        })
    };
    let python_alone =
        context.query.native && !context.query.of_python && outline.is(Trait::PythonAlone);
    vec![
        flag("repair", outline.is(Trait::Repair), "of its subject"),
        flag("chore", outline.is(Trait::Chore), "of its subject"),
        flag(
            "names-failure",
            outline.is(Trait::NamesFailure),
            "of any kind",
        ),
        flag("tests", outline.is(Trait::Tests), "beside the code"),
        flag("news", outline.is(Trait::News), "of the change"),
        counted("size", outline.lines, USUAL_SIZE, "lines"),
        counted("spread", outline.functions, USUAL_SPREAD, "functions"),
        flag(
            "no-code",
            outline.is(Trait::NoCode),
            "tests, documentation or tools",
        ),
        flag("wrong-language", python_alone, "Python alone"),
        flag(
            "core-news",
            outline.is(Trait::CoreNews),
            "Core and Builtins",
        ),
        flag(
            "backported",
            outline.is(Trait::Backported),
            "to other branches",
        ),
    ]
}

/// How far a count exceeds what is usual, on a logarithmic scale: 0 for 0, 0.7 at the usual count.
fn grown(count: u32, usual: f32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a count, for a logarithm")]
    let count = count as f32;
    (count / usual).ln_1p()
}
