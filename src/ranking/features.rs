//! What a candidate's score is made of.
//!
//! Clues add up; what is known of the fix as a whole then raises or lowers the sum by a factor. Each becomes a [`Part`]
//! with its share of the score, so that the parts always add up to it.
//!
//! The constants were set on labelled crashes, one at a time, and then moved back towards 1 where they lean on how those
//! cases were collected: all are fixes with a crash word in their message, so that the weight of words that would fit
//! them best is too high for anybody's next bug. Of 46 gdb stacks, with the right fix first / among ten: all features
//! 19 / 34; without the wording 11 / 31, size and spread 17 / 33, kinds 15 / 29, source files 18 / 30, age 19 / 32;
//! without wording and kinds 6 / 26. Of 19 independent reports the wording takes the first place from 3 to 4.

use fixtrail_index::history::Containment;
use fixtrail_index::{Candidate, Field, Version};

use super::Part;
use super::wording::{Wording, wording};
use crate::query::{Clue, ClueKind, Query};

/// What a second field of the same clue adds, as a share of its own worth: a name that a fix mentions, changes and calls
/// must not outweigh three names that agree.
const SECOND_FIELD: f32 = 0.25;

/// What each further frame adds, in the order of their worth. Three that agree say more than one; thirty agree with
/// any commit that touches half of the interpreter.
const NEXT_FRAME: f32 = 0.85;

/// How a subject's wording multiplies the sum.
const REPAIR: f32 = 1.7;
const CHORE: f32 = 0.5;

/// Changes beside the code fix nothing that a process runs.
const NOT_CODE: f32 = 0.4;

/// A change of years ago that no tag can place is in the running version most likely.
const OLD: f32 = 0.7;

/// A change on a branch that ended before the running series began, and not on the main branch.
const DEAD_BRANCH: f32 = 0.3;

/// What a change was made how long before the newest, when the running version is not known; in seconds.
const OLD_AGE: i64 = 6 * 365 * 86400;

/// What is known of the search beside the candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) query: &'a Query,
    /// By term of the query.
    pub(super) rarity: &'a [f32],
    pub(super) running: Option<&'a Version>,
    /// When the newest commit of the index was committed.
    pub(super) newest: i64,
}

/// Every part of a candidate's score, the largest first.
pub(super) fn parts(candidate: &Candidate, context: Context<'_>) -> Vec<Part> {
    let Context { query, rarity, .. } = context;
    let clues = query.clues.iter().enumerate();
    let mut parts: Vec<Part> = clues
        .filter_map(|(index, clue)| clue_part(candidate, query, index, clue, rarity))
        .collect();
    diminish(&mut parts);
    let mut sum: f32 = parts.iter().map(|part| part.value).sum();
    for (name, factor, what) in factors(candidate)
        .into_iter()
        .chain(age(candidate, context))
    {
        let value = sum * (factor - 1.0);
        sum += value;
        parts.push(Part { name, value, what });
    }
    parts.retain(|part| part.value != 0.0);
    parts.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    parts
}

/// What is known of a fix as a whole, in the order in which the factors are applied.
const FACTORS: [&str; 5] = ["size", "spread", "wording", "not-code", "age"];

/// The score that parts would add up to without those of one name: the other clues add up, and the other factors act on
/// their sum. Frames keep the share that they had beside the others.
pub(super) fn score_without(parts: &[Part], name: &str) -> f32 {
    let clues = parts.iter().filter(|part| !FACTORS.contains(&part.name));
    let (mut whole, mut left) = (0.0, 0.0);
    for part in clues {
        whole += part.value;
        left += if part.name == name { 0.0 } else { part.value };
    }
    for factor in FACTORS {
        if let Some(part) = parts.iter().find(|part| part.name == factor)
            && whole != 0.0
        {
            if factor != name {
                left *= 1.0 + part.value / whole;
            }
            whole += part.value;
        }
    }
    left
}

fn clue_part(
    candidate: &Candidate,
    query: &Query,
    index: usize,
    clue: &Clue,
    rarity: &[f32],
) -> Option<Part> {
    let mut worths: Vec<(f32, Field)> = candidate
        .matches
        .iter()
        .filter(|&&term| query.terms[term].0 == index)
        .map(|&term| {
            (
                query.terms[term].1.weight * rarity[term],
                query.terms[term].1.field,
            )
        })
        .collect();
    // `run`, `get` and `wait` are in every second module: a Python function counts in its own file only.
    let in_file = worths
        .iter()
        .any(|(_, field)| matches!(field, Field::File | Field::Mentioned));
    if clue.kind == ClueKind::PythonFrame && !in_file {
        return None;
    }
    worths.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, rest) = worths.split_first()?;
    let value = best.0
        + rest
            .iter()
            .map(|(worth, _)| worth * SECOND_FIELD)
            .sum::<f32>();
    Some(Part {
        name: name(clue.kind),
        value,
        what: clue.text.clone(),
    })
}

