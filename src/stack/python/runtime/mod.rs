//! Where a CPython keeps its state in a process.
//!
//! Its symbol tells, else its section; a stripped interpreter whose file is gone has neither, and its data is looked
//! through: first for the cookie that 3.13 brought, then for a pointer to what is an interpreter by its layout.

mod check;
mod interpreter;
mod locate;
mod scan;
#[cfg(test)]
mod tests;
mod variables;

use std::mem;
use std::rc::Rc;

use fixtrail_index::Version;
use serde::Serialize;

use super::budget::Budget;
use super::cpython::Cpython;
use super::layout::Field;
use crate::evidence::Sighting;
use crate::stack::modules::{Module, Modules};
use crate::stack::python_version;
use locate::Place;

/// The addresses that lead to everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runtime {
    /// How they were found.
    pub(super) located: LocatedBy,
    /// `_PyRuntime`, since 3.7.
    pub(super) runtime: Option<u64>,
    /// The variable that points to the first interpreter: `interp_head` up to 3.6, a member of the runtime later.
    pub(super) interpreters: u64,
    /// Variables of 2.7 and 3.6, which later moved to the runtime.
    pub(super) globals: Globals,
}

/// How the state of an interpreter was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocatedBy {
    /// By a symbol of the program or of its debug file.
    #[default]
    Symbol,
    /// By the section that `_PyRuntime` has to itself since 3.10.
    Section,
    /// By looking through the data of the program.
    Scan,
}

/// Static variables of an interpreter without `_PyRuntime`; those that a stripped file does not name are missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Globals {
    /// `_PyThreadState_Current`: the thread that runs Python code.
    pub(super) current_thread: Option<u64>,
    /// `gil_locked` and `gil_last_holder` of `Python/ceval_gil.h`, 3.6.
    pub(super) gil_locked: Option<u64>,
    pub(super) gil_last_holder: Option<u64>,
    /// `collecting` of `Modules/gcmodule.c`.
    pub(super) collecting: Option<u64>,
    /// `_Py_Finalizing` of `Python/pylifecycle.c`, 3.6.
    pub(super) finalizing: Option<u64>,
    /// `_Py_CheckRecursionLimit` of `Python/ceval.c`.
    pub(super) recursion_limit: Option<u64>,
    /// `import_lock_thread` of `Python/import.c`, 2.7: who has the lock that all imports share.
    pub(super) import_lock_thread: Option<u64>,
}

type Found<'m, 'f> = (Cpython<'m, 'f>, Runtime);

/// Finds the CPython of a process; the reason in words where there is an interpreter that cannot be read.
pub(super) fn find<'m, 'f>(
    modules: &'m Modules<'f>,
    versions: &[Sighting],
) -> Result<Option<Found<'m, 'f>>, String> {
    let other = interpreter::other(modules);
    let Some(sighting) = versions.first() else {
        return other.map_or(Ok(None), Err);
    };
    let version = &sighting.version;
    let candidates = python_version::interpreters(modules);
    let places = locate::places(modules, &candidates);
    let found = if places.is_empty() {
        other.map_or_else(|| by_scan(modules, &candidates, version), Err)?
    } else {
        in_use(modules, &places, version)?
    };
    Ok(Some(found))
}

/// Of several interpreters, the first that was started.
fn in_use<'m, 'f>(
    modules: &'m Modules<'f>,
    places: &[(&'m Module<'f>, Place)],
    version: &Version,
) -> Result<Found<'m, 'f>, String> {
    let mut first = None;
    for (module, place) in places {
        let found = read(modules, module, place, version);
        let runs = found.as_ref().is_ok_and(|(python, runtime)| {
            let head = python.memory.pointer(runtime.interpreters);
            head.is_some()
        });
        if runs {
            return found;
        }
        first.get_or_insert(found);
    }
    first.unwrap_or_else(|| Err("there is no interpreter".to_owned()))
}

fn read<'m, 'f>(
    modules: &'m Modules<'f>,
    module: &'m Module<'f>,
    place: &Place,
    version: &Version,
) -> Result<Found<'m, 'f>, String> {
    let python = interpreter::with_layout(modules, module, place.runtime, version)?;
    let interpreters = match place.runtime {
        Some(runtime) => python.at(runtime, Field::RuntimeInterpreters),
        None => place.interpreters,
    };
    let runtime = Runtime {
        located: place.located,
        runtime: place.runtime,
        interpreters: interpreters.ok_or("the layout of its state is not known")?,
        globals: place.globals.clone(),
    };
    check::of_table(&python, &runtime)?;
    Ok((python, runtime))
}

/// Looks through the data of each.
fn by_scan<'m, 'f>(
    modules: &'m Modules<'f>,
    candidates: &[&'m Module<'f>],
    version: &Version,
) -> Result<Found<'m, 'f>, String> {
    let mut why = None;
    let mut left = scan::MOST;
    let budget = Rc::<Budget>::default();
    for module in candidates {
        match interpreter::with_layout(modules, module, None, version) {
            Ok(mut python) => {
                // All of them share one, and what is found has one of its own.
                let own = mem::replace(&mut python.memory.budget, Rc::clone(&budget));
                let found = scan::find(&python, module, &mut left);
                python.memory.budget = own;
                if let Some(found) = found {
                    // 2.7 and 3.6 export some of them.
                    let globals = locate::variables(modules, module).globals();
                    return Ok((python, Runtime { globals, ..found }));
                }
            }
            Err(error) => why = why.or(Some(error)),
        }
    }
    let why = why.or_else(|| budget.spent().map(|spent| spent.to_string()));
    Err(why.unwrap_or_else(|| {
        format!("nothing in its memory is laid out as the state of CPython {version}")
    }))
}
