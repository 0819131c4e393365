//! Python frames and what the interpreter knows, read from the memory of a process.

mod budget;
mod chain;
mod code;
mod cpython;
pub mod exceptions;
mod frames;
mod gil;
mod layout;
mod lines;
mod locals;
mod lock_holders;
mod memory;
mod native_arguments;
mod objects;
mod owners;
mod runtime;
mod source;
mod state;
mod tasks;
mod thread_names;
mod thread_state;
mod threads;
mod waits;

pub use exceptions::{ExceptionChain, ExceptionInfo, ExceptionLink};
pub use layout::LayoutSource;
pub use native_arguments::OddObject;
pub use runtime::LocatedBy;
pub use state::{Gil, Interpreter, PythonState};
pub use tasks::AsyncTask;
pub use thread_state::{Attachment, GilRole, PythonThread, Recursion};
pub use waits::{Wait, WaitKind};

use std::collections::HashMap;
use std::fmt;

use super::PythonFrame;
use super::merge::Shown;
use super::modules::Modules;
use crate::evidence::Sighting;
use crate::evidence::core::CoreThread;
use chain::Broken;
use cpython::Cpython;
pub(in crate::stack) use frames::{PythonCall, PythonStack};
pub(in crate::stack) use gil::settle;
use owners::{MOST_OF_A_THREAD, Owners};
use source::Sources;
use thread_names::thread_names;
use threads::{InterpreterState, ThreadState};

/// The interpreters of a process, ready to be asked for the Python frames of its threads.
pub struct Interpreters<'m, 'f> {
    python: Cpython<'m, 'f>,
    runtime: runtime::Runtime,
    interpreters: Vec<InterpreterState>,
    /// Why there may be more.
    broken: Option<Broken>,
    sources: Sources,
    variables: Variables,
    owners: Owners,
    /// Of threads, by `pthread_t`.
    names: HashMap<u64, String>,
}

/// Whether the variables of frames are read: they may hold secrets, and cost time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variables {
    /// None is.
    Hidden,
    /// Arguments and locals of each Python frame are, as bounded reprs.
    Shown,
}

/// Lists of threads of which is said that they are damaged.
const MOST_PROBLEMS: usize = 16;

/// Why there are no Python frames where the list of interpreters is sound, but empty.
const NONE: &str = "interpreters: there is none: it was not started yet, or has ended";

impl fmt::Debug for Interpreters<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interpreters")
            .field("series", &self.python.series)
            .field("runtime", &self.runtime)
            .field("interpreters", &self.interpreters)
            .finish_non_exhaustive()
    }
}

impl<'m, 'f> Interpreters<'m, 'f> {
    /// Finds the interpreters of a process that runs CPython; `None` for one that does not.
    ///
    /// # Errors
    ///
    /// Why they cannot be read, in words.
    pub fn find(
        modules: &'m Modules<'f>,
        versions: &[Sighting],
        variables: Variables,
    ) -> Result<Option<Self>, String> {
        let Some((python, runtime)) = runtime::find(modules, versions)? else {
            return Ok(None);
        };
        let (interpreters, broken) = threads::interpreters(&python, &runtime);
        let mut names = HashMap::new();
        for interpreter in &interpreters {
            thread_names(&python, interpreter.address, &mut names);
        }
        Ok(Some(Self {
            owners: Owners::of(&interpreters),
            names,
            python,
            runtime,
            broken,
            interpreters,
            sources: Sources::new(modules.sysroot(), modules.core().written),
            variables,
        }))
    }

