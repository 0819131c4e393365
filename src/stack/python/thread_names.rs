//! Names of threads, as the module `threading` keeps them.

use std::collections::HashMap;

use super::cpython::Cpython;
use super::layout::Field;

/// Threads whose names are read.
const MOST_NAMED: usize = 16 << 10;

/// The names of an interpreter's threads by their `pthread_t`, from `threading._active`; none where the module was not
/// imported. A thread that was started by other means has none.
pub(super) fn thread_names(python: &Cpython<'_, '_>, interpreter: u64) -> HashMap<u64, String> {
    let Some(active) = active(python, interpreter) else {
        return HashMap::new();
    };
    let threads = python.dict_items(active, MOST_NAMED).items;
    let named = threads.into_iter().filter_map(|(ident, thread)| {
        // 64 bits of a `pthread_t` may not fit into a signed word, but user addresses do.
        let ident = u64::try_from(python.int_value(ident)?).ok()?;
        Some((ident, name(python, thread)?))
    });
    named.collect()
}

/// `sys.modules['threading']._active`: a dictionary from identifiers to threads.
fn active(python: &Cpython<'_, '_>, interpreter: u64) -> Option<u64> {
    let modules = python.pointer(interpreter, Field::InterpreterModules)?;
    let threading = python.dict_get(modules, "threading")?;
    let active = python.attribute(threading, "_active")?;
    python.is_dict(active).then_some(active)
}

/// `Thread._name`; 2.7 has it private to the class.
fn name(python: &Cpython<'_, '_>, thread: u64) -> Option<String> {
    let attribute = if python.series.0 < 3 {
        "_Thread__name"
    } else {
        "_name"
    };
    python.string(python.attribute(thread, attribute)?)
}
