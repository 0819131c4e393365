//! The stacks of a text or core as terms, so that those of one failure meet whoever pasted them.

use std::collections::HashSet;

use fixtrail_index::issues::{KnownFrame, KnownStack};

use crate::case::Case;
use crate::evidence::Facts;
use crate::signature::{self, SignatureFrame};
use crate::stack::Thread;
use crate::stack::names::unqualified;

/// So many stacks of one text are kept: of a dump of a thousand threads that wait, the first say all.
const MOST_STACKS: usize = 24;

/// So many frames of a stack are kept, recursion folded.
const MOST_FRAMES: usize = 120;

/// No function has a longer name, but demangled ones of templates do.
const LONGEST_TERM: usize = 200;

/// What is known of a case's stacks: those that show the failure first, each with the words of what failed as a frame of
/// its own; of a case without stacks these words alone. A stack that a former one holds is left out.
#[must_use]
pub fn stacks_of(case: &Case) -> Vec<KnownStack> {
    let signature = case.signature();
    let marks = marks(&case.facts);
    let is_main = |at: usize| signature.thread == Some(at) || signature.companions.contains(&at);
    let threads = case.process.threads.iter().enumerate();
    let mut found: Vec<KnownStack> = threads
        .filter_map(|(at, thread)| {
            let stack = stack(thread)?;
            Some(KnownStack {
                main: is_main(at),
                ..stack
            })
        })
        .collect();
    // A stable sort: the chosen thread, then the others as the text has them.
    found.sort_by_key(|stack| !stack.main);
    let mut seen = HashSet::new();
    found.retain(|stack| {
        seen.insert(
            stack
                .frames
                .iter()
                .map(|frame| frame.term.clone())
                .collect::<Vec<_>>(),
        )
    });
    found.truncate(MOST_STACKS);
    if found.is_empty() && !marks.is_empty() {
        found.push(KnownStack {
            main: true,
            cut_before: true,
            cut_behind: true,
            ..KnownStack::default()
        });
    }
    for stack in found.iter_mut().filter(|stack| stack.main) {
        stack.text.clone_from(&signature.text);
        stack.frames.splice(0..0, marks.iter().cloned());
    }
    found
}

/// A stack, unless it shows nothing.
fn stack(thread: &Thread) -> Option<KnownStack> {
    let frames = signature::worths(thread);
    let ends_in_start = frames.iter().rev().take(4).any(signature::is_startup);
    let known: Vec<KnownFrame> = frames.iter().take(MOST_FRAMES).map(known_frame).collect();
    let total = thread.frames.len();
    let is_cut = |at: usize| thread.gaps.iter().any(|gap| gap.at == at);
    let says = frames
        .iter()
        .any(|frame| frame.class.may_be_at_fault() && frame.weight > 0.0);
    says.then(|| KnownStack {
        tool: tool(thread),
        line: thread
            .lines
            .as_ref()
            .map_or(0, |lines| u32::try_from(lines.start).unwrap_or(0)),
        main: false,
        text: String::new(),
        frames: known,
        cut_before: is_cut(0),
        // An excerpt ends anywhere, without a word.
        cut_behind: is_cut(total) || frames.len() > MOST_FRAMES || !ends_in_start,
    })
}

fn tool(thread: &Thread) -> String {
    let name = serde_json::to_value(thread.tool).ok();
    name.and_then(|name| Some(name.as_str()?.to_owned()))
        .unwrap_or_default()
}

fn known_frame(frame: &SignatureFrame) -> KnownFrame {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 100"
    )]
    let worth = (frame.weight * 100.0).clamp(0.0, 100.0) as u8;
    KnownFrame {
        term: term(frame),
        worth,
        inlined: frame.inlined,
        python: frame.python,
    }
}

/// A native function by its name; a Python function by its file, too, since many are called `run`. Of files that are not
/// the standard library's the last part alone: where it is installed differs, and may name people.
fn term(frame: &SignatureFrame) -> String {
    let mut term = if frame.python {
        let path = frame.path.as_deref().unwrap_or_default();
        let last = || path.rsplit(['/', '\\']).next().unwrap_or_default();
        let file = frame.file.as_deref().unwrap_or_else(last);
        format!("{file}:{}", unqualified(&frame.function))
    } else {
        frame.function.clone()
    };
    if term.len() > LONGEST_TERM {
        let end = (0..=LONGEST_TERM)
            .rev()
            .find(|&at| term.is_char_boundary(at));
        term.truncate(end.unwrap_or(0));
    }
    term
}

/// What failed, as frames: the same check fails on another stack each time that the damage was done elsewhere.
fn marks(facts: &Facts) -> Vec<KnownFrame> {
    let assertions = facts.assertions.iter().map(|assertion| {
        let expression: String = assertion.expression.split_whitespace().collect();
        format!(
            "assert {}:{expression}",
            assertion.function.as_deref().unwrap_or_default()
        )
    });
    // Addresses and counts are of one run.
    let without_numbers = |error: &str| {
        let kept = error
            .split_whitespace()
            .filter(|word| !word.bytes().any(|byte| byte.is_ascii_digit()));
        format!("fatal {}", kept.collect::<Vec<_>>().join(" "))
    };
    let errors = facts.own_fatal_errors().map(without_numbers);
    let marks = assertions
        .chain(errors)
        .filter(|term| term.len() <= LONGEST_TERM);
    marks
        .map(|term| KnownFrame {
            term,
            worth: 100,
            inlined: false,
            python: false,
        })
        .collect()
}
