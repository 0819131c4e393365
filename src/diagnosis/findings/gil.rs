//! The interpreter's lock in the hands of a thread that waits in native code: nothing else runs until that returns.

use super::Finding;
use crate::diagnosis::waiting::{Scene, before_python, wait_words};
use crate::evidence::InterpreterFact;
use crate::stack::Process;
use crate::stack::python::GilRole;

/// Functions between the wait and Python code that are named.
const FRAMES: usize = 6;

pub(super) fn held_in_native_code(process: &Process, scene: &Scene<'_>) -> Vec<Finding> {
    let interpreters = process
        .python
        .iter()
        .flat_map(|python| &python.interpreters);
    let wanted = interpreters
        .filter_map(|each| each.gil.as_ref())
        .find(|gil| !gil.waiters.is_empty());
    let Some(wanted) = wanted else {
        return Vec::new();
    };
    let holders = process.threads.iter().filter(|thread| {
        thread
            .python
            .as_ref()
            .is_some_and(|python| python.gil == Some(GilRole::Holds))
            && thread.tid == wanted.holder
    });
    let found = holders.filter_map(|thread| {
        let waiting = scene.waiting(thread)?;
        let waiters = wanted.waiters.len();
        let others = if waiters == 1 {
            "1 thread waits"
        } else {
            &format!("{waiters} threads wait")
        };
        Some(Finding {
            kind: InterpreterFact::GilHeldInNativeCode,
            what: format!(
                "thread {} has the GIL and waits for {} in native code, while {others} for the GIL",
                thread.tid.unwrap_or_default(),
                wait_words(&waiting)
            ),
            tid: thread.tid,
            addresses: waiting.address.into_iter().collect(),
            frames: before_python(thread)
                .take(FRAMES)
                .map(str::to_owned)
                .collect(),
        })
    });
    found.collect()
}
