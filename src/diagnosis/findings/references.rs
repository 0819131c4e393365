//! Objects whose count of references no sound object has.

use super::Finding;
use crate::evidence::InterpreterFact;
use crate::stack::{Frame, Process};

/// `died` is whether the first thread did. In one that runs an object has no references for a moment as it is made, and as
/// it ends.
pub(super) fn absurd(process: &Process, died: bool) -> Vec<Finding> {
    let threads = process.threads.iter().enumerate();
    let objects = threads.flat_map(|(at, thread)| {
        let objects = thread.python.iter().flat_map(|python| &python.odd_objects);
        let telling = objects.filter(move |object| object.references != 0 || (died && at == 0));
        telling.map(move |object| (thread, object))
    });
    let found = objects.map(|(thread, object)| {
        let frame = thread.frames.get(object.frame).and_then(Frame::function);
        Finding {
            kind: InterpreterFact::ReferenceCount,
            what: format!(
                "the {} at {:#x} has {} references",
                object.type_name, object.address, object.references
            ),
            tid: thread.tid,
            addresses: vec![object.address],
            frames: frame.into_iter().map(str::to_owned).collect(),
        }
    });
    found.collect()
}
