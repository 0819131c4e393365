//! What happened: crash, abort, hang, overflow, or a plain exception.

use std::fmt;

use fixtrail_index::history::Kind;
use serde::Serialize;

use super::classes::is_startup;
use super::death::{Death, death};
use super::recursion::Run;
use super::waits::waits;
use super::{Class, SignatureFrame};
use crate::evidence::{Facts, InterpreterFact, StackRole, Tool};
use crate::stack::{Process, Thread};

/// What happened to the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// A signal such as SIGSEGV, or a sanitizer's report.
    Crash,
    /// A failed assertion or a fatal error: the process ended itself.
    Abort,
    /// It ran on without an end.
    Spin,
    /// It waited without an end.
    Wait,
    /// Threads waited for each other, in the words of the evidence.
    Deadlock,
    /// The C stack ran out, or a recursion limit was hit.
    Overflow,
    /// A Python exception.
    Exception,
    /// The evidence does not say.
    Unknown,
}

impl FailureKind {
    /// Whether Python code alone may cause it: a crash is the interpreter's fault, whatever the code does.
    #[must_use]
    pub const fn may_be_of_python(self) -> bool {
        !matches!(self, Self::Crash | Self::Abort | Self::Unknown)
    }

    /// Kinds of failure that a fix's message would name for it.
    #[must_use]
    pub fn named_as(self) -> &'static [Kind] {
        match self {
            Self::Crash => &[Kind::Crash, Kind::UseAfterFree],
            Self::Abort => &[Kind::Assertion, Kind::Crash],
            Self::Spin => &[Kind::Hang, Kind::Deadlock],
            Self::Wait | Self::Deadlock => &[Kind::Deadlock, Kind::Hang, Kind::Race],
            Self::Overflow => &[Kind::Overflow, Kind::Crash],
            Self::Exception | Self::Unknown => &[],
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crash => "crash",
            Self::Abort => "abort",
            Self::Spin => "hang (spinning)",
            Self::Wait => "hang (waiting)",
            Self::Deadlock => "deadlock",
            Self::Overflow => "stack overflow",
            Self::Exception => "exception",
            Self::Unknown => "unknown",
        })
    }
}

/// A cycle that repeats this often is runaway recursion: Python's own limit is 1000 calls, and every tool stops
/// printing somewhere beyond.
pub(crate) const RUNAWAY: usize = 150;

/// Frames of a stack beyond which recursion is runaway though the tool shows few rounds of it: gdb prints the first
/// hundred and the last hundred of a hundred thousand. Python's recursion limit alone lets thousands pass, but those
/// do not end in a fault.
const DEEP: u64 = 1000;

/// A stack of at least so many frames whose end is missing was cut by its tool: systemd stops after 64 frames,
/// faulthandler after 100.
const CUT: usize = 40;

/// Tells what happened, from the facts and the classified frames of the thread that matters.
pub(super) fn kind(
    process: &Process,
    chosen: Option<usize>,
    frames: &[SignatureFrame],
    facts: &Facts,
) -> FailureKind {
    let thread = chosen.and_then(|at| process.threads.get(at));
    let stuck = stuck(thread, frames, facts);
    match death(process, facts) {
        Some(Death::Overflow) => FailureKind::Overflow,
        Some(Death::Fault) if overflowed(thread, frames) => FailureKind::Overflow,
        Some(Death::Fault) => FailureKind::Crash,
        Some(Death::Abort) => FailureKind::Abort,
        // The signal came from outside, to a process that ran on.
        None if facts.signal.is_some() => stuck,
        None if !facts.hang_words.is_empty() => stuck,
        None if runs_away(frames) => FailureKind::Overflow,
        // A debugger that attaches stops at the main thread; where that waits, none of the others crashed.
        None if process
            .threads
            .iter()
            .any(|thread| is_current(thread) && waits(thread)) =>
        {
            stuck
        }
        None => undeclared(thread, !facts.exceptions.is_empty()),
    }
}

fn is_current(thread: &Thread) -> bool {
    let gdbs_first = matches!(thread.tool, Tool::Gdb | Tool::PyBt) && thread.number == Some(1);
    thread.role == StackRole::Running && (thread.current || gdbs_first)
}

/// Whether the recursion that the frames show is what filled the stack of a thread that faulted.
fn overflowed(thread: Option<&Thread>, frames: &[SignatureFrame]) -> bool {
    let (Some(thread), Some(run)) = (thread, Run::widest(frames)) else {
        return false;
    };
    let missing = thread
        .gaps
        .iter()
        .filter_map(|gap| gap.count)
        .fold(0, u64::saturating_add);
    let shown = thread.frames.len();
    let deep = missing.saturating_add(shown as u64) >= DEEP;
    let ends = frames
        .last()
        .is_some_and(|last| is_startup(last) || last.function == "<module>");
    let total = frames.iter().fold(0_usize, |sum, frame| {
        sum.saturating_add(frame.repeats).saturating_add(1)
    });
    // Calls of Python functions by Python functions look like recursion where the tool does not name them.
    let telling = run.cycle.iter().any(|frame| frame.class.may_be_at_fault());
    let cut = shown >= CUT && !ends && telling && run.covers.saturating_mul(2) >= total;
    // Who leaves frames out shows a few rounds.
    runs_away(frames) || (deep && (run.covers >= 20 || missing >= DEEP)) || cut
}

/// Whether a cycle repeats without an end; waits do not.
fn runs_away(frames: &[SignatureFrame]) -> bool {
    frames
        .iter()
        .any(|frame| frame.repeats >= RUNAWAY && frame.class != Class::Wait)
}

/// The kind of hang, by where the thread is and by what the evidence calls it.
fn stuck(thread: Option<&Thread>, frames: &[SignatureFrame], facts: &Facts) -> FailureKind {
    let deadlock = facts.interpreter.contains(&InterpreterFact::Deadlock)
        || facts.hang_words.iter().any(|word| word.starts_with("dead"))
        || facts
            .sanitizer_errors
            .iter()
            .any(|error| error.error.contains("lock-order"));
    match () {
        () if deadlock => FailureKind::Deadlock,
        () if thread.is_some_and(waits) => FailureKind::Wait,
        () if frames.iter().any(|frame| frame.class != Class::Detector) => FailureKind::Spin,
        () => FailureKind::Unknown,
    }
}

/// Without a signal and without words: a thread that waits hangs, and some tools show live processes alone. A stack
/// from a debugger may be that of a crash whose headline was not pasted.
///
/// A traceback without its last line may have been printed by a program that looks at its own threads.
fn undeclared(thread: Option<&Thread>, raised: bool) -> FailureKind {
    let Some(thread) = thread else {
        return FailureKind::Unknown;
    };
    match thread.tool {
        Tool::Traceback if raised => FailureKind::Exception,
        _ if waits(thread) => FailureKind::Wait,
        Tool::PySpy => FailureKind::Spin,
        _ => FailureKind::Unknown,
    }
}
