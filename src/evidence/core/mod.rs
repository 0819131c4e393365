//! Core files: memory, registers and the module map of a process that died, and what the kernel says of its death.
//!
//! In: an ELF64 core of x86-64 or aarch64 as the kernel, gcore or systemd-coredump writes it, plain or compressed. Out:
//! a [`Core`] whose memory is read on demand; nothing of it is kept. Every figure in a core may lie: sizes are checked
//! against the file, counts are capped, and what is missing is named in [`Core::problems`].

mod auxv;
pub mod container;
mod elf;
mod mappings;
mod memory;
mod notes;
mod process;
mod registers;
pub mod storage;
mod system_call;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

pub use auxv::Auxv;
pub use container::{ContainerError, Limits, Opened, open};
pub use elf::Machine;
pub use mappings::FileMapping;
pub use memory::{CachedMemory, Memory, Segment};
pub use process::{ProcessInfo, Sender, SignalInfo};
pub use registers::Registers;
pub use system_call::{Blocks, SystemCall};
use thiserror::Error;

use super::{Facts, Problem, Signal};

/// What a core file holds, or a process that runs ([`live`](super::live)).
#[derive(Debug)]
pub struct Core {
    /// The processor.
    pub machine: Machine,
    /// Those of a process that runs are others at each stop, while all else stays.
    threads: RefCell<Arc<[CoreThread]>>,
    /// Name, command line and owner of the process (`NT_PRPSINFO`).
    pub info: Option<ProcessInfo>,
    /// How the process died (`NT_SIGINFO`, else the first `NT_PRSTATUS`).
    pub signal: Option<SignalInfo>,
    /// Files that were mapped, by address (`NT_FILE`).
    pub mappings: Vec<FileMapping>,
    /// What the kernel told the process at its start (`NT_AUXV`).
    pub auxv: Auxv,
    /// When the file was last written to, in its packed form.
    pub written: Option<SystemTime>,
    /// The dumped memory.
    pub memory: Memory,
    /// What is missing or damaged.
    pub problems: Vec<Problem>,
}

/// One thread.
#[derive(Debug, Clone, PartialEq)]
pub struct CoreThread {
    /// The system's thread number.
    pub tid: u32,
    /// Registers at the time of death.
    pub registers: Registers,
    /// The thread pointer, which glibc and musl use as `pthread_t`.
    pub pthread: Option<u64>,
    /// The name that the kernel has for it; a core has that of the process alone.
    pub name: Option<String>,
    /// The system call that it is in.
    pub system_call: Option<SystemCall>,
}

#[cfg(target_os = "linux")]
impl Core {
    /// A process that runs, whose threads are not known yet.
    pub(super) fn of_process(
        machine: Machine,
        info: Option<ProcessInfo>,
        mappings: Vec<FileMapping>,
        auxv: Auxv,
        memory: Memory,
    ) -> Self {
        Self {
            machine,
            threads: RefCell::new(Arc::new([])),
            info,
            signal: None,
            mappings,
            auxv,
            written: Some(SystemTime::now()),
            memory,
            problems: Vec::new(),
        }
    }

    /// Takes the threads of another moment.
    pub(super) fn set_threads(&self, threads: Vec<CoreThread>) {
        *self.threads.borrow_mut() = threads.into();
    }
}

impl CoreThread {
    /// A thread by its registers in the kernel's order.
    pub(super) fn of_words(tid: u32, machine: Machine, words: &[u64]) -> Option<Self> {
        let (registers, pthread) = registers::of_words(machine, words)?;
        Some(Self {
            tid,
            registers,
            pthread,
            name: None,
            system_call: SystemCall::of_words(machine, words),
        })
    }
}

