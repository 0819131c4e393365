//! Names of threads, as the module `threading` keeps them.

use std::collections::HashMap;

use super::cpython::Cpython;
use super::layout::Field;

/// Threads whose names are read.
const MOST_NAMED: usize = 16 << 10;

/// Adds the names of an interpreter's threads by their `pthread_t`, from `threading._active`; none where the module was not
/// imported. A thread that was started by other means has none. What another interpreter said before is kept.
pub(super) fn thread_names(
    python: &Cpython<'_, '_>,
    interpreter: u64,
    names: &mut HashMap<u64, String>,
) {
    let Some(active) = active(python, interpreter) else {
        return;
    };
    for (ident, thread) in python.dict_items(active, MOST_NAMED).items {
        // 64 bits of a `pthread_t` may not fit into a signed word, but user addresses do.
        let ident = python.int_value(ident).map(u64::try_from);
        if let (Some(Ok(ident)), Some(name)) = (ident, name(python, thread))
            && python.memory.budget.take_text(name.len()).is_some()
        {
            names.entry(ident).or_insert(name);
        }
    }
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
