//! Whether what memory holds is an interpreter by its layout.

use super::super::cpython::Cpython;
use super::Runtime;
use crate::stack::python::layout::{Field, LayoutSource};

/// Interpreters that a process has started since its own start; a number beyond is none.
const MOST_NUMBERED: i64 = 1 << 32;

/// Whether an interpreter is at an address: its newest thread points back to it, and `sys.modules` is an object.
pub(super) fn is_interpreter(python: &Cpython<'_, '_>, address: u64) -> bool {
    let threads = || {
        let thread = python.pointer(address, Field::InterpreterThreads)?;
        aligned(thread).then_some(python.word(thread, Field::ThreadInterpreter)? == address)
    };
    let next = || python.word(address, Field::InterpreterNext).map(aligned);
    // Since 3.7.
    let number = || match python.layout.get(Field::InterpreterId) {
        Some(_) => python
            .signed(address, Field::InterpreterId)
            .map(|id| (0..MOST_NUMBERED).contains(&id)),
        None => Some(true),
    };
    let modules = || {
        let modules = python.word(address, Field::InterpreterModules)?;
        Some(modules == 0 || is_object(python, modules) == Some(true))
    };
    aligned(address)
        && threads() == Some(true)
        && next() == Some(true)
        && number() == Some(true)
        && modules() == Some(true)
}

/// Whether an instance of a built-in type is at an address: its type is a type, and so is that one's.
fn is_object(python: &Cpython<'_, '_>, address: u64) -> Option<bool> {
    let kind = python.pointer(address, Field::ObjectType)?;
    let metatype = python.pointer(kind, Field::ObjectType)?;
    Some(python.pointer(metatype, Field::ObjectType)? == metatype)
}

fn aligned(address: u64) -> bool {
    address.is_multiple_of(8)
}

/// Refuses figures of a release that the process contradicts, as those of betas and patched builds do. What its own debug
/// information says is believed.
pub(super) fn of_table(python: &Cpython<'_, '_>, runtime: &Runtime) -> Result<(), String> {
    if !python.layout.sources().contains(&LayoutSource::Table) {
        return Ok(());
    }
    let first = python.memory.pointer(runtime.interpreters);
    if first.is_some_and(|first| contradicted(python, first)) {
        let (major, minor) = python.series;
        return Err(format!(
            "its state is not laid out as that of CPython {major}.{minor}, and it has no debug information"
        ));
    }
    Ok(())
}

/// Whether memory shows that no interpreter is at an address. What a core lost shows nothing, and an interpreter that
/// ends has neither threads nor modules.
fn contradicted(python: &Cpython<'_, '_>, address: u64) -> bool {
    let lost = |address| {
        let memory = &python.memory.modules().core().memory;
        memory.segment_at(address).is_some()
    };
    let thread = python.pointer(address, Field::InterpreterThreads);
    let stray = thread.is_some_and(
        |thread| match python.word(thread, Field::ThreadInterpreter) {
            Some(back) => back != address,
            None => !lost(thread),
        },
    );
    let modules = python.pointer(address, Field::InterpreterModules);
    let no_object = modules.is_some_and(|modules| {
        is_object(python, modules).map_or_else(|| !lost(modules), |object| !object)
    });
    stray || no_object || !(lost(address))
}
