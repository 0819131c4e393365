//! Which threads have the GIL, and which wait for it.

use super::PythonThread;
use super::state::{Gil, PythonState};
use super::thread_state::GilRole;
use crate::stack::{Frame, Thread};

/// Functions that return with the GIL, whatever they call. Those that take it may be inlined into them, and a stripped
/// interpreter names these only.
const TAKE_IT: [&str; 6] = [
    "take_gil",
    "PyEval_RestoreThread",
    "PyEval_AcquireThread",
    "PyEval_AcquireLock",
    "_PyThreadState_Attach",
    "PyGILState_Ensure",
];

/// Tells the threads and the interpreters who has and who wants the GIL.
pub(in crate::stack) fn settle(state: &mut PythonState, threads: &mut [Thread]) {
    for thread in &mut *threads {
        if !wants_gil(&thread.frames, &state.series) {
            continue;
        }
        if let Some(python) = &mut thread.python {
            // One that takes it again, while another drops it, may still stand as its last holder.
            python.gil = Some(GilRole::Waits);
        }
    }
    let ids: Vec<_> = state
        .interpreters
        .iter()
        .map(|each| (each.id, address(each.gil.as_ref())))
        .collect();
    for interpreter in &mut state.interpreters {
        let Some(gil) = &mut interpreter.gil else {
            continue;
        };
        let shares = |python: &PythonThread| {
            let mut ids = ids.iter();
            ids.any(|&(id, address)| id == python.interpreter && address == gil.address)
        };
        let with = |role: GilRole| {
            let threads = threads.iter().filter(move |thread| {
                let python = thread.python.as_ref();
                python.is_some_and(|python| python.gil == Some(role) && shares(python))
            });
            threads.filter_map(|thread| thread.tid)
        };
        let holder = with(GilRole::Holds).next();
        let waiters = with(GilRole::Waits).collect();
        (gil.holder, gil.waiters) = (holder, waiters);
    }
}

fn address(gil: Option<&Gil>) -> Option<u64> {
    gil?.address
}

/// Whether the innermost frames, up to the first Python code, wait for the GIL.
fn wants_gil(frames: &[Frame], series: &str) -> bool {
    let runs_python = |frame: &Frame| match frame {
        Frame::Native(native) => native.python.is_some(),
        Frame::Python(_) => true,
        Frame::Signal | Frame::Marker { .. } => false,
    };
    let end = frames.iter().position(runs_python).unwrap_or(frames.len());
    let (inner, outer) = frames.split_at(end);
    let takes_it = |frame: &Frame| frame.function().is_some_and(|name| TAKE_IT.contains(&name));
    let is = |frame: Option<&Frame>, name| frame.and_then(Frame::function) == Some(name);
    // The loop of 2.7 gives the lock away and takes it again by itself (`Python/ceval.c` of v2.7.18).
    let loop_takes_it = series == "2.7"
        && is(inner.last(), "PyThread_acquire_lock")
        && is(outer.first(), "PyEval_EvalFrameEx");
    loop_takes_it || inner.iter().any(takes_it)
}
