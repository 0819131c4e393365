//! What a thread waits for, and who could end that.
//!
//! What says most goes first: the interpreter's lock; the purpose that the standard library's functions around the wait
//! have; the lock object in memory; the system call.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::evidence::core::{Blocks, Core, SystemCall};
use crate::signature::waits;
use crate::stack::names::{PythonFile, python_file, unqualified};
use crate::stack::python::{GilRole, WaitKind};
use crate::stack::{Frame, Process, PythonFrame, Thread};

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

/// Functions of the standard library around a wait, and what it is for.
const PURPOSES: &[(&str, &str, WaitFor)] = &[
    ("queue.py", "get", WaitFor::Queue),
    ("queue.py", "put", WaitFor::Queue),
    ("queue.py", "join", WaitFor::Queue),
    ("Queue.py", "get", WaitFor::Queue),
    ("Queue.py", "put", WaitFor::Queue),
    ("multiprocessing/queues.py", "get", WaitFor::Queue),
    ("multiprocessing/queues.py", "put", WaitFor::Queue),
    ("multiprocessing/pool.py", "get", WaitFor::Result),
    ("multiprocessing/pool.py", "wait", WaitFor::Result),
    ("multiprocessing/pool.py", "next", WaitFor::Result),
    ("concurrent/futures/_base.py", "result", WaitFor::Result),
    ("concurrent/futures/_base.py", "exception", WaitFor::Result),
    ("concurrent/futures/_base.py", "wait", WaitFor::Result),
    ("asyncio/base_events.py", "_run_once", WaitFor::Events),
    ("subprocess.py", "wait", WaitFor::Child),
    ("subprocess.py", "_wait", WaitFor::Child),
    ("multiprocessing/process.py", "join", WaitFor::Child),
];

/// Functions of the C library that wait for a mutex.
const MUTEX: [&str; 4] = [
    "pthread_mutex_lock",
    "__pthread_mutex_lock",
    "___pthread_mutex_lock",
    "__lll_lock_wait",
];

/// What is known beside a thread's frames.
pub(super) struct Scene<'a> {
    core: &'a Core,
    /// The system calls of threads, `None` for those that are in none.
    threads: HashMap<u64, Option<SystemCall>>,
    /// Who has the lock of an interpreter, by its number.
    gils: HashMap<Option<i64>, u64>,
    /// What threads in system calls wait at, in words.
    outside: &'a HashMap<u64, String>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        core: &'a Core,
        process: &Process,
        outside: &'a HashMap<u64, String>,
    ) -> Self {
        let interpreters = process
            .python
            .iter()
            .flat_map(|python| &python.interpreters);
        let holder = |gil: &crate::stack::python::Gil| gil.holder;
        let gils =
            interpreters.filter_map(|each| Some((each.id, each.gil.as_ref().and_then(holder)?)));
        Self {
            core,
            threads: core
                .threads()
                .iter()
                .map(|thread| (thread.tid.into(), thread.system_call))
                .collect(),
            gils: gils.collect(),
            outside,
        }
    }

    /// What a thread waits for; `None` for one that does not.
    pub(super) fn waiting(&self, thread: &Thread) -> Option<Waiting> {
        let call = thread.tid.and_then(|tid| *self.threads.get(&tid)?);
        let blocks = call.and_then(|call| blocks(call, thread));
        if blocks.is_none() && !waits(thread) {
            return None;
        }
        let mut waiting = self.for_gil(thread).or_else(|| of_python(thread));
        if waiting
            .as_ref()
            .is_none_or(|waiting| waiting.what == WaitFor::Events)
        {
            waiting = waiting.or_else(|| Some(self.in_system_call(thread, blocks?)));
        }
        let mut waiting = waiting.unwrap_or_else(|| plain(WaitFor::Unknown));
        // Which file or child it is, whatever Python code wants of it.
        if waiting.name.is_none() {
            let outside = thread.tid.and_then(|tid| self.outside.get(&tid));
            waiting.name = outside.cloned();
        }
        Some(waiting)
    }

    fn for_gil(&self, thread: &Thread) -> Option<Waiting> {
        let python = thread.python.as_ref()?;
        let waits = python.gil == Some(GilRole::Waits);
        waits.then(|| Waiting {
            held_by: self
                .gils
                .get(&python.interpreter)
                .copied()
                .filter(|&tid| thread.tid != Some(tid)),
            ..plain(WaitFor::Gil)
        })
    }

    fn in_system_call(&self, thread: &Thread, blocks: Blocks) -> Waiting {
        let outside = thread.tid.and_then(|tid| self.outside.get(&tid));
        let named = |word| outside.is_some_and(|name| name.contains(word));
        let called = |prefix: &str| before_python(thread).any(|name| name.starts_with(prefix));
        plain(match blocks {
            Blocks::Futex(address) => return self.futex(thread, address),
            Blocks::Child(_) => WaitFor::Child,
            Blocks::Clock => WaitFor::Clock,
            Blocks::Signal => WaitFor::Signal,
            _ if called("time_sleep") || called("pysleep") || called("floatsleep") => {
                WaitFor::Clock
            }
            _ if named("socket") || called("sock_") || called("internal_recv") => WaitFor::Socket,
            _ if named("pipe") => WaitFor::Pipe,
            Blocks::Poll(..) | Blocks::Descriptors => WaitFor::Events,
            Blocks::Descriptor(_) => WaitFor::File,
        })
    }

    /// A wait for a word of memory to change. That of a mutex tells its owner.
    fn futex(&self, thread: &Thread, address: u64) -> Waiting {
        let waits_for = |what| Waiting {
            address: Some(address),
            ..plain(what)
        };
        let mut inner = before_python(thread);
        if inner.any(|name| name.contains("SimpleQueue_get") || name.starts_with("simplequeue_get"))
        {
            return plain(WaitFor::Queue);
        }
        let is_mutex = |name: &str| MUTEX.iter().any(|prefix| name.starts_with(prefix));
        if before_python(thread).any(|name| name.starts_with("PyThread_acquire_lock")) {
            return waits_for(WaitFor::Lock);
        }
        if !before_python(thread).any(is_mutex) {
            return waits_for(WaitFor::Futex);
        }
        Waiting {
            held_by: self.owner(address).filter(|&tid| thread.tid != Some(tid)),
            ..waits_for(WaitFor::Mutex)
        }
    }

    /// The thread that has a mutex: `__owner` of glibc's `struct __pthread_mutex_s` stands 8 bytes behind the word that is
    /// waited for (`sysdeps/x86/nptl/bits/struct_mutex.h` of 2.36).
    fn owner(&self, mutex: u64) -> Option<u64> {
        let bytes = self.core.memory.bytes(mutex.checked_add(8)?, 4)?;
        let tid = u64::from(u32::from_le_bytes(bytes.try_into().ok()?));
        self.threads.contains_key(&tid).then_some(tid)
    }
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