fn name(kind: ClueKind) -> &'static str {
    match kind {
        ClueKind::Function => "function",
        ClueKind::PythonFrame => "python-frame",
        ClueKind::SourceFile => "source-file",
        ClueKind::Module => "module",
        ClueKind::FailedIn => "failed-in",
        ClueKind::FailureText => "failure-text",
        ClueKind::MessageWord => "message-word",
        ClueKind::Exception => "exception",
        ClueKind::Kind => "kind",
        ClueKind::InterpreterState => "interpreter-state",
    }
}

/// Lets each further frame add less.
fn diminish(parts: &mut [Part]) {
    parts.sort_by(|a, b| b.value.total_cmp(&a.value));
    let frames = parts
        .iter_mut()
        .filter(|part| matches!(part.name, "function" | "python-frame"));
    let mut share = 1.0;
    for part in frames {
        part.value *= share;
        share *= NEXT_FRAME;
    }
}

/// What is known of the fix as a whole.
fn factors(candidate: &Candidate) -> Vec<(&'static str, f32, String)> {
    let fix = &candidate.fix;
    let functions = fix.main().changes.functions.len();
    let mut factors = vec![
        (
            "size",
            1.0 / (1.0 + 0.1 * grown(fix.size(), 80.0)),
            format!("{} lines changed", fix.size()),
        ),
        (
            "spread",
            1.0 / (1.0 + 0.15 * grown(u32::try_from(functions).unwrap_or(u32::MAX), 8.0)),
            format!("{functions} functions changed"),
        ),
    ];
    match wording(fix.main()) {
        Wording::Repair => factors.push((
            "wording",
            REPAIR,
            "its subject announces a repair".to_owned(),
        )),
        Wording::Chore => factors.push((
            "wording",
            CHORE,
            "its subject announces no repair".to_owned(),
        )),
        Wording::Plain => {}
    }
    if fix
        .main()
        .changes
        .files
        .iter()
        .all(|path| is_beside_code(path))
    {
        factors.push((
            "not-code",
            NOT_CODE,
            "only tests, documentation or tools".to_owned(),
        ));
    }
    factors
}

/// Whether it comes from a time or branch that the running version has left behind.
fn age(candidate: &Candidate, context: Context<'_>) -> Option<(&'static str, f32, String)> {
    let fix = &candidate.fix;
    let last = candidate.first_releases.last().map(Version::series);
    let Some(running) = context.running else {
        let old = context.newest - fix.main().committed > OLD_AGE;
        return old.then(|| {
            (
                "age",
                OLD,
                "an old change; the running version is not known".to_owned(),
            )
        });
    };
    if !fix.commits.iter().any(|commit| commit.on_main)
        && last.is_some_and(|last| last < running.series())
    {
        return Some((
            "age",
            DEAD_BRANCH,
            "on a branch that ended before the running version".to_owned(),
        ));
    }
    // Four series have it: it is at least three years old.
    let old = candidate.containment == Containment::Unknown && candidate.first_releases.len() > 3;
    old.then(|| {
        (
            "age",
            OLD,
            "an old change that the running version has most likely".to_owned(),
        )
    })
}

/// How far a count exceeds what is usual, on a logarithmic scale: 0 for 0, 0.7 at the usual count.
fn grown(count: u32, usual: f32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a count, for a logarithm")]
    let count = count as f32;
    (1.0 + count / usual).ln()
}

fn is_beside_code(path: &str) -> bool {
    [
        "Doc/", "Misc/", "Demo/", "Tools/", ".github/", "doc/", "docs/",
    ]
    .iter()
    .any(|folder| path.starts_with(folder))
        || ["/test/", "/tests/", "/idlelib/"]
            .iter()
            .any(|folder| path.contains(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_without_a_part() {
        // Clues of 12 and 4, halved for the size, times 1.5 for the wording, halved for the age: 6.
        let part = |name, value| Part {
            name,
            value,
            what: String::new(),
        };
        let parts = [
            part("function", 12.0),
            part("size", -8.0),
            part("age", -6.0),
            part("wording", 4.0),
            part("function", 3.0),
            part("kind", 1.0),
        ];
        for (name, score) in [
            ("none", 6.0),
            ("kind", 15.0 * 0.375),
            ("function", 0.375),
            ("size", 12.0),
            ("wording", 4.0),
            ("age", 12.0),
        ] {
            assert_eq!(score_without(&parts, name), score, "{name}");
        }
        assert_eq!(score_without(&[], "kind"), 0.0);
    }
}
