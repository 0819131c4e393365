//! The moment that is looked at as an ELF core, for a bug report.
//!
//! In: a process that stands still. Out: a core as the kernel writes one (core(5)): `coredump_filter` and
//! `MADV_DONTDUMP` are heeded, files that were mapped and not changed leave no bytes, and pages of zeros are holes. It has
//! no signal, as the process did not die. General and floating-point registers of each thread are there; wider vector
//! registers (`NT_X86_XSTATE`) are not.
//!
//! The file is complete or not there: it is written under another name beside its place, for its owner alone, and gets its
//! name when all of it is on the disk. Killed in between, this process leaves the other file (`FILE.*.part`).

mod choice;
mod headers;
mod memory;
mod notes;
mod regions;

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use choice::{Amount, Filter};
use headers::Plan;
use memory::{Copier, CopyError};
use nix::unistd::Pid;
use notes::Notes;
use regions::Region;
use tempfile::NamedTempFile;
use thiserror::Error;

use super::LiveError;
use super::error::{gone, refused};
use crate::evidence::core::{Machine, Memory};

/// Why a core is not saved.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveError {
    /// Something has that name already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A core that was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Bytes of the file, with its holes.
    pub len: u64,
    /// Pages that could not be read, and are zeros in it.
    pub unreadable: u64,
}

/// A core that is being made.
#[derive(Debug)]
pub(super) struct CoreFile {
    path: PathBuf,
    file: NamedTempFile,
    /// What was written by now.
    written: Option<Saved>,
}

/// What stands still.
#[derive(Debug)]
pub(super) struct Still<'p> {
    pub(super) pid: u32,
    pub(super) machine: Machine,
    /// The main one first.
    pub(super) threads: Vec<Pid>,
    /// `/proc/PID/mem`.
    pub(super) memory: &'p File,
    /// Bytes of a page.
    pub(super) page: u64,
}

impl CoreFile {
    /// Makes a file beside the place of the core, so that what is wrong with that is known before a process is stopped.
    pub(super) fn at(path: &Path) -> Result<Self, SaveError> {
        if path.symlink_metadata().is_ok() {
            let path = path.to_owned();
            return Err(SaveError::Exists { path });
        }
        let failed = |source| SaveError::Write {
            path: path.to_owned(),
            source,
        };
        let name = path
            .file_name()
            .ok_or_else(|| failed(io::ErrorKind::InvalidFilename.into()))?;
        let mut prefix = name.to_owned();
        prefix.push(".");
        // The default mode is 0600.
        let file = tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(".part")
            .tempfile_in(folder_of(path))
            .map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            written: None,
        })
    }

    /// Writes the core, in place of what an earlier moment left; gives the memory in it.
    pub(super) fn write(&mut self, still: &Still<'_>) -> Result<Memory, LiveError> {
        let regions = regions::regions(still.pid).map_err(|error| refused(still.pid, &error))?;
        let notes = Notes::of(still.pid, &still.threads, &regions, still.page);
        let filter = Filter::of(still.pid);
        let parts: Vec<_> = regions
            .into_iter()
            .map(|region| {
                let size = still.size(&region, filter);
                (region, size)
            })
            .collect();
        let plan = Plan::of(still.machine, &parts, &notes, still.page);
        self.copy(still, &parts, &plan)
            .map_err(|error| match error {
                CopyError::Gone => gone(still.pid),
                CopyError::Write(source) => self.failed(source).into(),
            })?;
        let file = self.file.as_file().try_clone();
        let file = file.map_err(|error| self.failed(error))?;
        Ok(Memory::new(file, plan.len, plan.loads, &mut Vec::new()))
    }

    fn copy(
        &mut self,
        still: &Still<'_>,
        parts: &[(Region, u64)],
        plan: &Plan,
    ) -> Result<(), CopyError> {
        let file = self.file.as_file_mut();
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&plan.head)?;
        let page = usize::try_from(still.page).unwrap_or(4096);
        let mut copier = Copier::new(still.pid, still.memory, page);
        for (region, size) in parts {
            let range = region.start..region.start + size;
            copier.copy(range, !region.has_file(), file)?;
        }
        file.set_len(plan.len)?;
        self.written = Some(Saved {
            len: plan.len,
            unreadable: copier.unreadable,
        });
        Ok(())
    }

    /// Gives the core its name, once it is on the disk; `None` where nothing was written.
    pub(super) fn keep(self) -> Result<Option<Saved>, SaveError> {
        if self.written.is_none() {
            return Ok(None);
        }
        let synced = self.file.as_file().sync_all();
        synced.map_err(|error| self.failed(error))?;
        let Self {
            path,
            file,
            written,
        } = self;
        if let Err(error) = file.persist_noclobber(&path) {
            return Err(match error.error.kind() {
                io::ErrorKind::AlreadyExists => SaveError::Exists { path },
                _ => SaveError::Write {
                    path,
                    source: error.error,
                },
            });
        }
        // The name, too. Some file systems cannot do that for a folder, and keep it all the same.
        let _synced = File::open(folder_of(&path)).and_then(|folder| folder.sync_all());
        Ok(written)
    }

    fn failed(&self, source: io::Error) -> SaveError {
        SaveError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

impl Still<'_> {
    /// How many bytes of a region are written.
    fn size(&self, region: &Region, filter: Filter) -> u64 {
        let mut magic = [0; 4];
        match filter.amount(region) {
            Amount::Whole => region.end - region.start,
            Amount::ElfHeader => match self.memory.read_exact_at(&mut magic, region.start) {
                Ok(()) if magic == object::elf::ELFMAG => self.page.min(region.end - region.start),
                _ => 0,
            },
            Amount::Nothing => 0,
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
