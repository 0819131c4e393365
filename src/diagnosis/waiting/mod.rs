//! What a thread waits for, and who could end that.
//!
//! What says most goes first: the interpreter's lock; the purpose that the standard library's functions around the wait
//! have; the lock object in memory; the system call.

mod purpose;
mod scene;

use std::fmt::Write as _;

pub(super) use scene::{Scene, before_python};
use serde::Serialize;

/// What a thread waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// What sort of thing it is.
    pub what: WaitFor,
    /// Which one, in words: the module that is imported, `socket 127.0.0.1:42 to 127.0.0.1:80`.
    pub name: Option<String>,
    /// Address of the lock.
    pub address: Option<u64>,
    /// The system's number of the thread that has it, or that is to end.
    pub held_by: Option<u64>,
}

/// What can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitFor {
    /// The interpreter's lock.
    Gil,
    /// A lock of Python code.
    Lock,
    /// To be notified: a condition or an event.
    Condition,
    /// An entry of a queue, or room in it.
    Queue,
    /// The import of a module by another thread.
    Import,
    /// The end of a thread.
    Thread,
    /// What another thread or process computes: a future, a task of a pool.
    Result,
    /// A mutex of native code.
    Mutex,
    /// A word of memory to change, whatever stands behind it: a semaphore or condition of native code.
    Futex,
    /// Data of a socket, or room for them.
    Socket,
    /// Data of a pipe, or room for them.
    Pipe,
    /// A file or device.
    File,
    /// The end of a child.
    Child,
    /// What happens first: an event loop.
    Events,
    /// The clock.
    Clock,
    /// A signal.
    Signal,
    /// Something that its frames do not tell.
    Unknown,
}

fn plain(what: WaitFor) -> Waiting {
    Waiting {
        what,
        name: None,
        address: None,
        held_by: None,
    }
}

/// What is waited for, in words: `the GIL, held by thread 12`.
pub(super) fn wait_words(waiting: &Waiting) -> String {
    let mut text = match waiting.what {
        WaitFor::Gil => "the GIL",
        WaitFor::Lock => "a lock",
        WaitFor::Condition => "a condition to be notified",
        WaitFor::Queue => "a queue",
        WaitFor::Import => "an import",
        WaitFor::Thread => "the end of a thread",
        WaitFor::Result => "a result",
        WaitFor::Mutex => "a mutex of native code",
        WaitFor::Futex => "a futex of native code",
        WaitFor::Socket => "a socket",
        WaitFor::Pipe => "a pipe",
        WaitFor::File => "input or output",
        WaitFor::Child => "the end of a child",
        WaitFor::Events => "events",
        WaitFor::Clock => "the clock",
        WaitFor::Signal => "a signal",
        WaitFor::Unknown => "something that its frames do not tell",
    }
    .to_owned();
    // Writing to a string cannot fail.
    if let Some(name) = &waiting.name {
        let _ = write!(text, " ({name})");
    }
    let is_lock = matches!(
        waiting.what,
        WaitFor::Lock | WaitFor::Mutex | WaitFor::Futex
    );
    if let Some(address) = waiting.address.filter(|_| is_lock) {
        let _ = write!(text, " at {address:#x}");
    }
    if let Some(tid) = waiting.held_by {
        let verb = if waiting.what == WaitFor::Thread {
            "thread"
        } else {
            "held by thread"
        };
        let _ = write!(text, ", {verb} {tid}");
    }
    text
}
