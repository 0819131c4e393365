//! What the interpreters of a process know of themselves.

use serde::Serialize;

use super::Interpreters;
use super::cpython::Cpython;
use super::layout::{Field, LayoutSource};
use super::runtime::{LocatedBy, Runtime};
use super::tasks::AsyncTask;
use super::threads::InterpreterState;

/// The CPython of a process.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PythonState {
    /// Its release series: `3.12`.
    pub series: String,
    /// Whether it was built without the GIL.
    pub free_threaded: bool,
    /// What told the layout of its structures, the surest first.
    pub layout: Vec<LayoutSource>,
    /// How its state was found.
    pub located_by: LocatedBy,
    /// Whether it is being shut down; `None` where that cannot be read.
    pub finalizing: Option<bool>,
    /// The newest first; the main one has the number 0.
    pub interpreters: Vec<Interpreter>,
}

impl PythonState {
    /// Whether all of it, or one of its interpreters, is being shut down.
    #[must_use]
    pub fn is_finalizing(&self) -> bool {
        let mut interpreters = self.interpreters.iter();
        self.finalizing == Some(true) || interpreters.any(|each| each.finalizing == Some(true))
    }
}

/// One interpreter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Interpreter {
    /// Its number, since 3.7.
    pub id: Option<i64>,
    /// Its lock; interpreters share one up to 3.11, and may later.
    pub gil: Option<Gil>,
    /// Whether garbage collection was under way.
    pub collecting: Option<bool>,
    /// Whether it is being shut down.
    pub finalizing: Option<bool>,
    /// How deep calls may go.
    pub recursion_limit: Option<i64>,
    /// Tasks of asyncio that have not ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<AsyncTask>,
}

/// The global interpreter lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gil {
    /// Where it is; interpreters with the same address share it. `None` for the one of 2.7 and 3.6.
    pub address: Option<u64>,
    /// Whether a thread has it.
    pub locked: bool,
    /// The system's number of that thread.
    pub holder: Option<u64>,
    /// The system's numbers of threads that wait for it.
    pub waiters: Vec<u64>,
}

/// A lock as memory has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GilState {
    address: Option<u64>,
    pub(super) locked: bool,
    /// The thread state that has it.
    pub(super) holder: Option<u64>,
}

impl Interpreters<'_, '_> {
    /// What they know, but for the threads' numbers, which the interpreter itself has by `pthread_t` only.
    pub(in crate::stack) fn state(&self) -> PythonState {
        let (major, minor) = self.python.series;
        let interpreters = self.interpreters.iter();
        PythonState {
            series: format!("{major}.{minor}"),
            free_threaded: self.python.free_threaded,
            layout: self.python.layout.sources(),
            located_by: self.runtime.located,
            finalizing: finalizing(&self.python, &self.runtime),
            interpreters: interpreters.map(|each| self.interpreter(each)).collect(),
        }
    }

    fn interpreter(&self, state: &InterpreterState) -> Interpreter {
        let (python, runtime) = (&self.python, &self.runtime);
        let at = state.address;
        Interpreter {
            id: state.id,
            gil: gil(python, runtime, at).map(|gil| Gil {
                address: gil.address,
                locked: gil.locked,
                holder: None,
                waiters: Vec::new(),
            }),
            collecting: collecting(python, runtime, at),
            finalizing: interpreter_finalizing(python, at),
            recursion_limit: recursion_limit(python, runtime, at),
            tasks: self.tasks(state),
        }
    }
}

/// The lock of an interpreter. Up to 3.11 the runtime also has the thread that runs Python code, which is surer than the
/// last one that had the lock; 2.7 has nothing else.
pub(super) fn gil(
    python: &Cpython<'_, '_>,
    runtime: &Runtime,
    interpreter: u64,
) -> Option<GilState> {
    let current = match runtime.runtime {
        Some(runtime) => python.word(runtime, Field::RuntimeCurrentThread),
        None => runtime
            .globals
            .current_thread
            .and_then(|at| python.memory.word(at)),
    };
    let own = python.pointer(interpreter, Field::InterpreterGil);
    let shared = || python.at(runtime.runtime?, Field::RuntimeGil);
    let structure = own.or_else(shared);
    // A build without the GIL has it, and takes it where an extension module asks for it (`enabled` counts them).
    let disabled = structure.and_then(|gil| python.int(gil, Field::GilEnabled)) == Some(0);
    if python.free_threaded && disabled {
        return None;
    }
    let (locked, last) = match structure {
        Some(gil) => (
            python.int(gil, Field::GilLocked),
            python.word(gil, Field::GilLastHolder),
        ),
        None => {
            let globals = &runtime.globals;
            let locked = globals.gil_locked.and_then(|at| python.memory.int(at));
            (
                locked,
                globals
                    .gil_last_holder
                    .and_then(|at| python.memory.word(at)),
            )
        }
    };
    // -1 before it is made, which 3.6 does for the second thread.
    if locked.is_some_and(|locked| locked < 0) {
        return None;
    }
    let locked = locked.map(|locked| locked != 0);
    let holder = current.or(last).filter(|&thread| thread != 0);
    let locked = locked.or_else(|| current.map(|current| current != 0))?;
    Some(GilState {
        address: structure,
        locked,
        holder: holder.filter(|_| locked),
    })
}

fn finalizing(python: &Cpython<'_, '_>, runtime: &Runtime) -> Option<bool> {
    // The thread state that shuts it down.
    let thread = match runtime.runtime {
        Some(runtime) => python.word(runtime, Field::RuntimeFinalizing),
        None => runtime
            .globals
            .finalizing
            .and_then(|at| python.memory.word(at)),
    };
    thread.map(|thread| thread != 0)
}

/// `_is.finalizing` is a number up to 3.11, then the thread state that shuts it down.
fn interpreter_finalizing(python: &Cpython<'_, '_>, interpreter: u64) -> Option<bool> {
    if python.series >= (3, 12) {
        let thread = python.word(interpreter, Field::InterpreterFinalizing);
        return thread.map(|thread| thread != 0);
    }
    let number = python.int(interpreter, Field::InterpreterFinalizing);
    number.map(|number| number != 0)
}

/// A member of the interpreter since 3.9, of the runtime in 3.7 and 3.8, a variable before.
fn collecting(python: &Cpython<'_, '_>, runtime: &Runtime, interpreter: u64) -> Option<bool> {
    let own = python.int(interpreter, Field::InterpreterCollecting);
    let shared = || python.int(runtime.runtime?, Field::RuntimeCollecting);
    let variable = || python.memory.int(runtime.globals.collecting?);
    let collecting = own.or_else(shared).or_else(variable);
    collecting.map(|collecting| collecting != 0)
}

/// A member of the interpreter since 3.9, of the runtime in 3.7 and 3.8, a variable before.
pub(super) fn recursion_limit(
    python: &Cpython<'_, '_>,
    runtime: &Runtime,
    interpreter: u64,
) -> Option<i64> {
    let own = python.int(interpreter, Field::InterpreterRecursionLimit);
    let shared = || python.int(runtime.runtime?, Field::RuntimeRecursionLimit);
    let variable = || python.memory.int(runtime.globals.recursion_limit?);
    own.or_else(shared).or_else(variable).map(i64::from)
}
