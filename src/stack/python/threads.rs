//! Interpreters and their thread states.

use super::chain::{Broken, follow};
use super::cpython::Cpython;
use super::layout::Field;
use super::runtime::Runtime;

/// Interpreters of a process; a program with one for each request of a server has hundreds.
const MOST_INTERPRETERS: usize = 4096;

/// Thread states of all interpreters.
const MOST_THREADS: usize = 64 << 10;

/// An interpreter with its threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InterpreterState {
    pub(super) address: u64,
    /// Its number, since 3.7; the main one has 0.
    pub(super) id: Option<i64>,
    /// In the order of its list: the newest first.
    pub(super) threads: Vec<ThreadState>,
    /// Why the list of threads ends early.
    pub(super) broken: Option<Broken>,
}

/// A thread as an interpreter knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ThreadState {
    pub(super) address: u64,
    /// `pthread_t`.
    pub(super) ident: Option<u64>,
    /// The system's number, since 3.11.
    pub(super) native_id: Option<u64>,
}

/// All interpreters, and why there may be more.
pub(super) fn interpreters(
    python: &Cpython<'_, '_>,
    runtime: &Runtime,
) -> (Vec<InterpreterState>, Option<Broken>) {
    let Some(first) = python.memory.word(runtime.interpreters) else {
        return (Vec::new(), Some(Broken::Unreadable(runtime.interpreters)));
    };
    let next = |at| python.word(at, Field::InterpreterNext);
    let (addresses, broken) = follow(first, MOST_INTERPRETERS, next);
    let mut left = MOST_THREADS;
    let states = addresses.iter().map(|&address| {
        let state = interpreter(python, address, left);
        left -= state.threads.len();
        state
    });
    (states.collect(), broken)
}

/// An interpreter with so many of its threads at most.
fn interpreter(python: &Cpython<'_, '_>, address: u64, most: usize) -> InterpreterState {
    let first = python.word(address, Field::InterpreterThreads);
    let (threads, broken) = first
        .map_or((Vec::new(), Some(Broken::Unreadable(address))), |first| {
            follow(first, most, |at| python.word(at, Field::ThreadNext))
        });
    let state = |&address: &u64| ThreadState {
        address,
        ident: python.pointer(address, Field::ThreadIdent),
        native_id: python.pointer(address, Field::ThreadNativeId),
    };
    InterpreterState {
        address,
        id: python.signed(address, Field::InterpreterId),
        threads: threads.iter().map(state).collect(),
        broken,
    }
}