    /// What could not be read, in words; all of it once the stacks and the state were asked for.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        let own = match self.broken {
            Some(broken) => Some(format!("interpreters: {broken}")),
            None => self.interpreters.is_empty().then(|| NONE.to_owned()),
        };
        let threads = self.interpreters.iter().filter_map(|interpreter| {
            let broken = interpreter.broken?;
            let id = interpreter.id.unwrap_or_default();
            Some(format!("thread states of interpreter {id}: {broken}"))
        });
        let threads = threads.take(MOST_PROBLEMS);
        let budget = self.python.memory.budget.problems();
        own.into_iter().chain(threads).chain(budget)
    }

    /// Major and minor number of the version.
    pub(in crate::stack) fn series(&self) -> (u32, u32) {
        self.python.series
    }

    /// The Python frames of a thread. One that went from one interpreter into another has those of both: the innermost are
    /// those furthest down the native stack. Up to 3.9 nothing tells where they are; the list of interpreters begins with
    /// the newest, which most often is the one that was entered last.
    pub(in crate::stack) fn stack_of(&self, thread: &CoreThread) -> PythonStack {
        let (states, cut) = self.states_of(thread);
        let stacks = states.into_iter().map(|(_, state)| self.stack(state));
        let mut stacks: Vec<_> = stacks.collect();
        stacks.sort_by_key(|stack| stack.calls.iter().find_map(|call| call.within));
        let mut all = PythonStack::default();
        for stack in stacks {
            all.calls.extend(stack.calls);
            all.broken = all.broken.or(stack.broken);
        }
        if cut {
            all.broken.get_or_insert_with(|| {
                format!("the thread has more than {MOST_OF_A_THREAD} thread states")
            });
        }
        all
    }

    /// The Python frames of a call of the interpreter loop, and those outside of it.
    pub(in crate::stack) fn stack_beyond(&self, call: Shown) -> PythonStack {
        self.completed(frames::from_call(&self.python, call))
    }

    fn stack(&self, state: &ThreadState) -> PythonStack {
        self.completed(frames::of_thread(&self.python, state.address))
    }

    /// Adds what is not read with the frames.
    fn completed(&self, mut stack: PythonStack) -> PythonStack {
        for call in &mut stack.calls {
            for (frame, &at) in call.frames.iter_mut().zip(&call.at) {
                self.add_source(frame);
                if self.variables == Variables::Shown {
                    self.add_variables(frame, at);
                }
            }
        }
        stack
    }

    fn add_source(&self, frame: &mut PythonFrame) {
        let place = frame.file.as_deref().zip(frame.line);
        let source = place.and_then(|(file, line)| self.sources.line(file, line));
        let budget = &self.python.memory.budget;
        frame.source = source.filter(|source| budget.take_text(source.len()).is_some());
    }

    fn add_variables(&self, frame: &mut PythonFrame, at: u64) {
        let budget = &self.python.memory.budget;
        let Some(code) = frames::code(&self.python, at).filter(|_| budget.take_variables()) else {
            return;
        };
        let mut locals = locals::locals(&self.python, at, code);
        let variables = locals.variables.iter();
        let text = variables.map(|variable| variable.name.len() + variable.value.len());
        if budget.take_text(text.sum()).is_none() {
            return;
        }
        frame.locals = locals.variables.split_off(locals.arguments);
        frame.arguments = locals.variables;
    }

    /// The Python frames of threads that are not among those of the process: they ended, or belong to the parent that
    /// this process was forked from. Each with its `pthread_t`.
    pub(in crate::stack) fn stacks_without_thread(
        &self,
    ) -> impl Iterator<Item = (Option<u64>, PythonStack)> {
        let states = self.interpreters.iter().flat_map(|each| &each.threads);
        let living = self.python.memory.living();
        let others = states.filter(|state| !living.own(state));
        let stacks = others.map(|state| (state.ident, self.stack(state)));
        stacks.filter(|(_, stack)| !stack.calls.is_empty())
    }

    /// The states of a thread, in each interpreter that it entered, and whether there are more.
    fn states_of(&self, thread: &CoreThread) -> (Vec<(&InterpreterState, &ThreadState)>, bool) {
        let (places, cut) = self.owners.of_thread(thread);
        let states = places.into_iter().filter_map(|(interpreter, place)| {
            let interpreter = self.interpreters.get(interpreter)?;
            Some((interpreter, interpreter.threads.get(place)?))
        });
        (states.collect(), cut)
    }
}
