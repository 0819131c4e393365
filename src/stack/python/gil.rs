//! Which threads have the GIL, and which wait for it.

use std::collections::HashMap;

use super::state::PythonState;
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

/// Waiting threads that are listed of all interpreters, which may share a lock: each of a thousand has a thousand.
const MOST_WAITERS: usize = 1 << 20;

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
    let users = users(state, threads);
    let mut left = MOST_WAITERS;
    for gil in state
        .interpreters
        .iter_mut()
        .filter_map(|each| each.gil.as_mut())
    {
        let Some(users) = users.get(&gil.address) else {
            continue;
        };
        gil.holder = users.holder;
        gil.waiters = users.waiters.iter().copied().take(left).collect();
        left -= gil.waiters.len();
    }
}

/// The threads of one lock, by the system's numbers.
#[derive(Default)]
struct Users {
    holder: Option<u64>,
    waiters: Vec<u64>,
}

/// The threads of each lock by its address.
fn users(state: &PythonState, threads: &[Thread]) -> HashMap<Option<u64>, Users> {
    let mut locks = HashMap::new();
    for interpreter in &state.interpreters {
        if let Some(gil) = &interpreter.gil {
            locks.entry(interpreter.id).or_insert(gil.address);
        }
    }
    let mut users: HashMap<_, Users> = HashMap::new();
    for thread in threads {
        let Some((python, tid)) = thread.python.as_ref().zip(thread.tid) else {
            continue;
        };
        let Some(&lock) = locks.get(&python.interpreter) else {
            continue;
        };
        let users = users.entry(lock).or_default();
        match python.gil {
            Some(GilRole::Holds) => users.holder = users.holder.or(Some(tid)),
            Some(GilRole::Waits) => users.waiters.push(tid),
            None => {}
        }
    }
    users
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Tool;
    use crate::stack::NativeFrame;
    use crate::stack::python::state::Gil;
    use crate::stack::python::{Interpreter, LocatedBy, PythonThread};

    fn interpreter(id: i64, lock: u64) -> Interpreter {
        Interpreter {
            id: Some(id),
            gil: Some(Gil {
                address: Some(lock),
                locked: true,
                holder: None,
                waiters: Vec::new(),
            }),
            collecting: None,
            finalizing: None,
            recursion_limit: None,
            tasks: Vec::new(),
        }
    }

    fn thread(tid: u64, interpreter: i64, function: &str, gil: Option<GilRole>) -> Thread {
        let frame = NativeFrame {
            function: Some(function.to_owned()),
            ..NativeFrame::default()
        };
        Thread {
            tid: Some(tid),
            python: Some(PythonThread {
                interpreter: Some(interpreter),
                gil,
                ..PythonThread::default()
            }),
            ..Thread::new(Tool::Core, vec![Frame::Native(frame)])
        }
    }

    fn state(interpreters: Vec<Interpreter>) -> PythonState {
        PythonState {
            series: "3.12".to_owned(),
            free_threaded: false,
            layout: Vec::new(),
            located_by: LocatedBy::Symbol,
            finalizing: None,
            interpreters,
        }
    }

    #[test]
    fn interpreters_that_share_a_lock() {
        let mut state = state(vec![
            interpreter(2, 0x20),
            interpreter(1, 0x10),
            interpreter(0, 0x10),
        ]);
        let holds = Some(GilRole::Holds);
        let mut threads = [
            thread(1, 0, "work", holds),
            thread(2, 1, "take_gil", None),
            thread(3, 2, "take_gil", holds),
            thread(4, 0, "poll", None),
        ];
        settle(&mut state, &mut threads);
        let users = state.interpreters.iter().filter_map(|each| {
            let gil = each.gil.as_ref()?;
            Some((gil.holder, gil.waiters.clone()))
        });
        let shared = (Some(1), vec![2]);
        let users: Vec<_> = users.collect();
        assert_eq!(users, [(None, vec![3]), shared.clone(), shared]);
    }

    /// Each with each would take minutes, and gigabytes.
    #[test]
    fn many_interpreters_and_threads() {
        let interpreters = (0..4096).map(|id| interpreter(id, 0x10));
        let mut state = state(interpreters.collect());
        let threads = (0..32_768).map(|tid| thread(tid, 4095, "take_gil", None));
        let mut threads: Vec<_> = threads.collect();
        settle(&mut state, &mut threads);
        let gils = state
            .interpreters
            .iter()
            .filter_map(|each| each.gil.as_ref());
        let waiters = gils.map(|gil| gil.waiters.len()).sum::<usize>();
        assert_eq!(waiters, MOST_WAITERS);
    }
}