/// Native functions from the innermost on, up to Python code.
pub(super) fn before_python(thread: &Thread) -> impl Iterator<Item = &str> {
    let natives = thread.frames.iter().map_while(|frame| match frame {
        Frame::Native(native) if native.python.is_none() => Some(native),
        _ => None,
    });
    natives.filter_map(|native| native.function.as_deref())
}

/// What a thread waits for by its system call. One that was stopped before goes on in `restart_syscall`, which has the
/// arguments of the former, whose number the function that made it tells.
fn blocks(call: SystemCall, thread: &Thread) -> Option<Blocks> {
    if !call.is_restarted() {
        return call.blocks();
    }
    let made = before_python(thread).find_map(|name| {
        let of = |(part, _): &&(&str, u64)| name.contains(part);
        RESTARTED.iter().find(of).map(|(_, number)| *number)
    });
    SystemCall {
        number: made?,
        ..call
    }
    .blocks()
}

/// Functions of the C library whose system calls are restarted, and the numbers of those on x86-64.
const RESTARTED: [(&str, u64); 4] = [
    ("nanosleep", 230),
    ("poll", 7),
    ("futex", 202),
    ("sem_", 202),
];

/// What Python code waits for: by the lock in memory, or by what the standard library wants of it.
fn of_python(thread: &Thread) -> Option<Waiting> {
    let wait = thread
        .python
        .as_ref()
        .and_then(|python| python.waits_for.as_ref());
    let told = wait.map(|wait| Waiting {
        what: match wait.kind {
            WaitKind::Lock | WaitKind::ReentrantLock => WaitFor::Lock,
            WaitKind::Condition => WaitFor::Condition,
            WaitKind::ImportLock => WaitFor::Import,
            WaitKind::Thread => WaitFor::Thread,
        },
        name: wait.name.clone(),
        address: wait.address,
        held_by: wait.holder_tid,
    });
    let general = told.as_ref().is_none_or(|told| {
        matches!(told.what, WaitFor::Lock | WaitFor::Condition) && told.held_by.is_none()
    });
    let purpose = purpose(thread).filter(|_| general);
    match (purpose, told) {
        (Some(what), told) => Some(Waiting {
            what,
            ..told.unwrap_or_else(|| plain(what))
        }),
        (None, told) => told,
    }
}

/// What the standard library's functions that Python code called want: the outermost of them that tells.
fn purpose(thread: &Thread) -> Option<WaitFor> {
    let frames = thread.frames.iter().filter_map(python_of);
    let library =
        frames.map_while(
            |frame| match python_file(frame.file.as_deref().unwrap_or_default()) {
                PythonFile::Standard(file) => Some((file, unqualified(frame.function.as_deref()?))),
                PythonFile::Other => None,
            },
        );
    let told = library.filter_map(|(file, function)| {
        let of =
            |(in_file, name, _): &&(&str, &str, WaitFor)| *in_file == file && *name == function;
        PURPOSES.iter().find(of).map(|(_, _, what)| *what)
    });
    told.last()
}

fn python_of(frame: &Frame) -> Option<&PythonFrame> {
    match frame {
        Frame::Python(python) => Some(python),
        Frame::Native(native) => native.python.as_ref(),
        _ => None,
    }
}
