//! What the memory of a process shows that is wrong, or tells of what goes wrong, each with where it stands.

mod exceptions;
mod gil;
mod references;
mod registers;
mod shutdown;

use serde::Serialize;

use super::Activity;
use super::waiting::Scene;
use crate::evidence::InterpreterFact;
use crate::evidence::core::Core;
use crate::stack::Process;

/// Something that is wrong in a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is; the query looks for its words.
    pub kind: InterpreterFact,
    /// What was seen, in words.
    pub what: String,
    /// The thread that shows it, by the system's number.
    pub tid: Option<u64>,
    /// Addresses of the objects, locks or values that show it.
    pub addresses: Vec<u64>,
    /// Functions of the frames that show it, innermost first.
    pub frames: Vec<String>,
}

/// More of one kind say nothing new.
const MOST_OF_A_KIND: usize = 8;

/// All that a process shows, by kind.
pub(super) fn findings(
    core: &Core,
    process: &Process,
    activities: &[Activity],
    scene: &Scene<'_>,
) -> Vec<Finding> {
    let kinds = [
        exceptions::cycles(process),
        references::absurd(process, super::died(core)),
        registers::of_fault(core, process),
        recursions(activities),
        gil::held_in_native_code(process, scene),
        shutdown::with_threads(process),
    ];
    kinds
        .into_iter()
        .flat_map(|mut kind| {
            kind.truncate(MOST_OF_A_KIND);
            kind
        })
        .collect()
}

/// Functions that recurse without an end.
fn recursions(activities: &[Activity]) -> Vec<Finding> {
    let deep = activities
        .iter()
        .filter_map(|activity| Some((activity, activity.recursion.as_ref()?)));
    let found = deep.map(|(activity, recursion)| Finding {
        kind: InterpreterFact::DeepRecursion,
        what: format!(
            "{} stands on the stack {} times",
            recursion.function, recursion.times
        ),
        tid: Some(activity.tid),
        addresses: Vec::new(),
        frames: vec![recursion.function.clone()],
    });
    found.collect()
}