/// Why a file cannot be read as a core.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CoreError {
    /// It cannot be opened or unpacked.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Io {
        /// The core.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{} is {what}, not a core file", path.display())]
    NotACore {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// A core that other tools read.
    #[error("{} is {what}, which is not read here", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: String,
        /// What would read it.
        reader: &'static str,
    },
    /// A core of which nothing is left to read.
    #[error("{} holds no thread: {why}", path.display())]
    Empty {
        /// The core.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Problems of a core that are listed; one of 2^20 damaged notes has as many.
const MOST_PROBLEMS: usize = 64;

/// Adds a problem that was not met before.
fn note(problems: &mut Vec<Problem>, what: impl Into<String>) {
    let problem = Problem::of(what);
    if problems.len() < MOST_PROBLEMS && !problems.contains(&problem) {
        problems.push(problem);
    }
}

impl Core {
    /// Opens a core, unpacking it into the folder of the limits if it is compressed.
    ///
    /// # Errors
    ///
    /// [`CoreError`] when not even one thread's registers can be read.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, CoreError> {
        Self::read(path, container::open(path, limits)?)
    }

    /// Reads a core that has been opened; `path` is for messages, and tells when it was written.
    ///
    /// # Errors
    ///
    /// [`CoreError`] when not even one thread's registers can be read.
    pub fn read(path: &Path, opened: Opened) -> Result<Self, CoreError> {
        let Opened { file, len, .. } = opened;
        let mut problems: Vec<_> = opened.problem.into_iter().map(Problem::of).collect();
        let headers = elf::read(path, &file, len, &mut problems)?;
        let mut notes = notes::Notes::new(headers.machine);
        for segment in &headers.notes {
            notes.read(&file, len, segment, &mut problems);
        }
        if notes.threads.is_empty() {
            let why = problems.first().map_or_else(
                || "it has no NT_PRSTATUS note".to_owned(),
                |problem| problem.what.clone(),
            );
            let path = path.to_owned();
            return Err(CoreError::Empty { path, why });
        }
        let signal = notes.signal.or(notes.first_signal);
        Ok(Self {
            machine: headers.machine,
            threads: RefCell::new(notes.threads.into()),
            info: notes.info,
            signal,
            mappings: notes.mappings,
            auxv: notes.auxv,
            written: path
                .metadata()
                .and_then(|metadata| metadata.modified())
                .ok(),
            memory: Memory::new(file, len, headers.loads, &mut problems),
            problems,
        })
    }

    /// The threads in the order of the notes: the one that died stands first (`fs/binfmt_elf.c`, `fill_note_info`). Of a
    /// process that runs, those of the last stop by number.
    #[must_use]
    pub fn threads(&self) -> Arc<[CoreThread]> {
        Arc::clone(&self.threads.borrow())
    }

    /// The executable: what the kernel started (`AT_EXECFN` may be relative, so the mapped file goes first).
    #[must_use]
    pub fn executable(&self) -> Option<String> {
        let start = self.auxv.program_headers.or(self.auxv.entry);
        let mapped = start.and_then(|address| self.mapping_at(address));
        mapped.map(|mapping| mapping.path.clone()).or_else(|| {
            let address = self.auxv.executable_name?;
            self.memory.string(address, 4096)
        })
    }

    /// The mapped file at an address.
    #[must_use]
    pub fn mapping_at(&self, address: u64) -> Option<&FileMapping> {
        let next = self
            .mappings
            .partition_point(|mapping| mapping.start <= address);
        let mapping = self.mappings.get(next.checked_sub(1)?)?;
        (address < mapping.end).then_some(mapping)
    }

    /// What the core says of the process, in the terms that a pasted report has.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let info = self.info.as_ref();
        let died = self.signal.as_ref().filter(|signal| !signal.is_snapshot());
        Facts {
            signal: died.map(SignalInfo::fact),
            pid: info.map(|info| info.pid),
            command_line: info
                .map(|info| info.command_line.clone())
                .filter(|line| !line.is_empty()),
            executable: self.executable(),
            // gcore writes the threads of a process that runs on; a debugger's stop is no death.
            hang_words: match died {
                Some(_) => Vec::new(),
                None => vec!["snapshot of a running process".to_owned()],
            },
            ..Facts::default()
        }
    }
}

impl SignalInfo {
    fn fact(&self) -> Signal {
        Signal {
            code: Some(self.code),
            address: self.address,
            sender: self.sender,
            ..Signal::of_number(self.number)
        }
    }
}
