//! What an interpreter knows of one of its threads.

use serde::Serialize;

use super::exceptions::{self, ExceptionChain};
use super::layout::Field;
use super::native_arguments::OddObject;
use super::threads::{InterpreterState, ThreadState};
use super::waits::{self, Wait};
use super::{Interpreters, PythonStack, state};
use crate::evidence::core::CoreThread;
use crate::stack::Frame;

/// A thread as its interpreter has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PythonThread {
    /// The number of its interpreter, since 3.7.
    pub interpreter: Option<i64>,
    /// What it has to do with the interpreter's lock.
    pub gil: Option<GilRole>,
    /// How deep its calls are.
    pub recursion: Option<Recursion>,
    /// Whether it runs Python code, without the GIL, since 3.13.
    pub attachment: Option<Attachment>,
    /// Name, as `threading` has it.
    pub name: Option<String>,
    /// The exception that it has raised and not caught yet.
    pub raised: Option<ExceptionChain>,
    /// The exceptions that it handles, the innermost first.
    pub handled: Vec<ExceptionChain>,
    /// The modules that it imports, the innermost first.
    pub importing: Vec<String>,
    /// What it waits for, beside the GIL.
    pub waits_for: Option<Wait>,
    /// Objects that its native functions were called with, whose counts of references are absurd.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub odd_objects: Vec<OddObject>,
}

/// A thread and the GIL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GilRole {
    /// It has it.
    Holds,
    /// It waits for it.
    Waits,
}

/// The depth of a thread's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Recursion {
    /// Calls within one another; beyond the limit while a `RecursionError` is dealt with.
    pub depth: i64,
    /// Where the interpreter raises it.
    pub limit: i64,
}

impl Recursion {
    /// Whether the limit is near or passed.
    #[must_use]
    pub fn is_near(self) -> bool {
        self.limit > 0 && self.depth.saturating_mul(10) >= self.limit.saturating_mul(9)
    }
}

/// Whether a thread may touch objects (`Include/internal/pycore_pystate.h` of v3.13.0, `_Py_THREAD_*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attachment {
    /// It does not.
    Detached,
    /// It may.
    Attached,
    /// It is held while another stops the world.
    Suspended,
    /// It ends as the interpreter is shut down.
    ShuttingDown,
}

impl Interpreters<'_, '_> {
    /// What the interpreter knows of a thread, of that which it entered last; `None` for one that never ran Python code.
    /// `native` are its native frames, `stack` its Python frames.
    pub(in crate::stack) fn thread(
        &self,
        thread: &CoreThread,
        native: &[Frame],
        stack: &PythonStack,
    ) -> Option<PythonThread> {
        let (interpreter, state) = self.states_of(thread).0.into_iter().next()?;
        let python = &self.python;
        let import_owner = self.runtime.globals.import_lock_thread;
        let may_keep = || python.memory.budget.has_text();
        Some(PythonThread {
            interpreter: interpreter.id,
            gil: self.holds_gil(interpreter, state).then_some(GilRole::Holds),
            recursion: self.recursion(interpreter, state),
            attachment: self.attachment(state),
            name: state.ident.and_then(|ident| self.name(ident)),
            raised: may_keep()
                .then(|| exceptions::raised(python, state.address))
                .flatten(),
            handled: if may_keep() {
                exceptions::handled(python, state.address)
            } else {
                Vec::new()
            },
            importing: self.importing(stack),
            odd_objects: Vec::new(),
            waits_for: waits::of_thread(python, native, stack, import_owner).map(|wait| Wait {
                holder_tid: wait
                    .holder
                    .and_then(|holder| python.memory.living().number(holder)),
                ..wait
            }),
        })
    }

    /// The modules that a thread imports, if their names may still be kept.
    fn importing(&self, stack: &PythonStack) -> Vec<String> {
        let names = waits::importing(&self.python, stack);
        let bytes = names.iter().map(String::len).sum();
        match self.python.memory.budget.take_text(bytes) {
            Some(()) => names,
            None => Vec::new(),
        }
    }

    /// The name that any interpreter has for a thread, by its `pthread_t`.
    fn name(&self, pthread: u64) -> Option<String> {
        self.names.get(&pthread).cloned()
    }

    fn holds_gil(&self, interpreter: &InterpreterState, thread: &ThreadState) -> bool {
        let gil = state::gil(&self.python, &self.runtime, interpreter.address);
        gil.is_some_and(|gil| gil.holder == Some(thread.address))
    }

    /// Up to 3.10 the depth is counted, later what is left.
    fn recursion(&self, interpreter: &InterpreterState, thread: &ThreadState) -> Option<Recursion> {
        let python = &self.python;
        let number = |field| python.int(thread.address, field).map(i64::from);
        if let Some(depth) = number(Field::ThreadRecursionDepth) {
            let limit = state::recursion_limit(python, &self.runtime, interpreter.address)?;
            return Some(Recursion { depth, limit });
        }
        let limit = number(Field::ThreadRecursionLimit)?;
        let left = number(Field::ThreadRecursionRemaining)?;
        Some(Recursion {
            depth: limit.checked_sub(left)?,
            limit,
        })
    }

    fn attachment(&self, thread: &ThreadState) -> Option<Attachment> {
        match self.python.int(thread.address, Field::ThreadState)? {
            0 => Some(Attachment::Detached),
            1 => Some(Attachment::Attached),
            2 => Some(Attachment::Suspended),
            3 => Some(Attachment::ShuttingDown),
            _ => None,
        }
    }
}
