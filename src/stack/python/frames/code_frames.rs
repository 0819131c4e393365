//! Frames that run code since 3.11 (`Include/internal/pycore_frame.h`, `_PyInterpreterFrame`).

use super::{MOST_FRAMES, PythonCall, PythonStack, code, frame};
use crate::stack::PythonFrame;
use crate::stack::python::chain::follow;
use crate::stack::python::code::CodeCache;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// `FRAME_OWNED_BY_CSTACK` of 3.12 and 3.13, `FRAME_OWNED_BY_INTERPRETER` and `_CSTACK` since 3.14: no code of a user, but
/// what stands for the C code that called the loop.
const OWNED_BY_C: u8 = 3;

/// The frames of a thread state.
pub(super) fn of_thread(python: &Cpython<'_, '_>, codes: &CodeCache, thread: u64) -> PythonStack {
    let Some((first, within)) = innermost(python, thread) else {
        return PythonStack {
            broken: Some(format!("the thread state at {thread:#x} cannot be read")),
            ..PythonStack::default()
        };
    };
    let mut calls = Calls {
        within: within.into_iter(),
        ..Calls::default()
    };
    let (_, broken) = follow(first, MOST_FRAMES, |at| {
        calls.add(python, codes, at)?;
        python.word(at, Field::CodeFramePrevious)
    });
    calls.end();
    PythonStack {
        calls: calls.ended,
        broken: broken.map(|broken| broken.to_string()),
    }
}

/// The innermost frame, and what each call of the loop keeps on its stack (3.11 and 3.12: `_PyCFrame`).
fn innermost(python: &Cpython<'_, '_>, thread: u64) -> Option<(u64, Vec<u64>)> {
    if let Some(first) = python.word(thread, Field::ThreadCurrentFrame) {
        return Some((first, Vec::new()));
    }
    let inner = python.pointer(thread, Field::ThreadCFrame)?;
    let first = python.word(inner, Field::CFrameCurrent)?;
    let previous = |at| python.word(at, Field::CFramePrevious);
    Some((first, follow(inner, MOST_FRAMES, previous).0))
}

/// Frames on their way to calls of the loop.
#[derive(Default)]
struct Calls {
    ended: Vec<PythonCall>,
    current: PythonCall,
    within: std::vec::IntoIter<u64>,
}

impl Calls {
    /// Adds the next outer frame; `None` if it is damaged.
    fn add(&mut self, python: &Cpython<'_, '_>, codes: &CodeCache, at: u64) -> Option<()> {
        if python.series >= (3, 12) && owner(python, at)? >= OWNED_BY_C {
            self.current.within = Some(at);
            self.end();
            return Some(());
        }
        self.current.frames.push(read(python, codes, at)?);
        self.current.at.push(at);
        if python.series < (3, 12) && python.byte(at, Field::CodeFrameIsEntry)? != 0 {
            self.current.within = self.within.next();
            self.end();
        }
        Some(())
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

/// One frame; `None` if it has no code.
pub(super) fn read(python: &Cpython<'_, '_>, codes: &CodeCache, at: u64) -> Option<PythonFrame> {
    let code = codes.get(python, code(python, at)?)?;
    let instruction = python.word(at, Field::CodeFrameInstruction)?;
    let first = python.at(code.address, Field::CodeInstructions)?;
    let offset = instruction.wrapping_sub(first).cast_signed();
    Some(frame(&code, code.line(offset)))
}
