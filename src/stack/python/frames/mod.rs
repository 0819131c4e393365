//! The Python frames of a thread.
//!
//! Up to 3.10 each call of the interpreter loop runs one frame object; since 3.11 it may run several, and calls between
//! them leave no native frame. So frames are grouped by the call of the loop that runs them: [`PythonCall`].

mod code_frames;
mod frame_objects;
mod generators;

pub(super) use frame_objects::last_instruction;
pub(super) use generators::{OwnedFrame, of_generator, owned_by};

use std::fmt;
use std::rc::Rc;

use super::code::Code;
use super::cpython::Cpython;
use super::layout::Field;
use crate::stack::PythonFrame;
use crate::stack::merge::Shown;

/// As many as of native frames.
const MOST_FRAMES: usize = 256 << 10;

/// The Python frames of a thread by the calls of the interpreter loop that run them, innermost first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::stack) struct PythonStack {
    pub(in crate::stack) calls: Vec<PythonCall>,
    /// Why frames are missing at its outer end.
    pub(in crate::stack) broken: Option<String>,
}

/// One call of the interpreter loop.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::stack) struct PythonCall {
    /// The frames that it runs, innermost first; none where it has only begun.
    pub(in crate::stack) frames: Vec<PythonFrame>,
    /// An address within the native frame of the loop: of a structure that it keeps there (3.10 and later).
    pub(in crate::stack) within: Option<u64>,
    /// Where the frames are: a frame object or code frame each, innermost first.
    pub(in crate::stack) at: Vec<u64>,
    /// The address of the frame that it was called with, which native arguments show.
    pub(in crate::stack) frame: u64,
    /// Whether C code put the frame into the list, and no call of the loop runs it.
    pub(in crate::stack) without_loop: bool,
}

impl PythonStack {
    /// The frames with their addresses, innermost first.
    pub(super) fn frames(&self) -> impl Iterator<Item = (&PythonFrame, u64)> {
        let calls = self.calls.iter();
        calls.flat_map(|call| call.frames.iter().zip(call.at.iter().copied()))
    }
}

/// The frames of a thread state.
pub(super) fn of_thread(python: &Cpython<'_, '_>, thread: u64) -> PythonStack {
    let stack = if python.series >= (3, 11) {
        code_frames::of_thread(python, thread)
    } else {
        frame_objects::of_thread(python, thread)
    };
    stack.unwrap_or_else(|| {
        let shown = format!("the thread state at {thread:#x} cannot be read");
        PythonStack {
            broken: Some(reason(python, shown)),
            ..PythonStack::default()
        }
    })
}

/// The frames of a call of the loop, and those outside of it.
pub(super) fn from_call(python: &Cpython<'_, '_>, call: Shown) -> PythonStack {
    // The frame that 3.11 shows is the one that the loop was called with, and those inside of it are not led to.
    if let ((3, 11), Some(within)) = (python.series, call.within) {
        return code_frames::from_call(python, within).unwrap_or_default();
    }
    let from = |frame| {
        if python.series >= (3, 11) {
            code_frames::from_frame(python, frame, &[])
        } else {
            frame_objects::from_frame(python, frame)
        }
    };
    call.frame.map(from).unwrap_or_default()
}

/// The code object that a frame runs.
pub(super) fn code(python: &Cpython<'_, '_>, frame: u64) -> Option<u64> {
    if python.series >= (3, 11) {
        python.reference(frame, Field::CodeFrameCode)
    } else {
        python.pointer(frame, Field::FrameCode)
    }
}

/// What a frame runs, and the line that it is at, if its instruction has one; `None` if it is damaged.
pub(super) fn place(python: &Cpython<'_, '_>, frame: u64) -> Option<(Rc<Code>, Option<u32>)> {
    if python.series >= (3, 11) {
        code_frames::place(python, frame)
    } else {
        frame_objects::place(python, frame)
    }
}

/// A frame of some code at an instruction; `None` if no more may be kept.
fn frame(python: &Cpython<'_, '_>, code: &Code, line: Option<u32>) -> Option<PythonFrame> {
    let file = code.file.as_ref().map_or(0, String::len);
    python.memory.budget.take_frame(code.name.len() + file)?;
    Some(PythonFrame {
        runs: code.kind(),
        function: Some(code.name.clone()),
        file: code.file.clone(),
        line,
        ..PythonFrame::default()
    })
}

/// Why frames are missing: what memory shows, unless no more may be read of it.
fn reason(python: &Cpython<'_, '_>, shown: impl fmt::Display) -> String {
    match python.memory.budget.spent() {
        Some(spent) => spent.to_string(),
        None => shown.to_string(),
    }
}
