//! What the interpreter of a core knew of the thread that died, as facts of the case.

use super::Process;
use super::python::{ExceptionChain, PythonThread};
use crate::evidence::{Exception, Facts, InterpreterFact};

/// Adds them; nothing for a process without CPython.
pub(super) fn add(process: &Process, facts: &mut Facts) {
    let Some(python) = &process.python else {
        return;
    };
    let mut interpreters = python.interpreters.iter();
    let collecting = interpreters.any(|each| each.collecting == Some(true));
    let mut add = |fact, holds: bool| facts.interpreter.extend(holds.then_some(fact));
    add(InterpreterFact::Finalizing, python.is_finalizing());
    add(InterpreterFact::CollectingGarbage, collecting);
    let died = process.threads.first();
    let Some(thread) = died.and_then(|thread| thread.python.as_ref()) else {
        return;
    };
    add(InterpreterFact::Importing, !thread.importing.is_empty());
    let near = thread
        .recursion
        .is_some_and(|recursion| recursion.is_near());
    add(InterpreterFact::RecursionLimit, near);
    let exceptions = chains(thread).flat_map(|chain| &chain.exceptions);
    for exception in exceptions.take(MOST_EXCEPTIONS) {
        let fact = Exception {
            type_name: exception.type_name.clone(),
            message: exception.message.clone(),
            in_arguments: false,
            in_flight: true,
        };
        if !facts.exceptions.contains(&fact) {
            facts.exceptions.push(fact);
        }
    }
}

/// Exceptions that become facts; the inner ones tell most.
const MOST_EXCEPTIONS: usize = 8;

fn chains(thread: &PythonThread) -> impl Iterator<Item = &ExceptionChain> {
    thread.raised.iter().chain(&thread.handled)
}
