//! What a thread does while its process gets no further.

use super::classes::{classify, is_startup};
use super::wait_rules::{
    IDLE, JOINS, PYTHON_IDLE, PYTHON_JOINS, SYSTEM_CALLS, SYSTEM_JOINS, listed,
};
use super::{Class, SignatureFrame};
use crate::stack::{Frame, Thread};

/// What a thread does in a process that gets no further, the most telling last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stuck {
    /// Its frames do not tell.
    Unknown,
    /// Waits for work, input or the clock.
    Idle,
    /// Waits for another thread to end.
    Joins,
    /// Waits for the interpreter's lock, as any thread does now and then.
    WantsGil,
    /// Waits for a lock that Python code asked for.
    Locks,
    /// Waits in the middle of a C function, for a lock or for the GIL.
    LocksInside,
    /// Does not wait.
    Runs,
}

/// What a thread does, by its innermost frames.
pub(super) fn stuck(thread: &Thread) -> Stuck {
    let frames = classify(thread);
    let innermost = frames.iter().find(|frame| frame.class != Class::Detector);
    // Of an excerpt without its head nobody knows.
    let headless = thread.gaps.iter().any(|gap| gap.at == 0);
    let Some(innermost) = innermost.filter(|_| !headless) else {
        return Stuck::Unknown;
    };
    if innermost.class != Class::Wait && !waits(thread) {
        // What a stack without a known function or with a start alone does is not known.
        let says = frames
            .iter()
            .any(|frame| frame.class != Class::Detector && !is_startup(frame));
        return if says { Stuck::Runs } else { Stuck::Unknown };
    }
    // Python frames name the purpose of a wait best, but only those near it.
    let inner = || frames.iter().filter(|frame| frame.python).take(3);
    let python = |list: &[(&str, &str)]| inner().any(|frame| in_python(frame, list));
    let waiting = || frames.iter().take_while(|frame| !is_eval(frame));
    let native =
        |list: &[&str]| waiting().any(|frame| !frame.python && listed(list, &frame.function));
    let inside = waiting().any(|frame| !frame.python && frame.class == Class::Subject);
    match () {
        () if native(SYSTEM_CALLS) || native(IDLE) => Stuck::Idle,
        () if native(SYSTEM_JOINS) || native(JOINS) => Stuck::Joins,
        () if inside => Stuck::LocksInside,
        () if python(PYTHON_IDLE) => Stuck::Idle,
        () if python(PYTHON_JOINS) => Stuck::Joins,
        () if frames.iter().any(|frame| frame.function == "take_gil") => Stuck::WantsGil,
        () => Stuck::Locks,
    }
}

/// The interpreter's loop: what stands outside of it asked for the call, and is not waiting itself.
fn is_eval(frame: &SignatureFrame) -> bool {
    !frame.python
        && (frame.function.contains("PyEval_Eval") || frame.function.contains("PyEval_Vector"))
}

fn in_python(frame: &SignatureFrame, list: &[(&str, &str)]) -> bool {
    let bare = frame.function.rsplit('.').next().unwrap_or_default();
    let file = frame.file.as_deref();
    file.is_some_and(|file| list.contains(&(file, bare)))
}

/// Whether the innermost frame that tells says that the thread waits: a native wait, a Python function known to
/// wait, or py-bt's lines for what Python calls there (`Waiting for the GIL`, `acquire of _thread.lock`).
pub(crate) fn waits(thread: &Thread) -> bool {
    let marker = thread.frames.iter().find_map(|frame| match frame {
        Frame::Marker { text } => Some(Some(text)),
        Frame::Signal => None,
        Frame::Native(_) | Frame::Python(_) => Some(None),
    });
    if let Some(Some(text)) = marker
        && (text.starts_with("Waiting for")
            || text.contains("of _thread.")
            || text.contains("built-in method sleep"))
    {
        return true;
    }
    let frames = classify(thread);
    let innermost = frames.iter().find(|frame| frame.class != Class::Detector);
    innermost.is_some_and(|frame| frame.class == Class::Wait)
}
