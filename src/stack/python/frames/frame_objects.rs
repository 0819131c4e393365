//! Frame objects that run code, up to 3.10 (`Include/frameobject.h`, `Include/cpython/frameobject.h`).

use std::rc::Rc;

use super::{MOST_FRAMES, PythonCall, PythonStack, code, frame, reason};
use crate::stack::python::chain::{collect, follow};
use crate::stack::python::code::Code;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// The frames of a thread state; `None` if it cannot be read.
pub(super) fn of_thread(python: &Cpython<'_, '_>, thread: u64) -> Option<PythonStack> {
    let mut stack = from_frame(python, python.word(thread, Field::ThreadFrame)?);
    // 3.10: one for each call of the loop (`Include/cpython/pystate.h`, `CFrame`).
    if let Some(first) = python.word(thread, Field::ThreadCFrame) {
        let (within, _) = follow(first, MOST_FRAMES, |at| {
            python.word(at, Field::CFramePrevious)
        });
        let calls = stack.calls.iter_mut().filter(|call| !call.without_loop);
        for (call, within) in calls.zip(within) {
            call.within = Some(within);
        }
    }
    Some(stack)
}

/// The frames from one on.
pub(super) fn from_frame(python: &Cpython<'_, '_>, first: u64) -> PythonStack {
    let (calls, broken) = collect(first, MOST_FRAMES, |at| {
        let code = python.code(code(python, at)?)?;
        let call = PythonCall {
            frames: vec![frame(python, &code, line(python, &code, at))?],
            at: vec![at],
            frame: at,
            without_loop: code.is_empty() || passes_exception_on(python, &code, at),
            ..PythonCall::default()
        };
        Some((call, python.word(at, Field::FrameBack)))
    });
    let broken = broken.map(|broken| reason(python, broken));
    let hidden = || {
        let last = calls.last()?;
        // `_gen_throw` of 3.9 puts the generator's frame into the place of its caller's, and leads to none.
        last.without_loop
            .then(|| "the callers of a generator's `throw` are hidden by it".to_owned())
    };
    PythonStack {
        broken: broken.or_else(hidden),
        calls,
    }
}

/// Whether `throw` of a generator calls that of another, which it delegates to: it does so without the loop, and 3.9 and
/// 3.10 show its frame (`Objects/genobject.c`, `_gen_throw`). The generator is where it was suspended, before the
/// instruction that delegates; one that runs is at it.
fn passes_exception_on(python: &Cpython<'_, '_>, code: &Code, at: u64) -> bool {
    const YIELD_FROM: u8 = 72;
    if !matches!(python.series, (3, 9 | 10)) || code.kind().is_none() {
        return false;
    }
    let next = last_instruction(python, at).and_then(|last| u64::try_from(last + 2).ok());
    let instructions = python
        .pointer(code.address, Field::CodeBytes)
        .and_then(|bytes| python.at(bytes, Field::BytesData));
    let instruction = next
        .zip(instructions)
        .and_then(|(next, first)| python.memory.byte(first.checked_add(next)?));
    instruction == Some(YIELD_FROM)
}

/// The offset in bytes of the instruction that a frame ran last; negative if it has not begun.
pub(in crate::stack::python) fn last_instruction(python: &Cpython<'_, '_>, at: u64) -> Option<i64> {
    // 3.10 counts instructions, which have two bytes.
    let size = if python.series >= (3, 10) { 2 } else { 1 };
    let last = python.int(at, Field::FrameLastInstruction)?;
    Some(i64::from(last) * size)
}

/// What a frame runs, and its line; `None` if it is damaged.
pub(super) fn place(python: &Cpython<'_, '_>, at: u64) -> Option<(Rc<Code>, Option<u32>)> {
    let code = python.code(code(python, at)?)?;
    let line = line(python, &code, at);
    Some((code, line))
}

fn line(python: &Cpython<'_, '_>, code: &Code, at: u64) -> Option<u32> {
    let traced = python.series < (3, 10) && python.pointer(at, Field::FrameTrace).is_some();
    if traced {
        // A trace function sees each line begin, and may set it.
        let line = python.int(at, Field::FrameLine)?;
        return u32::try_from(line).ok();
    }
    code.line(last_instruction(python, at)?)
}
