//! What an interpreter knows, as text.

use std::fmt::Write as _;

use super::exceptions::exception_text;
use super::stack::python_text;
use super::style::{BOLD, DIM, printable};
use crate::stack::python::{
    AsyncTask, Attachment, Gil, GilRole, Interpreter, LayoutSource, LocatedBy, PythonState,
    PythonThread, Wait, WaitKind,
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
    let located = match state.located_by {
        LocatedBy::Symbol => "",
        LocatedBy::Section => ", found by its section",
        LocatedBy::Scan => ", found by a scan of its data",
    };
    let mut text = format!(
        "{BOLD}python {}{BOLD:#}{free}{finalizing}  {DIM}(layout from {}{located}){DIM:#}\n",
        state.series,
        layout.join(", then ")
    );
    for interpreter in &state.interpreters {
        let _ = writeln!(text, "  {}", interpreter_text(interpreter));
        for task in &interpreter.tasks {
            text.push_str(&task_text(task));
        }
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

/// A task of asyncio with the coroutines that it waits in.
fn task_text(task: &AsyncTask) -> String {
    let name = task.name.as_deref().unwrap_or("without a name");
    let running = if task.running { ", running" } else { "" };
    let mut text = format!("  {BOLD}task {}{BOLD:#}{running}\n", printable(name));
    if let Some(object) = &task.awaits {
        let _ = writeln!(text, "    awaits {}", printable(object));
    }
    for frame in &task.frames {
        let _ = writeln!(text, "    in {}", printable(&python_text(frame)));
    }
    text
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
    let recursion = thread.recursion.filter(|recursion| recursion.is_near());
    let recursion = recursion.map(|recursion| {
        format!(
            "{} calls deep of {} allowed",
            recursion.depth, recursion.limit
        )
    });
    let words = [gil, attachment].into_iter().flatten().map(str::to_owned);
    words.chain(recursion).collect()
}

/// What the interpreter knows of a thread beyond its title, a line each.
pub(super) fn thread_text(thread: &PythonThread) -> String {
    let mut text = String::new();
    for module in &thread.importing {
        let _ = writeln!(text, "  imports {}", printable(module));
    }
    if let Some(wait) = &thread.waits_for {
        let _ = writeln!(text, "  waits for {}", wait_text(wait));
    }
    if let Some(chain) = &thread.raised {
        text.push_str(&exception_text("  raised ", chain));
    }
    for chain in &thread.handled {
        text.push_str(&exception_text("  handles", chain));
    }
    text
}

/// `a lock 0x7f12, held by LWP 12`.
fn wait_text(wait: &Wait) -> String {
    let name = wait.name.as_deref().map(printable);
    let mut text = match (wait.kind, name) {
        (WaitKind::Lock, _) => "a lock".to_owned(),
        (WaitKind::ReentrantLock, _) => "a reentrant lock".to_owned(),
        (WaitKind::Condition, _) => "a condition to be notified".to_owned(),
        (WaitKind::ImportLock, Some(name)) => format!("the import of {name}"),
        (WaitKind::ImportLock, None) => "the import of a module".to_owned(),
        (WaitKind::Thread, Some(name)) => format!("the end of thread \"{name}\""),
        (WaitKind::Thread, None) => "the end of a thread".to_owned(),
    };
    if let Some(address) = wait.address {
        let _ = write!(text, " ({address:#x})");
    }
    let verb = match wait.kind {
        WaitKind::Thread => "",
        _ => "held by ",
    };
    match (wait.holder_tid, wait.holder) {
        (Some(tid), _) => drop(write!(text, ", {verb}LWP {tid}")),
        (None, Some(pthread)) => drop(write!(text, ", {verb}thread {pthread:#x}, which is gone")),
        (None, None) => {}
    }
    text
}
