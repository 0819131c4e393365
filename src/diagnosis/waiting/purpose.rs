//! What Python code waits for, and what it wants of that.

use super::{WaitFor, Waiting, plain};
use crate::stack::names::{PythonFile, python_file, unqualified};
use crate::stack::python::WaitKind;
use crate::stack::{Frame, PythonFrame, Thread};

/// Functions of the standard library around a wait, and what it is for.
const PURPOSES: &[(&str, &str, WaitFor)] = &[
    ("queue.py", "get", WaitFor::Queue),
    ("queue.py", "put", WaitFor::Queue),
    ("queue.py", "join", WaitFor::Queue),
    ("Queue.py", "get", WaitFor::Queue),
    ("Queue.py", "put", WaitFor::Queue),
    ("multiprocessing/queues.py", "get", WaitFor::Queue),
    ("multiprocessing/queues.py", "put", WaitFor::Queue),
    ("multiprocessing/pool.py", "get", WaitFor::Result),
    ("multiprocessing/pool.py", "wait", WaitFor::Result),
    ("multiprocessing/pool.py", "next", WaitFor::Result),
    ("concurrent/futures/_base.py", "result", WaitFor::Result),
    ("concurrent/futures/_base.py", "exception", WaitFor::Result),
    ("concurrent/futures/_base.py", "wait", WaitFor::Result),
    ("asyncio/base_events.py", "_run_once", WaitFor::Events),
    ("subprocess.py", "wait", WaitFor::Child),
    ("subprocess.py", "_wait", WaitFor::Child),
    ("multiprocessing/process.py", "join", WaitFor::Child),
];

/// What Python code waits for: by the lock in memory, or by what the standard library wants of it.
pub(super) fn of_python(thread: &Thread) -> Option<Waiting> {
    let wait = thread
        .python
        .as_ref()
        .and_then(|python| python.waits_for.as_ref());
    let told = wait.map(|wait| Waiting {
        what: match wait.kind {
            WaitKind::Lock | WaitKind::ReentrantLock => WaitFor::Lock,
            WaitKind::Condition => WaitFor::Condition,
            WaitKind::ImportLock => WaitFor::Import,
            WaitKind::Thread => WaitFor::Thread,
        },
        name: wait.name.clone(),
        address: wait.address,
        held_by: wait.holder_tid,
    });
    let general = told.as_ref().is_none_or(|told| {
        matches!(told.what, WaitFor::Lock | WaitFor::Condition) && told.held_by.is_none()
    });
    let purpose = purpose(thread).filter(|_| general);
    match (purpose, told) {
        (Some(what), told) => Some(Waiting {
            what,
            ..told.unwrap_or_else(|| plain(what))
        }),
        (None, told) => told,
    }
}

/// What the standard library's functions that Python code called want: the outermost of them that tells.
fn purpose(thread: &Thread) -> Option<WaitFor> {
    let frames = thread.frames.iter().filter_map(python_of);
    let library =
        frames.map_while(
            |frame| match python_file(frame.file.as_deref().unwrap_or_default()) {
                PythonFile::Standard(file) => Some((file, unqualified(frame.function.as_deref()?))),
                PythonFile::Other => None,
            },
        );
    let told = library.filter_map(|(file, function)| {
        let of =
            |(in_file, name, _): &&(&str, &str, WaitFor)| *in_file == file && *name == function;
        PURPOSES.iter().find(of).map(|(_, _, what)| *what)
    });
    told.last()
}

fn python_of(frame: &Frame) -> Option<&PythonFrame> {
    match frame {
        Frame::Python(python) => Some(python),
        Frame::Native(native) => native.python.as_ref(),
        _ => None,
    }
}
