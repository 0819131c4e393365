//! Tracebacks: the frames that an exception has passed.

use super::TracebackEntry;
use crate::stack::python::chain::follow;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::frames;
use crate::stack::python::layout::Field;

/// Entries that are walked to get to the innermost, which stands last.
const MOST_WALKED: usize = 64 << 10;

/// Entries that are kept.
const MOST_KEPT: usize = 32;

/// A traceback, innermost first.
#[derive(Debug, Default)]
pub(super) struct Traceback {
    pub(super) entries: Vec<TracebackEntry>,
    /// How many outer ones are not in `entries`.
    pub(super) left_out: usize,
}

/// Reads a traceback; an exception that was not raised has none.
pub(super) fn read(python: &Cpython<'_, '_>, traceback: Option<u64>) -> Traceback {
    let is_traceback = |at: u64| python.type_name(at).as_deref() == Some("traceback");
    let Some(first) = traceback.filter(|&traceback| is_traceback(traceback)) else {
        return Traceback::default();
    };
    let next = |at| python.word(at, Field::TracebackNext);
    let (walked, _) = follow(first, MOST_WALKED, next);
    let left_out = walked.len().saturating_sub(MOST_KEPT);
    let kept = walked.iter().skip(left_out).rev();
    Traceback {
        entries: kept.map(|&at| entry(python, at)).collect(),
        left_out,
    }
}

fn entry(python: &Cpython<'_, '_>, at: u64) -> TracebackEntry {
    let code = code_address(python, at).and_then(|address| python.code(address));
    let line = python.int(at, Field::TracebackLine);
    let line = line.and_then(|line| u32::try_from(line).ok());
    // Since 3.12 the line is worked out when it is asked for, and -1 until then.
    let line = line.or_else(|| {
        let offset = python.int(at, Field::TracebackLastInstruction)?;
        code.as_ref()?.line(offset.into())
    });
    TracebackEntry {
        function: code.as_ref().map(|code| code.name.clone()),
        file: code.and_then(|code| code.file.clone()),
        line,
    }
}

/// The code of an entry's frame object, which has a frame of its own since 3.11.
fn code_address(python: &Cpython<'_, '_>, at: u64) -> Option<u64> {
    let mut frame = python.pointer(at, Field::TracebackFrame)?;
    if python.series >= (3, 11) {
        frame = python.pointer(frame, Field::FrameCodeFrame)?;
    }
    frames::code(python, frame)
}
