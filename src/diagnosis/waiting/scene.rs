//! What a thread waits for by what is known beside its Python frames: the GIL, its system call, the memory of a mutex.

use std::collections::HashMap;

use super::purpose::of_python;
use super::{WaitFor, Waiting, plain};
use crate::evidence::core::{Blocks, Core, SystemCall};
use crate::signature::waits;
use crate::stack::python::GilRole;
use crate::stack::{Frame, Process, Thread};

/// Functions of the C library that wait for a mutex.
const MUTEX: [&str; 4] = [
    "pthread_mutex_lock",
    "__pthread_mutex_lock",
    "___pthread_mutex_lock",
    "__lll_lock_wait",
];

/// What is known beside a thread's frames.
pub(in crate::diagnosis) struct Scene<'a> {
    core: &'a Core,
    /// The system calls of threads, `None` for those that are in none.
    threads: HashMap<u64, Option<SystemCall>>,
    /// Who has the lock of an interpreter, by its number.
    gils: HashMap<Option<i64>, u64>,
    /// What threads in system calls wait at, in words.
    outside: &'a HashMap<u64, String>,
}

impl<'a> Scene<'a> {
    pub(in crate::diagnosis) fn new(
        core: &'a Core,
        process: &Process,
        outside: &'a HashMap<u64, String>,
    ) -> Self {
        let interpreters = process
            .python
            .iter()
            .flat_map(|python| &python.interpreters);
        let gils = interpreters.filter_map(|each| Some((each.id, each.gil.as_ref()?.holder?)));
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
    pub(in crate::diagnosis) fn waiting(&self, thread: &Thread) -> Option<Waiting> {
        let call = thread.tid.and_then(|tid| *self.threads.get(&tid)?);
        let blocks = call.and_then(|call| blocks(call, thread));
        if blocks.is_none() && !waits(thread) {
            return None;
        }
        let told = self.for_gil(thread).or_else(|| of_python(thread));
        let told = told.or_else(|| Some(self.in_system_call(thread, blocks?)));
        let mut waiting = told.unwrap_or_else(|| plain(WaitFor::Unknown));
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

/// Native functions from the innermost on, up to Python code.
pub(in crate::diagnosis) fn before_python(thread: &Thread) -> impl Iterator<Item = &str> {
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
