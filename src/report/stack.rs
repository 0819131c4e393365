//! The stacks of an input as text.

use std::fmt::Write as _;

use super::python::{role_words, state_text, thread_text};
use super::style::{BOLD, DIM, printable};
use crate::evidence::{Gap, StackRole, Tool};
use crate::signature::{Class, native_class};
use crate::stack::{CodeKind, Found, Frame, NativeFrame, Process, PythonFrame, Thread};

/// How frames are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    /// Each on its own.
    All,
    /// Runs of native frames that only pass a call on share a line.
    Collapsed,
}

/// Every thread with its frames, innermost first; gaps stand where frames are missing.
#[must_use]
pub fn stack_text(process: &Process, frames: Frames) -> String {
    let mut text = process.python.as_ref().map(state_text).unwrap_or_default();
    for thread in &process.threads {
        let lines = thread.lines.as_ref().map_or_else(String::new, |lines| {
            let last = lines.end.saturating_sub(1);
            format!(" {DIM}(lines {}-{last}){DIM:#}", lines.start)
        });
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{BOLD}thread {}{BOLD:#}{lines}", title(thread));
        text.push_str(&thread.python.as_ref().map(thread_text).unwrap_or_default());
        let mut number = 0;
        while let Some(frame) = thread.frames.get(number) {
            gaps(&mut text, &thread.gaps, number);
            let rest = &thread.frames[number..];
            let folded = match frames {
                Frames::All => 0,
                Frames::Collapsed => rest.iter().take_while(|frame| passes_on(frame)).count(),
            };
            if folded > 1 {
                let _ = writeln!(
                    text,
                    "  {DIM}#{number:<3} {}{DIM:#}",
                    folded_text(&rest[..folded])
                );
                number += folded;
            } else {
                let _ = writeln!(text, "  #{number:<3} {}", printable(&frame_text(frame)));
                // Those of a pasted stack stand in the paste.
                if matches!(thread.tool, Tool::Core | Tool::Process) {
                    variables(&mut text, frame);
                }
                number += 1;
            }
        }
        gaps(&mut text, &thread.gaps, thread.frames.len());
        text.push('\n');
    }
    text
}

/// Arguments and local variables of a Python frame, a line each.
fn variables(text: &mut String, frame: &Frame) {
    let python = match frame {
        Frame::Python(python) => Some(python),
        Frame::Native(native) => native.python.as_ref(),
        _ => None,
    };
    let Some(python) = python else { return };
    for (sort, list) in [("argument", &python.arguments), ("local", &python.locals)] {
        for variable in list {
            let shown = format!("{} = {}", variable.name, variable.value);
            let _ = writeln!(text, "         {DIM}{sort}{DIM:#} {}", printable(&shown));
        }
    }
}

/// Whether a frame says no more than that one function called another.
fn passes_on(frame: &Frame) -> bool {
    let Frame::Native(native) = frame else {
        return false;
    };
    let function = native.function.as_deref();
    native.python.is_none()
        && function.is_some_and(|function| native_class(function) == Class::Trampoline)
}

/// The names of folded frames that are shown.
const NAMES: usize = 3;

/// `5 calls passed on: PyObject_Vectorcall, _PyObject_VectorcallTstate, method_vectorcall ...`.
fn folded_text(frames: &[Frame]) -> String {
    let mut names: Vec<_> = frames.iter().filter_map(Frame::function).collect();
    names.dedup();
    let more = if names.len() > NAMES { " ..." } else { "" };
    names.truncate(NAMES);
    format!(
        "{} calls passed on: {}{more}",
        frames.len(),
        printable(&names.join(", "))
    )
}

fn gaps(text: &mut String, gaps: &[Gap], at: usize) {
    for gap in gaps.iter().filter(|gap| gap.at == at) {
        let count = gap
            .count
            .map_or_else(|| "frames".to_owned(), |count| format!("{count} frames"));
        let _ = writeln!(
            text,
            "       {DIM}... {count} missing: {}{DIM:#}",
            printable(&gap.why)
        );
    }
}

/// A thread in a few words: `1 (LWP 37995) "python3", current, from gdb`.
pub(super) fn title(thread: &Thread) -> String {
    let id = match (thread.tid, thread.pthread) {
        (Some(tid), _) => Some(format!("(LWP {tid})")),
        (None, Some(pthread)) => Some(format!("0x{pthread:x}")),
        (None, None) => None,
    };
    let number = thread.number.map(|number| number.to_string());
    let python_name = thread
        .python
        .as_ref()
        .and_then(|python| python.name.as_ref());
    // The interpreter's name says more than the kernel's, which is that of the program.
    let name = python_name
        .or(thread.name.as_ref())
        .map(|name| format!("\"{}\"", printable(name)));
    let label: Vec<String> = number.into_iter().chain(id).chain(name).collect();
    let role = match thread.role {
        StackRole::Running => "",
        StackRole::Freed => "where the memory was freed",
        StackRole::Allocated => "where the memory was allocated",
        StackRole::Created => "where the thread was created",
        StackRole::EarlierException => "an earlier exception",
    };
    let python = thread.python.as_ref().map(role_words).unwrap_or_default();
    let words = [
        label.join(" "),
        if thread.current {
            "current".to_owned()
        } else {
            String::new()
        },
        role.to_owned(),
        thread.state.as_deref().map(printable).unwrap_or_default(),
        python.join(", "),
        if thread.torn {
            "may be torn".to_owned()
        } else {
            String::new()
        },
        format!("from {}", tool_name(thread.tool)),
    ];
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(", ")
}

fn tool_name(tool: Tool) -> &'static str {
    match tool {
        Tool::Gdb => "gdb",
        Tool::GdbDashboard => "gdb-dashboard",
        Tool::Coredumpctl => "coredumpctl",
        Tool::EuStack => "eu-stack",
        Tool::Lldb => "lldb",
        Tool::Sanitizer => "a sanitizer",
        Tool::Valgrind => "valgrind",
        Tool::MacOs => "macOS",
        Tool::Windows => "a Windows debugger",
        Tool::BacktraceSymbols => "backtrace_symbols",
        Tool::Abrt => "ABRT",
        Tool::CallList => "a list of calls",
        Tool::PyBt => "py-bt",
        Tool::Traceback => "a traceback",
        Tool::Faulthandler => "faulthandler",
        Tool::Pystack => "pystack",
        Tool::PySpy => "py-spy",
        Tool::Core => "the core",
        Tool::Process => "the process",
    }
}

