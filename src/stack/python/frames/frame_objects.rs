//! Frame objects that run code, up to 3.10 (`Include/frameobject.h`, `Include/cpython/frameobject.h`).

use super::{MOST_FRAMES, PythonCall, PythonStack, code, frame};
use crate::stack::PythonFrame;
use crate::stack::python::chain::follow;
use crate::stack::python::code::CodeCache;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// The frames of a thread state.
pub(super) fn of_thread(python: &Cpython<'_, '_>, codes: &CodeCache, thread: u64) -> PythonStack {
    let Some(first) = python.word(thread, Field::ThreadFrame) else {
        return PythonStack {
            broken: Some(format!("the thread state at {thread:#x} cannot be read")),
            ..PythonStack::default()
        };
    };
    let mut calls = Vec::new();
    let (_, broken) = follow(first, MOST_FRAMES, |at| {
        let frames = vec![read(python, codes, at)?];
        calls.push(PythonCall {
            frames,
            within: None,
            at: vec![at],
        });
        python.word(at, Field::FrameBack)
    });
    // 3.10: one for each call of the loop (`Include/cpython/pystate.h`, `CFrame`).
    if let Some(first) = python.word(thread, Field::ThreadCFrame) {
        let (within, _) = follow(first, MOST_FRAMES, |at| {
            python.word(at, Field::CFramePrevious)
        });
        for (call, within) in calls.iter_mut().zip(within) {
            call.within = Some(within);
        }
    }
    PythonStack {
        calls,
        broken: broken.map(|broken| broken.to_string()),
    }
}

/// One frame object; `None` if it has no code.
pub(super) fn read(python: &Cpython<'_, '_>, codes: &CodeCache, at: u64) -> Option<PythonFrame> {
    let code = codes.get(python, code(python, at)?)?;
    let traced = python.series < (3, 10) && python.pointer(at, Field::FrameTrace).is_some();
    let line = if traced {
        // A trace function sees each line begin, and may set it.
        python
            .int(at, Field::FrameLine)
            .and_then(|line| u32::try_from(line).ok())
    } else {
        python
            .int(at, Field::FrameLastInstruction)
            .and_then(|last| {
                // 3.10 counts instructions, which have two bytes.
                let size = if python.series >= (3, 10) { 2 } else { 1 };
                code.line(i64::from(last) * size)
            })
    };
    Some(frame(&code, line))
}
