//! What an interpreter knows, as text.

use std::fmt::Write as _;

use super::style::{BOLD, DIM};
use crate::stack::python::{
    Attachment, Gil, GilRole, Interpreter, LayoutSource, PythonState, PythonThread,
};

/// A paragraph on the CPython of a process.
pub(super) fn state_text(state: &PythonState) -> String {
    let free = if state.free_threaded {
        ", free-threaded"
    } else {
        ""
    };
    let finalizing = if state.finalizing == Some(true) {
        ", being shut down"
    } else {
        ""
    };
    let layout: Vec<_> = state
        .layout
        .iter()
        .map(|&source| source_words(source))
        .collect();
    let mut text = format!(
        "{BOLD}python {}{BOLD:#}{free}{finalizing}  {DIM}(layout from {}){DIM:#}\n",
        state.series,
        layout.join(", then ")
    );
    for interpreter in &state.interpreters {
        let _ = writeln!(text, "  {}", interpreter_text(interpreter));
    }
    text.push('\n');
    text
}

fn source_words(source: LayoutSource) -> &'static str {
    match source {
        LayoutSource::DebugOffsets => "_Py_DebugOffsets",
        LayoutSource::Dwarf => "debug information",
        LayoutSource::Table => "a table of the series",
    }
}

fn interpreter_text(interpreter: &Interpreter) -> String {
    let mut words = vec![match interpreter.id {
        Some(id) => format!("interpreter {id}"),
        None => "interpreter".to_owned(),
    }];
    words.extend(interpreter.gil.as_ref().map(gil_text));
    if interpreter.collecting == Some(true) {
        words.push("collecting garbage".to_owned());
    }
    if interpreter.finalizing == Some(true) {
        words.push("being shut down".to_owned());
    }
    words.join(", ")
}

/// `GIL held by LWP 12, 3 threads wait for it`.
fn gil_text(gil: &Gil) -> String {
    let holder = match (gil.locked, gil.holder) {
        (false, _) => "GIL free".to_owned(),
        (true, Some(tid)) => format!("GIL held by LWP {tid}"),
        (true, None) => "GIL held".to_owned(),
    };
    match gil.waiters.len() {
        0 => holder,
        1 => format!("{holder}, 1 thread waits for it"),
        count => format!("{holder}, {count} threads wait for it"),
    }
}

/// A few words on a thread, for its title.
pub(super) fn role_words(thread: &PythonThread) -> Vec<String> {
    let gil = thread.gil.map(|role| match role {
        GilRole::Holds => "holds the GIL",
        GilRole::Waits => "waits for the GIL",
    });
    let attachment = thread.attachment.and_then(|attachment| match attachment {
        Attachment::Suspended => Some("suspended by the interpreter"),
        Attachment::ShuttingDown => Some("ends with the interpreter"),
        Attachment::Attached | Attachment::Detached => None,
    });
    // A limit that is near tells of runaway recursion.
    let near =
        |depth: i64, limit: i64| limit > 0 && depth.saturating_mul(10) >= limit.saturating_mul(9);
    let recursion = thread
        .recursion
        .filter(|recursion| near(recursion.depth, recursion.limit));
    let recursion = recursion.map(|recursion| {
        format!(
            "{} calls deep of {} allowed",
            recursion.depth, recursion.limit
        )
    });
    let words = [gil, attachment].into_iter().flatten().map(str::to_owned);
    words.chain(recursion).collect()
}
