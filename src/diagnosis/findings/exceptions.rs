//! Exceptions whose contexts lead in a circle: code that walks them never ends (bpo-40696, bpo-25782).

use super::Finding;
use crate::evidence::InterpreterFact;
use crate::stack::python::ExceptionChain;
use crate::stack::{Frame, Process, Thread};

/// Functions of CPython that walk the contexts of an exception, or were on the way to that.
const FRAMES: usize = 3;

pub(super) fn cycles(process: &Process) -> Vec<Finding> {
    let threads = process.threads.iter();
    let chains = threads.flat_map(|thread| {
        let python = thread.python.iter();
        let chains = python.flat_map(|python| python.raised.iter().chain(&python.handled));
        chains.map(move |chain| (thread, chain))
    });
    let mut found: Vec<Finding> = Vec::new();
    for (thread, chain) in chains {
        let Some(cycle) = cycle(thread, chain) else {
            continue;
        };
        // One that is raised while it is handled stands twice.
        if !found.iter().any(|known| known.addresses == cycle.addresses) {
            found.push(cycle);
        }
    }
    found
}

fn cycle(thread: &Thread, chain: &ExceptionChain) -> Option<Finding> {
    let cycle = chain.cycle?;
    let circle = chain.exceptions.get(cycle.back_to..)?;
    let names: Vec<&str> = circle
        .iter()
        .map(|exception| exception.type_name.as_str())
        .collect();
    let mut frames: Vec<_> = thread.frames.iter().filter_map(Frame::function).collect();
    // Inlined into itself it is one.
    frames.dedup();
    Some(Finding {
        kind: InterpreterFact::ExceptionCycle,
        what: format!(
            "the {} of {} leads back to {}",
            cycle.link.attribute(),
            names.last()?,
            names.first()?
        ),
        tid: thread.tid,
        addresses: circle.iter().map(|exception| exception.address).collect(),
        frames: frames.into_iter().take(FRAMES).map(str::to_owned).collect(),
    })
}
