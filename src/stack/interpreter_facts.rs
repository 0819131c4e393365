//! What the interpreter of a core knew of the thread that died, as facts of the case.

use std::collections::HashMap;

use super::Process;
use super::python::{ExceptionChain, GilRole, PythonThread};
use crate::evidence::{Exception, Facts, InterpreterFact};

/// Adds them; nothing for a process without CPython.
pub(super) fn add(process: &Process, facts: &mut Facts) {
    let Some(python) = &process.python else {
        return;
    };
    let any = |test: fn(&super::python::Interpreter) -> Option<bool>| {
        python
            .interpreters
            .iter()
            .any(|each| test(each) == Some(true))
    };
    let mut add = |fact, holds: bool| facts.interpreter.extend(holds.then_some(fact));
    let finalizing = python.finalizing == Some(true) || any(|each| each.finalizing);
    add(InterpreterFact::Finalizing, finalizing);
    add(
        InterpreterFact::CollectingGarbage,
        any(|each| each.collecting),
    );
    add(InterpreterFact::Deadlock, is_deadlocked(process));
    let died = process.threads.first();
    let Some(thread) = died.and_then(|thread| thread.python.as_ref()) else {
        return;
    };
    add(InterpreterFact::Importing, !thread.importing.is_empty());
    let cycle = chains(thread).any(|chain| chain.cycle.is_some());
    add(InterpreterFact::ExceptionCycle, cycle);
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

/// Threads of a deadlock.
const LONGEST_CIRCLE: usize = 64;

/// Whether threads wait for one another in a circle: for locks, imports, ends of threads, or the GIL.
fn is_deadlocked(process: &Process) -> bool {
    let mut gils = process
        .python
        .iter()
        .flat_map(|python| &python.interpreters);
    let holder = gils.find_map(|interpreter| interpreter.gil.as_ref()?.holder);
    let threads = process.threads.iter();
    let waits: HashMap<u64, u64> = threads
        .filter_map(|thread| {
            let python = thread.python.as_ref()?;
            let lock = python.waits_for.as_ref().and_then(|wait| wait.holder_tid);
            let gil = holder.filter(|_| python.gil == Some(GilRole::Waits));
            Some((thread.tid?, lock.or(gil)?))
        })
        .collect();
    waits.keys().any(|&first| {
        let mut at = first;
        // A circle that this thread is not in is found from its own.
        let mut steps = (0..LONGEST_CIRCLE).map_while(|_| {
            at = *waits.get(&at)?;
            Some(at)
        });
        steps.any(|at| at == first)
    })
}

/// Exceptions that become facts; the inner ones tell most.
const MOST_EXCEPTIONS: usize = 8;

fn chains(thread: &PythonThread) -> impl Iterator<Item = &ExceptionChain> {
    thread.raised.iter().chain(&thread.handled)
}
