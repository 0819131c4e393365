//! A process that runs: its memory, the registers of its threads and its module map, as of one moment, without changing
//! it.
//!
//! In: a process number. Out: the same [`Core`] that a core file gives, whose memory is that of the process. What is
//! looked at is not known before it was looked at, and a process must not stand still for as long as that takes. So it
//! is looked at twice: once while it runs, with the registers that the kernel tells of threads that wait, which tells the
//! pages, then stopped for as long as reading all of these at once takes ([`Live::freeze`]), and what is looked at then is
//! of one moment. Pages that are asked for only then are read from
//! the process as it runs on, and counted.
//!
//! Threads are stopped by `PTRACE_SEIZE` and `PTRACE_INTERRUPT`, which send no signal (ptrace(2)). The kernel lets them
//! run on when they are given up, and also when this process dies in between.
//!
//! A process that must not stand still at all is read as it runs ([`Live::open_running`]); then threads that ran meanwhile
//! are told ([`Live::is_torn`]). While a process stands still its memory can be saved as a core
//! ([`Live::save_core_at`]).
//!
//! What threads do over several looks is for [`diagnosis`](crate::diagnosis) to say.

mod descriptors;
mod error;
mod files;
mod frozen;
mod pages;
mod program;
mod registers;
mod running;
mod save;
mod stop;
mod tasks;
mod thread_control;

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use error::{LiveError, Refusal};
pub(super) use pages::Pages;
use program::Program;
use running::Running;
use save::{CoreFile, Still};
pub use save::{SaveError, Saved};
use stop::Stopped;

use super::core::{Blocks, Core, Memory};
use super::{Problem, Task};

/// How much of a stack is read in any case: frames near the innermost are those that change.
const STACK: u64 = 64 << 10;

/// A process that runs.
#[derive(Debug)]
pub struct Live {
    pid: u32,
    /// What it runs.
    program: Program,
    core: Core,
    stops: RefCell<Stops>,
    /// The core that each moment is written to, if one is wanted.
    save: RefCell<Option<CoreFile>>,
    /// Whether moments are written to it already.
    saves: Cell<bool>,
    /// What takes the place of stopping it, if it must not be stopped.
    running: Option<RefCell<Running>>,
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
    /// Opens a process. Its threads are those that the kernel tells of as it runs, which is enough for a first look.
    ///
    /// # Errors
    ///
    /// [`LiveError`], which says what stands between.
    pub fn open(pid: u32) -> Result<Self, LiveError> {
        let live = Self::unseen(pid)?;
        Running::default().look(pid, &live.core, |_| {})?;
        if live.core.threads().is_empty() {
            // It has ended, or the kernel tells nothing.
            live.stop(|_, _| Ok(()))?;
        }
        Ok(live)
    }

    /// Opens a process that is never stopped, now or by [`freeze`](Self::freeze). Of a thread that waits in the kernel two
    /// registers are known, of one that runs none, and what is read may be of several moments.
    ///
    /// # Errors
    ///
    /// [`LiveError`], which says what stands between.
    pub fn open_running(pid: u32) -> Result<Self, LiveError> {
        let mut live = Self::unseen(pid)?;
        live.running = Some(RefCell::default());
        live.freeze()?;
        Ok(live)
    }

