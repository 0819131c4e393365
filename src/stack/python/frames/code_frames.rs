//! Frames that run code since 3.11 (`Include/internal/pycore_frame.h`, `_PyInterpreterFrame`).

use std::rc::Rc;

use super::{MOST_FRAMES, PythonCall, PythonStack, code, frame, reason};
use crate::stack::PythonFrame;
use crate::stack::python::chain::{collect, follow};
use crate::stack::python::code::Code;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// `FRAME_OWNED_BY_CSTACK` of 3.12 and 3.13, `FRAME_OWNED_BY_INTERPRETER` and `_CSTACK` since 3.14: no code of a user, but
/// what stands for the C code that called the loop.
const OWNED_BY_C: u8 = 3;

/// The frames of a thread state; `None` if it cannot be read.
pub(super) fn of_thread(python: &Cpython<'_, '_>, thread: u64) -> Option<PythonStack> {
    let (first, loops) = innermost(python, thread)?;
    Some(from_frame(python, first, &loops))
}

/// The frames from one on, with what each call of the loop keeps on its stack.
pub(super) fn from_frame(python: &Cpython<'_, '_>, first: u64, loops: &[Loop]) -> PythonStack {
    let (met, broken) = collect(first, MOST_FRAMES, |at| {
        let met = meet(python, at)?;
        Some((met, python.word(at, Field::CodeFramePrevious)))
    });
    let mut calls = Calls::new(python, loops);
    for frame in met {
        calls.add(frame);
    }
    calls.end();
    PythonStack {
        calls: calls.ended,
        broken: broken.map(|broken| reason(python, broken)),
    }
}

/// A call of the loop (3.11 and 3.12: `_PyCFrame`).
pub(super) struct Loop {
    /// Its address, on the native stack.
    at: u64,
    /// The innermost of its frames.
    first: Option<u64>,
}

/// The innermost frame of a thread state, and the calls of the loop where they are listed.
fn innermost(python: &Cpython<'_, '_>, thread: u64) -> Option<(u64, Vec<Loop>)> {
    if let Some(first) = python.word(thread, Field::ThreadCurrentFrame) {
        return Some((first, Vec::new()));
    }
    calls_of_loop(python, python.pointer(thread, Field::ThreadCFrame)?)
}

/// The frames of a call of 3.11 that keeps its `_PyCFrame` at an address, and those outside of it; `None` if there is none.
pub(super) fn from_call(python: &Cpython<'_, '_>, inner: u64) -> Option<PythonStack> {
    let (first, loops) = calls_of_loop(python, inner)?;
    let stack = from_frame(python, first, &loops);
    let is_call = stack
        .calls
        .first()
        .is_some_and(|call| !call.frames.is_empty());
    is_call.then_some(stack)
}

/// The innermost frame of a call of the loop, and that call with those outside of it.
fn calls_of_loop(python: &Cpython<'_, '_>, inner: u64) -> Option<(u64, Vec<Loop>)> {
    let first = python.word(inner, Field::CFrameCurrent)?;
    let previous = |at| python.word(at, Field::CFramePrevious);
    let (loops, _) = follow(inner, MOST_FRAMES, previous);
    let loops = loops.into_iter().map(|at| Loop {
        at,
        first: python.word(at, Field::CFrameCurrent),
    });
    Some((first, loops.collect()))
}

/// What stands in the list of frames.
struct Met {
    at: u64,
    what: What,
}

enum What {
    /// A frame, and whether C code called it, as 3.11 says.
    Frame(PythonFrame, bool),
    /// One that the interpreter brings for its own work.
    OfInterpreter,
    /// What stands for C code, since 3.12.
    CCode,
}

/// Reads the frame at an address; `None` if it is damaged.
fn meet(python: &Cpython<'_, '_>, at: u64) -> Option<Met> {
    let met = |what| Some(Met { at, what });
    // Those that are not shown are kept, too.
    let hidden = |what| {
        python.memory.budget.take_frame(0)?;
        met(what)
    };
    if python.series >= (3, 12) && owner(python, at)? >= OWNED_BY_C {
        return hidden(What::CCode);
    }
    let code = code_of(python, at)?;
    if code.is_of_interpreter() {
        return hidden(What::OfInterpreter);
    }
    let is_entry = python.byte(at, Field::CodeFrameIsEntry);
    let frame = frame(python, &code, line(python, &code, at)?)?;
    met(What::Frame(frame, is_entry.is_some_and(|is| is != 0)))
}

/// Frames on their way to calls of the loop.
struct Calls<'l> {
    ended: Vec<PythonCall>,
    current: PythonCall,
    /// In 3.11, the call that is collected and those outside of it.
    loops: &'l [Loop],
    /// Whether these are not known, and frames alone tell calls apart.
    by_entry: bool,
}

impl<'l> Calls<'l> {
    fn new(python: &Cpython<'_, '_>, loops: &'l [Loop]) -> Self {
        // Since 3.12 what stands for C code ends each call.
        let loops = if python.series >= (3, 12) { &[] } else { loops };
        Self {
            ended: Vec::new(),
            current: PythonCall::default(),
            loops,
            by_entry: loops.is_empty(),
        }
    }

    /// Adds the next outer frame.
    fn add(&mut self, met: Met) {
        let at = met.at;
        if let What::CCode = met.what {
            self.current.within = Some(at);
            self.end();
            return;
        }
        self.enter(at);
        self.current.frame = at;
        if let What::Frame(frame, is_entry) = met.what {
            self.current.frames.push(frame);
            self.current.at.push(at);
            if self.by_entry && is_entry {
                self.end();
            }
        }
    }

    /// Ends the call of 3.11 that has no more frames. That a frame is the outermost of a call (`is_entry`) does not tell
    /// them apart: one that `throw` of a generator put into the list is none (`Objects/genobject.c`, `_gen_throw`).
    fn enter(&mut self, at: u64) {
        while let [current, outer @ ..] = self.loops {
            self.current.within = Some(current.at);
            if outer.first().is_none_or(|outer| outer.first != Some(at)) {
                break;
            }
            self.end();
            self.loops = outer;
        }
    }

    fn end(&mut self) {
        let call = std::mem::take(&mut self.current);
        if call != PythonCall::default() {
            self.ended.push(call);
        }
    }
}

fn owner(python: &Cpython<'_, '_>, at: u64) -> Option<u8> {
    python.byte(at, Field::CodeFrameOwner)
}

/// What a frame runs, and its line; `None` if it is damaged.
pub(super) fn place(python: &Cpython<'_, '_>, at: u64) -> Option<(Rc<Code>, Option<u32>)> {
    let code = code_of(python, at)?;
    let line = line(python, &code, at)?;
    Some((code, line))
}

/// What a frame runs; `None` if it is damaged.
fn code_of(python: &Cpython<'_, '_>, at: u64) -> Option<Rc<Code>> {
    python.code(code(python, at)?)
}

/// The line that a frame is at, if its instruction has one; `None` if it is damaged.
fn line(python: &Cpython<'_, '_>, code: &Code, at: u64) -> Option<Option<u32>> {
    let instruction = python.word(at, Field::CodeFrameInstruction)?;
    let first = python.at(code.address, Field::CodeInstructions)?;
    let offset = instruction.wrapping_sub(first).cast_signed();
    Some(code.line(offset))
}
