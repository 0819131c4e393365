//! Why a fix is offered, in words: which part of the evidence met which field of which commit.

use fixtrail_index::{Candidate, Field};

use super::features::search_weight;
use crate::query::{Clue, ClueKind, Query};

/// As many as a reader takes in.
const MOST: usize = 6;

/// The reasons of a candidate, the one that is worth most first.
pub(super) fn reasons(candidate: &Candidate, query: &Query, rarity: &[f32]) -> Vec<String> {
    let mut found: Vec<(f32, usize, Vec<Field>)> = Vec::new();
    for &term in &candidate.matches {
        let (clue, term_of) = &query.terms[term];
        let kind = query.clues[*clue].kind;
        let worth = term_of.weight * rarity[term] * search_weight(kind, term_of.field);
        match found.iter_mut().find(|(_, known, _)| known == clue) {
            Some((best, _, fields)) => {
                *best = best.max(worth);
                if !fields.contains(&term_of.field) {
                    fields.push(term_of.field);
                }
            }
            None => found.push((worth, *clue, vec![term_of.field])),
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let words = found
        .into_iter()
        .filter_map(|(_, clue, fields)| reason(&query.clues[clue], &fields));
    words.take(MOST).collect()
}

fn reason(clue: &Clue, fields: &[Field]) -> Option<String> {
    let has = |field| fields.contains(&field);
    let place = clue
        .frame
        .map(|number| format!(" (frame {number})"))
        .unwrap_or_default();
    let text = &clue.text;
    Some(match clue.kind {
        ClueKind::Callee => format!("changes {text}, which a frame's function calls{place}"),
        ClueKind::Caller => format!("changes {text}, which calls a frame's function{place}"),
        ClueKind::BuiltIn => format!("its message names {text}, which Python code called"),
        ClueKind::SourceName if has(Field::Mentioned) => {
            format!("its message names {text}, of a Python source line{place}")
        }
        ClueKind::SourceName if has(Field::Tested) => {
            format!("its tests use {text}, of a Python source line{place}")
        }
        ClueKind::Type if has(Field::Mentioned) => {
            format!("its message names {text}, an argument's type")
        }
        ClueKind::PythonModule if has(Field::Mentioned) => {
            format!("its message names the module {text}{place}")
        }
        ClueKind::TextName if has(Field::Mentioned) || has(Field::Function) => {
            let verb = if has(Field::Function) {
                "changes"
            } else {
                "names"
            };
            format!("{verb} {text}, which the text names")
        }
        ClueKind::TextReached if has(Field::Mentioned) || has(Field::Function) => {
            let verb = if has(Field::Function) {
                "changes"
            } else {
                "names"
            };
            format!("{verb} {text}, which a name of the text reaches")
        }
        ClueKind::Type if has(Field::File) => {
            format!("changes the file of {text}, an argument's type")
        }
        ClueKind::KnownIssue => format!("closes {text}, which has a stack like this one"),
        ClueKind::OtherThread => format!("changes or names {text}, on another thread"),
        ClueKind::TextName | ClueKind::TextReached => return None,
        ClueKind::NamePart | ClueKind::SourceName | ClueKind::Type | ClueKind::PythonModule => {
            return None;
        }
        ClueKind::Reached => {
            let verb = if has(Field::Function) {
                "changes"
            } else {
                "names"
            };
            if !has(Field::Function) && !has(Field::Mentioned) {
                return None;
            }
            format!("{verb} {text}, which a Python source line reaches{place}")
        }
        ClueKind::Kind | ClueKind::HangKind => format!("its message speaks of: {text}"),
        ClueKind::SourceFile => format!("changes {text}{place}"),
        ClueKind::Module => format!("is about the module {text}{place}"),
        ClueKind::Exception => format!("is about {text}, which the evidence shows"),
        ClueKind::MessageWord => format!("its message has the word \"{text}\" of the error"),
        ClueKind::InterpreterState => {
            format!("its message has the word \"{text}\", for what the interpreter was about")
        }
        ClueKind::FailureText => format!("is about `{text}`, which the failed check names"),
        ClueKind::PythonFrame => {
            let verb = if has(Field::Function) {
                "changes"
            } else {
                "changes the file of"
            };
            if !has(Field::File) {
                return None;
            }
            format!("{verb} {text}{place}")
        }
        ClueKind::Function | ClueKind::FailedIn => {
            let place = if clue.kind == ClueKind::FailedIn {
                " (where the check failed)".to_owned()
            } else {
                place
            };
            let verb = match () {
                () if has(Field::Function) && has(Field::Mentioned) => "names and changes",
                () if has(Field::Function) => "changes",
                () if has(Field::Mentioned) => "names",
                () if has(Field::Call) => "changes a call of",
                () => "has on its changed lines",
            };
            format!("{verb} {text}{place}")
        }
    })
}
