//! The frame that a generator or coroutine owns.

use super::{frame, place};
use crate::stack::PythonFrame;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;
use crate::stack::python::objects::generators::GeneratorState;

/// The frame of a generator or coroutine that has not ended.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::stack::python) struct OwnedFrame {
    pub(in crate::stack::python) frame: PythonFrame,
    /// Whether it runs.
    pub(in crate::stack::python) running: bool,
    /// What it awaits, or takes values from with `yield from`, if it is suspended there; else some value that it works with.
    pub(in crate::stack::python) awaits: Option<u64>,
}

/// The frame of a generator or coroutine; `None` if it has ended or cannot be read.
pub(in crate::stack::python) fn of_generator(
    python: &Cpython<'_, '_>,
    generator: u64,
) -> Option<OwnedFrame> {
    let state = python.generator_state(generator)?;
    if state == GeneratorState::Finished {
        return None;
    }
    let at = owned_by(python, generator)?;
    let (code, line) = place(python, at)?;
    let running = state == GeneratorState::Running;
    Some(OwnedFrame {
        frame: frame(python, &code, line)?,
        running,
        awaits: top_value(python, at).filter(|_| !running),
    })
}

/// Where the frame of a generator is: in the generator itself since 3.11. Up to 3.10 one that has ended has none.
pub(in crate::stack::python) fn owned_by(python: &Cpython<'_, '_>, generator: u64) -> Option<u64> {
    if python.series >= (3, 11) {
        python.at(generator, Field::GeneratorFrame)
    } else {
        python.pointer(generator, Field::GeneratorFrame)
    }
}

/// The value on top of the stack of a suspended frame. Where its end is kept: a pointer up to 3.9 and since 3.14, a count
/// in 3.10, a count together with the locals from 3.11 to 3.13.
fn top_value(python: &Cpython<'_, '_>, frame: u64) -> Option<u64> {
    let behind = match python.series {
        (..=2, _) | (3, ..=9) => python.pointer(frame, Field::FrameStackTop)?,
        (3, 10) => {
            let depth = u64::try_from(python.int(frame, Field::FrameStackDepth)?).ok()?;
            let first = python.pointer(frame, Field::FrameValueStack)?;
            first.checked_add(depth.checked_mul(8)?)?
        }
        (3, 11..=13) => {
            let top = u64::try_from(python.int(frame, Field::CodeFrameStackTop)?).ok()?;
            let first = python.at(frame, Field::CodeFrameLocals)?;
            first.checked_add(top.checked_mul(8)?)?
        }
        _ => python.pointer(frame, Field::CodeFrameStackPointer)?,
    };
    let top = python.memory.pointer(behind.checked_sub(8)?)?;
    Some(python.unmarked(top)).filter(|&object| object != 0)
}
