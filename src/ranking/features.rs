//! What a candidate's score is made of.
//!
//! Each feature is a function from a candidate to a [`Part`]. A clue counts once: with its best field in full, with the
//! others at a fraction, so that a name that a fix mentions, changes and calls does not outweigh three names that agree.

use fixtrail_index::history::Containment;
use fixtrail_index::{Candidate, Field};

use super::Part;
use crate::query::{Clue, ClueKind, Query};
use crate::signature::Signature;

/// What a second field of the same clue adds, as a share of its own worth.
const SECOND_FIELD: f32 = 0.25;

/// Lines changed from which a fix is large. Half of the fixes of the labelled crashes change fewer than 40 lines of
/// code; reformatting and mass renames change thousands, and match everything.
const LARGE: f32 = 120.0;

/// Every part of a candidate's score, the largest first.
pub(super) fn parts(
    candidate: &Candidate,
    query: &Query,
    signature: &Signature,
    rarity: &[f32],
) -> Vec<Part> {
    let mut parts: Vec<Part> = query
        .clues
        .iter()
        .enumerate()
        .filter_map(|(index, clue)| clue_part(candidate, query, index, clue, rarity))
        .collect();
    let matched: f32 = parts.iter().map(|part| part.value).sum();
    parts.extend(size(candidate, matched));
    parts.extend(not_a_fix(candidate, matched));
    parts.extend(unknown_release(candidate, matched));
    parts.extend(agreement(&parts, signature));
    parts.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    parts
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
        ClueKind::Exception => "exception",
        ClueKind::Kind => "kind",
    }
}

/// A large change matches by chance.
fn size(candidate: &Candidate, matched: f32) -> Option<Part> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of lines, for a logarithm"
    )]
    let size = candidate.fix.size() as f32;
    let share = (size / LARGE).ln().max(0.0) * 0.12;
    let what = format!("{} lines changed", candidate.fix.size());
    (share > 0.0).then(|| Part {
        name: "size",
        value: -matched * share.min(0.7),
        what,
    })
}

/// Changes of tests, documentation and NEWS alone fix nothing that a process runs.
fn not_a_fix(candidate: &Candidate, matched: f32) -> Option<Part> {
    let files = &candidate.fix.main().changes.files;
    let beside = |path: &String| {
        path.starts_with("Doc/")
            || path.starts_with("Misc/")
            || path.starts_with("Demo/")
            || path.starts_with("Tools/")
            || path.contains("/test/")
            || path.contains("/tests/")
            || path.contains("/idlelib/")
            || path.starts_with(".github")
    };
    let what = "only tests, documentation or tools".to_owned();
    (files.iter().all(beside)).then(|| Part {
        name: "not-code",
        value: -matched * 0.6,
        what,
    })
}

/// A fix that no tag can place may be in the running version already.
fn unknown_release(candidate: &Candidate, matched: f32) -> Option<Part> {
    let unknown =
        candidate.containment == Containment::Unknown && candidate.first_releases.len() > 3;
    let what = "an old change that the running version most likely has".to_owned();
    unknown.then(|| Part {
        name: "age",
        value: -matched * 0.3,
        what,
    })
}

/// Several frames that agree on one fix say more than the sum of them: on the seed's stack three weak matches meet in
/// one commit only.
fn agreement(parts: &[Part], signature: &Signature) -> Option<Part> {
    let frames = parts
        .iter()
        .filter(|part| matches!(part.name, "function" | "python-frame") && part.value > 1.0);
    let (count, sum) = frames.fold((0_u8, 0.0), |(count, sum), part| {
        (count.saturating_add(1), sum + part.value)
    });
    let bonus = f32::from(count.saturating_sub(1).min(4)) * 0.06;
    let what = format!("{count} frames of {} agree", signature.frames.len());
    (bonus > 0.0).then_some(Part {
        name: "agreement",
        value: sum * bonus,
        what,
    })
}
