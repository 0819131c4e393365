//! What happened: crash, abort, hang, overflow, or a plain exception.

use std::fmt;

use fixtrail_index::history::Kind;
use serde::Serialize;

use super::{Class, SignatureFrame};
use crate::evidence::{Facts, Tool};
use crate::stack::Process;

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
    /// Kinds of failure that a fix's message would name for it.
    #[must_use]
    pub fn named_as(self) -> &'static [Kind] {
        match self {
            Self::Crash => &[Kind::Crash, Kind::UseAfterFree],
            Self::Abort => &[Kind::Assertion, Kind::Crash],
            Self::Spin => &[Kind::Hang],
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
const RUNAWAY: usize = 150;

/// Signals that a fault raises.
const FAULTS: [&str; 6] = ["SEGV", "BUS", "ILL", "FPE", "SYS", "EMT"];

/// Tells what happened, from the facts and the classified frames of the thread that matters.
pub(super) fn kind(process: &Process, frames: &[SignatureFrame], facts: &Facts) -> FailureKind {
    let signal = facts.signal.as_ref().map(|signal| signal.name.as_str());
    let fatal = |word: &str| {
        facts
            .fatal_errors
            .iter()
            .any(|error| error.to_lowercase().contains(word))
    };
    let runaway = frames
        .iter()
        .any(|frame| frame.repeats >= RUNAWAY && frame.class != Class::Wait);
    let overflow = facts
        .sanitizer_errors
        .iter()
        .any(|error| error.error.contains("stack-overflow"));
    if overflow
        || fatal("stack overflow")
        || (runaway && signal.is_none_or(|signal| FAULTS.contains(&signal)))
    {
        return FailureKind::Overflow;
    }
    if !facts.assertions.is_empty() {
        return FailureKind::Abort;
    }
    let reported = facts
        .fatal_errors
        .iter()
        .any(|error| !is_signal_name(error));
    if reported {
        return FailureKind::Abort;
    }
    if !facts.sanitizer_errors.is_empty() || signal.is_some_and(|signal| FAULTS.contains(&signal)) {
        return FailureKind::Crash;
    }
    // An abort that the process did itself shows its own frames; without them somebody sent the signal to a hang.
    let detected = frames.iter().any(|frame| frame.class == Class::Detector);
    if signal == Some("ABRT")
        && (detected || frames.iter().all(|frame| frame.python))
        && !frames.is_empty()
    {
        return FailureKind::Abort;
    }
    if has_native(process) || signal.is_some() {
        return hang(frames);
    }
    python_only(process)
}

/// `Fatal Python error: Segmentation fault` names a signal that faulthandler caught, no error of the interpreter's.
fn is_signal_name(error: &str) -> bool {
    [
        "Segmentation fault",
        "Aborted",
        "Bus error",
        "Floating point exception",
        "Floating-point exception",
        "Illegal instruction",
    ]
    .iter()
    .any(|name| error.starts_with(name))
}

fn has_native(process: &Process) -> bool {
    process
        .threads
        .iter()
        .any(|thread| thread.tool != Tool::Traceback && thread.is_native())
}

fn hang(frames: &[SignatureFrame]) -> FailureKind {
    match frames.iter().find(|frame| frame.class != Class::Detector) {
        None => FailureKind::Unknown,
        Some(frame) if frame.class == Class::Wait => FailureKind::Wait,
        Some(_) => FailureKind::Spin,
    }
}

fn python_only(process: &Process) -> FailureKind {
    let traceback = process
        .threads
        .iter()
        .any(|thread| thread.tool == Tool::Traceback);
    let hanging = [
        Tool::PyBt,
        Tool::PySpy,
        Tool::Pystack,
        Tool::Faulthandler,
        Tool::CallList,
    ];
    match () {
        () if traceback => FailureKind::Exception,
        () if process
            .threads
            .iter()
            .any(|thread| hanging.contains(&thread.tool)) =>
        {
            FailureKind::Wait
        }
        () => FailureKind::Unknown,
    }
}
