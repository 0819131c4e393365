//! A process that runs: its memory, the registers of its threads and its module map, as of one moment, without changing
//! it.
//!
//! In: a process number. Out: the same [`Core`] that a core file gives, whose memory is that of the process. What is
//! looked at is not known before it was looked at, and a process must not stand still for as long as that takes. So it
//! is looked at twice: once while it runs, which tells the pages, then stopped for as long as reading all of these at once
//! takes ([`Live::freeze`]), and what is looked at then is of one moment. Pages that are asked for only then are read from
//! the process as it runs on, and counted.
//!
//! Threads are stopped by `PTRACE_SEIZE` and `PTRACE_INTERRUPT`, which send no signal (ptrace(2)). The kernel lets them
//! run on when they are given up, and also when this process dies in between.
//!
//! What threads do over several looks is for [`diagnosis`](crate::diagnosis) to say.

mod descriptors;
mod error;
mod files;
mod pages;
mod registers;
mod stop;
mod tasks;

use std::cell::RefCell;
use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use error::{LiveError, Refusal};
pub(super) use pages::Pages;
use stop::Stopped;

use super::core::{Blocks, Core, Memory};
use super::{Problem, Task};

/// How much of a stack is read in any case: frames near the innermost are those that change.
const STACK: u64 = 64 << 10;

/// A process that runs.
#[derive(Debug)]
pub struct Live {
    pid: u32,
    core: Core,
    stops: RefCell<Stops>,
}

/// What the stops of a process came to.
#[derive(Debug, Default)]
struct Stops {
    /// How long the process stood still, of each time.
    pauses: Vec<Duration>,
    /// What was missed at the last.
    problems: Vec<Problem>,
}

impl Live {
    /// Opens a process, and stops it for a moment for the registers of its threads.
    ///
    /// # Errors
    ///
    /// [`LiveError`], which says what stands between.
    pub fn open(pid: u32) -> Result<Self, LiveError> {
        let machine = files::machine(pid)?;
        let memory = File::open(format!("/proc/{pid}/mem"));
        let memory = memory.map_err(|error| error::refused(pid, &error))?;
        let maps = files::maps(pid)?;
        let memory = Memory::of_process(Pages::new(memory), maps.segments);
        let (info, auxv) = (files::info(pid), files::auxv(pid));
        let live = Self {
            pid,
            core: Core::of_process(machine, info, maps.mappings, auxv, memory),
            stops: RefCell::default(),
        };
        live.stop(|_| {})?;
        Ok(live)
    }

    /// What is known of it.
    #[must_use]
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// Where its files are, if they are not where this process's are: the root of its container.
    #[must_use]
    pub fn root(&self) -> Option<PathBuf> {
        files::other_root(self.pid)
    }

    /// Stops the process, reads its registers and every page that was looked at so far, and lets it run on. From then on
    /// these pages are what they were.
    ///
    /// # Errors
    ///
    /// [`LiveError`] when it is gone, or may not be stopped any more.
    pub fn freeze(&self) -> Result<(), LiveError> {
        self.stop(|core| {
            let threads = core.threads();
            let stacks = threads.iter().filter_map(|thread| {
                let sp = thread.registers.sp()?;
                let end = core.memory.segment_at(sp)?.end();
                Some(sp..end.min(sp.saturating_add(STACK)))
            });
            if let Some(pages) = core.memory.pages() {
                pages.freeze(stacks);
            }
        })
    }

    /// How many pages were read from the process as it ran on since it was frozen.
    #[must_use]
    pub fn late_pages(&self) -> usize {
        self.core.memory.pages().map_or(0, Pages::late)
    }

    /// Its threads as the scheduler has them now, by number; while they run, since one that is stopped waits for that alone.
    #[must_use]
    pub fn tasks(&self) -> Vec<Task> {
        tasks::tasks(self.pid)
    }

    /// What outside of its memory a thread in a system call waits at, in words: `socket 127.0.0.1:42 to 127.0.0.1:80`.
    #[must_use]
    pub fn waits_at(&self, blocks: Blocks) -> Option<String> {
        descriptors::waits_at(self.pid, &self.core, blocks)
    }

    /// How long the process stood still, of each time that it was stopped.
    #[must_use]
    pub fn pauses(&self) -> Vec<Duration> {
        self.stops.borrow().pauses.clone()
    }

    /// What the last stop could not read.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.stops.borrow().problems.clone()
    }

    fn stop(&self, while_stopped: impl FnOnce(&Core)) -> Result<(), LiveError> {
        let began = Instant::now();
        let stopped = Stopped::all(self.pid)?;
        let mut threads = stopped.threads();
        self.core.set_threads(threads.clone());
        while_stopped(&self.core);
        let missed = stopped.let_run();
        let mut stops = self.stops.borrow_mut();
        stops.pauses.push(began.elapsed());
        // Those of an earlier stop are of no interest any more.
        stops.problems = missed.map(Problem::of).collect();
        for thread in &mut threads {
            thread.name = tasks::name(self.pid, thread.tid);
        }
        let ended = threads.is_empty();
        self.core.set_threads(threads);
        if ended {
            return Err(error::gone(self.pid));
        }
        Ok(())
    }
}
