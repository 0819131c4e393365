//! An interpreter that is being shut down while threads of Python code are left: daemon threads, which run into what is
//! gone already.

use super::Finding;
use crate::evidence::InterpreterFact;
use crate::stack::python::PythonState;
use crate::stack::{Frame, Process, Thread};

/// Functions that shut an interpreter down (`Python/pylifecycle.c` of 2.7 to 3.14).
const SHUT_DOWN: [&str; 5] = [
    "Py_Finalize",
    "Py_FinalizeEx",
    "_Py_Finalize",
    "Py_EndInterpreter",
    "finalize_modules",
];

pub(super) fn with_threads(process: &Process) -> Vec<Finding> {
    let shuts_down = |thread: &&Thread| {
        let mut functions = thread.frames.iter().filter_map(Frame::function);
        functions.any(|name| SHUT_DOWN.contains(&name))
    };
    let python = process.python.as_ref();
    let finalizing = python.is_some_and(PythonState::is_finalizing);
    let Some(main) = process.threads.iter().find(shuts_down) else {
        return Vec::new();
    };
    let left: Vec<&Thread> = process
        .threads
        .iter()
        .filter(|thread| thread.tid.is_some() && thread.tid != main.tid && is_of_python(thread))
        .collect();
    if left.is_empty() {
        return Vec::new();
    }
    // Exit handlers run before the interpreter calls itself finalizing.
    let how = if finalizing {
        "is being shut down"
    } else {
        "runs its exit handlers"
    };
    let threads = if left.len() == 1 {
        "thread is"
    } else {
        "threads are"
    };
    vec![Finding {
        kind: InterpreterFact::DaemonThreads,
        what: format!(
            "the interpreter {how} in thread {}, and {} daemon {threads} left",
            main.tid.unwrap_or_default(),
            left.len()
        ),
        tid: main.tid,
        addresses: Vec::new(),
        frames: left
            .iter()
            .filter_map(|thread| thread.frames.iter().find_map(Frame::function))
            .map(str::to_owned)
            .collect(),
    }]
}

/// Functions that a thread of Python code begins in (`Modules/_threadmodule.c`, `Python/thread_pthread.h`).
const BEGIN: [&str; 3] = ["t_bootstrap", "thread_run", "pythread_wrapper"];

/// Whether it is, or was: the interpreter may have dropped its state.
fn is_of_python(thread: &Thread) -> bool {
    let mut functions = thread.frames.iter().filter_map(Frame::function);
    thread.python.is_some() || functions.any(|name| BEGIN.contains(&name))
}
