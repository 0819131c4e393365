//! Whether a process died by its own doing, or was alive when somebody looked at it or ended it.

use super::Class;
use super::classes::native_class;
use super::waits::waits;
use crate::evidence::{Facts, StackRole, Tool};
use crate::stack::{Frame, Process, Thread};

/// Signals that a fault raises.
const FAULTS: [&str; 6] = ["SEGV", "BUS", "ILL", "FPE", "SYS", "EMT"];

/// How a process died by its own doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Death {
    /// The C stack ran out, as the evidence says in words.
    Overflow,
    /// A fault, or what a sanitizer takes for one.
    Fault,
    /// A failed assertion, a fatal error, a call of `abort`.
    Abort,
}

/// Whether and how the process died; `None` for one that was alive, whatever signal ended it then.
pub(super) fn death(process: &Process, facts: &Facts) -> Option<Death> {
    let signal = facts.signal.as_ref().map(|signal| signal.name.as_str());
    let errors = || facts.sanitizer_errors.iter();
    let any_thread = |test: fn(&Thread) -> bool| process.threads.iter().any(test);
    let ended_itself = !facts.assertions.is_empty() || facts.own_fatal_errors().next().is_some();
    match () {
        () if errors().any(|error| error.error.contains("stack-overflow"))
            || facts
                .fatal_errors
                .iter()
                .any(|error| is_stack_overflow(error)) =>
        {
            Some(Death::Overflow)
        }
        () if ended_itself => Some(Death::Abort),
        () if sent_from_outside(facts) => None,
        // ThreadSanitizer's `lock-order-inversion (potential deadlock)` and libFuzzer's `timeout` are no faults.
        () if errors()
            .any(|error| error.error.contains("lock-order") || error.error == "timeout") =>
        {
            None
        }
        () if errors().next().is_some()
            || signal.is_some_and(|signal| FAULTS.contains(&signal))
            || any_thread(sanitizer_spoke) =>
        {
            Some(Death::Fault)
        }
        // `__builtin_trap` of macOS: the system's own libraries stop a process so.
        () if signal == Some("TRAP") && any_thread(|thread| thread.tool == Tool::MacOs) => {
            Some(Death::Fault)
        }
        () if signal.is_none_or(|signal| signal == "ABRT") && any_thread(aborted) => {
            Some(Death::Abort)
        }
        () if signal.is_none() && any_thread(fault_was_handled) => Some(Death::Fault),
        () if signal == Some("ABRT") && !any_thread(Thread::is_native) => {
            python_abort(process, facts)
        }
        () => None,
    }
}

/// Whether somebody else sent the signal, as a core tells: `kill -SEGV` ends a hang, and is no fault.
fn sent_from_outside(facts: &Facts) -> bool {
    let sender = facts.signal.as_ref().and_then(|signal| signal.sender);
    sender.is_some_and(|sender| facts.pid.is_some_and(|pid| pid != sender.pid))
}

/// `Fatal Python error: Aborted` above Python frames alone: the process's own abort, unless the thread that it hit
/// was waiting; then somebody ended a hang.
fn python_abort(process: &Process, facts: &Facts) -> Option<Death> {
    let threads = &process.threads;
    let hit = threads
        .iter()
        .find(|thread| thread.current)
        .or(threads.first())?;
    (!waits(hit) && facts.hang_words.is_empty()).then_some(Death::Abort)
}

/// Windows' `Fatal Python error: stack overflow` and `Windows fatal exception: stack overflow`; `Cannot recover from
/// stack overflow` is the interpreter's own limit, with C stack to spare.
fn is_stack_overflow(error: &str) -> bool {
    let error = error.to_lowercase();
    error.contains("stack overflow") && !error.contains("cannot recover")
}

/// Excerpts of sanitizer reports often lack the headline.
fn sanitizer_spoke(thread: &Thread) -> bool {
    matches!(thread.tool, Tool::Sanitizer | Tool::Valgrind) || thread.role == StackRole::Freed
}

/// Whether the innermost frames are those of a process that ends itself.
///
/// What stands above a signal handler's frame is not looked at: faulthandler raises the signal again that it caught.
fn aborted(thread: &Thread) -> bool {
    let handler = thread
        .frames
        .iter()
        .rposition(|frame| *frame == Frame::Signal);
    let interrupted = &thread.frames[handler.map_or(0, |at| at + 1)..];
    thread.role == StackRole::Running
        && interrupted
            .iter()
            .find_map(|frame| frame.native()?.function.as_deref())
            .is_some_and(|function| native_class(function) == Class::Detector)
}

/// Whether a handler raised the signal again that it had caught: `raise`, `faulthandler_fatal_error`, then the frame
/// of the handler's call. A handler of Python's own raises nothing.
fn fault_was_handled(thread: &Thread) -> bool {
    let above = thread
        .frames
        .iter()
        .take_while(|frame| **frame != Frame::Signal);
    thread.frames.contains(&Frame::Signal)
        && above
            .filter_map(|frame| frame.function())
            .any(|function| native_class(function) == Class::Detector)
}
