//! Whether what memory holds is an interpreter by its layout.

use super::super::chain::follow;
use super::super::cpython::Cpython;
use super::Runtime;
use crate::stack::python::layout::{Field, LayoutSource};
use crate::stack::python::objects::types::flags;

/// Interpreters that a process has started since its own start; a number beyond is none.
const MOST_NUMBERED: i64 = 1 << 32;

/// Thread states that are looked at.
const MOST_THREADS: usize = 4096;

/// Whether an interpreter is at an address: its newest thread points back to it, and its `sys.modules` is a dictionary or
/// one of its threads is of the process. Lists and objects of other kinds happen to have some of this.
pub(super) fn is_interpreter(python: &Cpython<'_, '_>, address: u64) -> bool {
    let has_threads = || {
        let thread = python.pointer(address, Field::InterpreterThreads)?;
        let back = python.word(thread, Field::ThreadInterpreter)?;
        Some(thread.is_multiple_of(8) && back == address)
    };
    let is_listed = || {
        let next = python.word(address, Field::InterpreterNext)?;
        Some(next.is_multiple_of(8) && next != address)
    };
    let modules = || python.word(address, Field::InterpreterModules);
    address.is_multiple_of(8)
        && has_threads() == Some(true)
        && is_listed() == Some(true)
        && is_numbered(python, address)
        && modules().is_some_and(|modules| match modules {
            // Before they are there, and after they are gone.
            0 => has_thread_of_process(python, address),
            modules => is_dict(python, modules) == Some(true),
        })
}

/// Since 3.7 interpreters have numbers.
fn is_numbered(python: &Cpython<'_, '_>, address: u64) -> bool {
    let known = python.layout.get(Field::InterpreterId).is_some();
    !known
        || python
            .signed(address, Field::InterpreterId)
            .is_some_and(|id| (0..MOST_NUMBERED).contains(&id))
}

fn has_thread_of_process(python: &Cpython<'_, '_>, address: u64) -> bool {
    let first = python.pointer(address, Field::InterpreterThreads);
    let next = |at| python.word(at, Field::ThreadNext);
    let (threads, _) = follow(first.unwrap_or(0), MOST_THREADS, next);
    let living = python.memory.living();
    threads.iter().any(|&thread| {
        let ident = python.pointer(thread, Field::ThreadIdent);
        ident.is_some_and(|ident| living.number(ident).is_some())
    })
}

/// Whether a dictionary is at an address, with a type that is one; `None` where the core lost what would tell.
fn is_dict(python: &Cpython<'_, '_>, address: u64) -> Option<bool> {
    let kind = word(python, address, Field::ObjectType)?;
    let metatype = word(python, kind, Field::ObjectType)?;
    let own = word(python, metatype, Field::ObjectType)?;
    let bits = word(python, kind, Field::TypeFlags)?;
    Some(own != 0 && own == metatype && bits & flags::DICT != 0)
}

/// A member; 0 where the process had no memory, `None` where the core lost it.
fn word(python: &Cpython<'_, '_>, structure: u64, field: Field) -> Option<u64> {
    let read = python.word(structure, field);
    read.or_else(|| (!is_mapped(python, structure)).then_some(0))
}

fn is_mapped(python: &Cpython<'_, '_>, address: u64) -> bool {
    let memory = &python.memory.modules().core().memory;
    memory.segment_at(address).is_some()
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
    let thread = python.pointer(address, Field::InterpreterThreads);
    let back = thread.and_then(|thread| word(python, thread, Field::ThreadInterpreter));
    let modules = python.pointer(address, Field::InterpreterModules);
    let dict = modules.and_then(|modules| is_dict(python, modules));
    !is_mapped(python, address) || back.is_some_and(|back| back != address) || dict == Some(false)
}