fn frame_text(frame: &Frame) -> String {
    match frame {
        Frame::Native(native) => native_text(native),
        Frame::Python(python) => python_text(python),
        Frame::Signal => "<signal handler called>".to_owned(),
        Frame::Marker { text } => format!("<{text}>"),
    }
}

fn native_text(frame: &NativeFrame) -> String {
    let mut text = frame.function.clone().unwrap_or_else(|| "??".to_owned());
    // Those of a pasted stack stand in the paste, at any length.
    if frame.found != Found::Text && !frame.arguments.is_empty() {
        let arguments = frame.arguments.iter();
        let arguments = arguments.map(|argument| format!("{}={}", argument.name, argument.value));
        let _ = write!(text, "({})", arguments.collect::<Vec<_>>().join(", "));
    }
    match (&frame.file, frame.line, &frame.module) {
        (Some(file), Some(line), _) => drop(write!(text, "  {file}:{line}")),
        (Some(file), None, _) => drop(write!(text, "  {file}")),
        (None, _, Some(module)) => drop(write!(text, "  ({module})")),
        (None, _, None) => {}
    }
    text.push_str(match frame.found {
        Found::TailCall => "  (tail call)",
        Found::FramePointer => "  (guess: by frame pointer)",
        Found::Scan => "  (guess: by a scan of the stack)",
        _ if frame.inlined => "  (inlined)",
        _ => "",
    });
    if let Some(python) = &frame.python {
        let _ = write!(text, "  running {}", python_text(python));
    }
    text
}

pub(super) fn python_text(frame: &PythonFrame) -> String {
    let kind = match frame.runs {
        Some(CodeKind::Generator) => "generator ",
        Some(CodeKind::Coroutine) => "coroutine ",
        Some(CodeKind::AsyncGenerator) => "async generator ",
        None => "",
    };
    let function = frame.function.as_deref().unwrap_or("?");
    let mut text = format!("[Python] {kind}{function}");
    if let Some(file) = &frame.file {
        let _ = write!(text, "  {file}");
    }
    if let Some(line) = frame.line {
        let _ = write!(text, ":{line}");
    }
    if let Some(source) = &frame.source {
        let _ = write!(text, "  | {source}");
    }
    if frame.repeated > 0 {
        let _ = write!(text, "  ({} times more)", frame.repeated);
    }
    text
}