    /// What is known of a process before its threads are looked at.
    fn unseen(pid: u32) -> Result<Self, LiveError> {
        if pid == std::process::id() {
            return Err(LiveError::Itself { pid });
        }
        let machine = files::machine(pid)?;
        let program = Program::of(pid).ok_or_else(|| error::gone(pid))?;
        let memory = File::open(format!("/proc/{pid}/mem"));
        let memory = memory.map_err(|error| error::refused(pid, &error))?;
        let maps = files::maps(pid)?;
        let memory = Memory::of_process(Pages::new(pid, memory), maps.segments);
        let (info, auxv) = (files::info(pid), files::auxv(pid));
        Ok(Self {
            pid,
            program,
            core: Core::of_process(machine, info, maps.mappings, auxv, memory),
            stops: RefCell::default(),
            save: RefCell::default(),
            saves: Cell::new(false),
            running: None,
        })
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

    /// Wants a core of the moment that is looked at last. From [`saves_next`](Self::saves_next) on [`freeze`](Self::freeze)
    /// writes the process's memory to a file beside the path, for which it stands still longer (measured: 1 to 3 s for 1 GiB,
    /// 20 ms for a small Python), and what is looked at later is read from there. It gets its name by
    /// [`keep_core`](Self::keep_core), and is gone otherwise.
    ///
    /// # Errors
    ///
    /// [`SaveError`] when there is such a file, or none can be written there.
    pub fn save_core_at(&self, path: &Path) -> Result<(), SaveError> {
        *self.save.borrow_mut() = Some(CoreFile::at(path)?);
        Ok(())
    }

    /// Whether a core is wanted and none was written yet; from now on it is. Before, moments are only looked at.
    #[must_use]
    pub fn saves_next(&self) -> bool {
        let wanted = self.save.borrow().is_some();
        wanted && !self.saves.replace(true)
    }

    /// Gives the core of the last moment its name; `None` where none was wanted, or the process never stood still.
    ///
    /// # Errors
    ///
    /// [`SaveError`] when the disk is full, or something took the name in between.
    pub fn keep_core(&self) -> Result<Option<Saved>, SaveError> {
        let save = self.save.take();
        save.map_or(Ok(None), CoreFile::keep)
    }

    /// Stops the process, reads its registers and every page that was looked at so far, and lets it run on. From then on
    /// these pages are what they were.
    ///
    /// # Errors
    ///
    /// [`LiveError`] when it is gone, runs another program, may not be stopped any more, or the core that is wanted cannot
    /// be written.
    pub fn freeze(&self) -> Result<(), LiveError> {
        if self.running.is_some() {
            return self.look();
        }
        // Before it stands still, what need not be done then.
        self.read_maps()?;
        if let Some(pages) = self.core.memory.pages() {
            let stack = usize::try_from(STACK).unwrap_or(0);
            pages.make_room(self.core.threads().len() * stack);
        }
        self.stop(|live, stopped| {
            freeze_pages(&live.core);
            live.write_core(stopped)
        })
    }

    /// Whether a thread ran while its memory was read, so that it may be of more than one moment. Of a process that was
    /// stopped none is.
    #[must_use]
    pub fn is_torn(&self, tid: u32) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.borrow().is_torn(tid))
    }

    /// Reads what [`freeze`](Self::freeze) reads, as the process runs.
    fn look(&self) -> Result<(), LiveError> {
        self.program.still_runs(self.pid)?;
        self.read_maps()?;
        if let Some(running) = &self.running {
            let mut running = running.borrow_mut();
            running.look(self.pid, &self.core, freeze_pages)?;
        }
        let what = "the process was not stopped: it ran on while it was read";
        self.stops.borrow_mut().problems = vec![Problem::of(what)];
        self.some_threads()
    }

    /// Reads the map anew: a process maps memory as it likes. Its programs and libraries are those that it had at first.
    fn read_maps(&self) -> Result<(), LiveError> {
        self.core.memory.remap(files::maps(self.pid)?.segments);
        Ok(())
    }

    /// Whether any thread was seen; gives those that were their names.
    fn some_threads(&self) -> Result<(), LiveError> {
        let mut threads = self.core.threads().to_vec();
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

    /// Writes the core, if one is wanted.
    fn write_core(&self, stopped: &Stopped) -> Result<(), LiveError> {
        let mut save = self.save.borrow_mut();
        let (Some(save), Some(pages)) = (save.as_mut(), self.core.memory.pages()) else {
            return Ok(());
        };
        if !self.saves.get() {
            return Ok(());
        }
        let saved = save.write(&Still {
            pid: self.pid,
            machine: self.core.machine,
            threads: stopped.still(),
            memory: pages.memory(),
            page: files::page_size(self.pid),
        })?;
        pages.saved(saved);
        Ok(())
    }

    /// Forgets what was looked at so far, so that the next [`freeze`](Self::freeze) reads what is looked at from now on:
    /// programs are searched through once, and the process need not stand still for that.
    pub fn forget_pages(&self) {
        if let Some(pages) = self.core.memory.pages() {
            pages.forget();
        }
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

    /// What the last stop, or the last look without one, could not read.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.stops.borrow().problems.clone()
    }

    /// Stops the process, reads its registers, and lets it run on whatever comes of what is done meanwhile.
    fn stop(
        &self,
        meanwhile: impl FnOnce(&Self, &Stopped) -> Result<(), LiveError>,
    ) -> Result<(), LiveError> {
        let began = Instant::now();
        let stopped = Stopped::all(self.pid)?;
        self.core.set_threads(stopped.threads());
        let done = meanwhile(self, &stopped);
        let missed = stopped.let_run();
        let mut stops = self.stops.borrow_mut();
        stops.pauses.push(began.elapsed());
        // Those of an earlier stop are of no interest any more.
        stops.problems = missed.map(Problem::of).collect();
        self.program.still_runs(self.pid)?;
        self.some_threads().and(done)
    }
}

/// Reads the pages that were looked at, and the stacks.
fn freeze_pages(core: &Core) {
    let threads = core.threads();
    let stacks = threads.iter().filter_map(|thread| {
        let sp = thread.registers.sp()?;
        let end = core.memory.segment_at(sp)?.end();
        Some(sp..end.min(sp.saturating_add(STACK)))
    });
    if let Some(pages) = core.memory.pages() {
        pages.freeze(stacks);
    }
}
