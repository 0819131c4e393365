//! Indexes on disk: a folder for each upstream, that holds generations, one of them current.
//!
//! ```text
//! DIR/index.toml               which frames belong to which upstream, where the user says so
//! DIR/UPSTREAM/current         name of the current generation; replaced by one rename
//! DIR/UPSTREAM/lock            held while a generation is being written
//! DIR/UPSTREAM/generation-N/   never changes once it is current
//!     manifest.json            format, upstream, heads, counts
//!     history.bin              commit graph and references: read by updates only
//!     releases.bin             first release per series of each commit
//!     code.bin                 who calls whom, and where each function is defined
//!     tantivy/                 the search index
//!     SHA256SUMS               checksums of all these
//!     in-use                   readers hold a shared lock on it
//! ```
//!
//! A generation is written beside the current one under a name no reader looks for, synced, and then made current. A
//! process that is killed leaves the old generation current and a stray folder, which the next build removes.

mod fix_writer;
mod former;
mod generation;
mod manifest;
mod sums;
mod upstreams;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

pub(crate) use fix_writer::FixWriter;
pub use former::{Former, Recipe};
pub use generation::Generation;
pub(crate) use generation::{History, NewGeneration, tantivy_in_memory};
pub use manifest::{Counts, FORMAT, Manifest, Origin};
pub(crate) use sums::hex;
pub use upstreams::{CPYTHON, Upstreams};

use crate::IndexError;

/// The folder of one upstream's index; [`Upstreams::store`] names it.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
    upstream: String,
}

/// The right to write to a store; given up when dropped, and by the system when the process ends.
#[derive(Debug)]
pub(crate) struct WriteLock {
    _file: File,
}

const CURRENT: &str = "current";
const GENERATION: &str = "generation-";
const BUILDING: &str = "building-";

/// The number of a generation, by its name.
fn number(name: &str) -> Option<u64> {
    name.strip_prefix(GENERATION)?.parse().ok()
}

impl Store {
    /// The upstream.
    #[must_use]
    pub fn upstream(&self) -> &str {
        &self.upstream
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether a generation is current, readable or not.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.dir.join(CURRENT).exists()
    }

    /// Opens the current generation.
    ///
    /// # Errors
    ///
    /// [`IndexError::NoIndex`], [`IndexError::Format`], [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn current(&self) -> Result<Generation, IndexError> {
        let mut missing = None;
        // A writer may remove the generation between the two reads; then there is a newer one.
        for _ in 0..3 {
            let name = self.current_name()?;
            match Generation::open(&self.dir, &self.dir.join(&name)) {
                Err(IndexError::Io { path, source })
                    if source.kind() == std::io::ErrorKind::NotFound =>
                {
                    missing = Some(IndexError::damaged(&path)(source));
                }
                opened => return opened,
            }
        }
        Err(missing.unwrap_or_else(|| IndexError::NoIndex {
            dir: self.dir.clone(),
        }))
    }

    fn current_name(&self) -> Result<String, IndexError> {
        let path = self.dir.join(CURRENT);
        match fs::read_to_string(&path) {
            Ok(name) if number(&name).is_some() => Ok(name),
            Ok(_) => Err(IndexError::Damaged {
                path,
                source: "it names no generation".into(),
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(IndexError::NoIndex {
                    dir: self.dir.clone(),
                })
            }
            Err(error) => Err(IndexError::io(&path)(error)),
        }
    }

    /// Takes the right to write, and removes what killed writers left.
    pub(crate) fn lock(&self) -> Result<WriteLock, IndexError> {
        fs::create_dir_all(&self.dir).map_err(IndexError::io(&self.dir))?;
        let path = self.dir.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(IndexError::io(&path))?;
        match file.try_lock() {
            Ok(()) => {
                let current = self.current_name().ok();
                let is_left = |name: &str| current.as_deref() != Some(name) && self.is_idle(name);
                self.clear(|name| name.starts_with(BUILDING) || is_left(name));
                Ok(WriteLock { _file: file })
            }
            Err(TryLockError::WouldBlock) => Err(IndexError::Busy {
                dir: self.dir.clone(),
            }),
            Err(TryLockError::Error(error)) => Err(IndexError::io(&path)(error)),
        }
    }

    /// Begins a generation; nothing of it is seen before [`Store::publish`].
    pub(crate) fn begin(&self, _lock: &WriteLock) -> Result<NewGeneration, IndexError> {
        NewGeneration::create(self.dir.join(format!("{BUILDING}{}", self.next_number())))
    }

    /// Makes a complete generation the current one and removes those that no reader uses.
    pub(crate) fn publish(
        &self,
        _lock: &WriteLock,
        new: NewGeneration,
    ) -> Result<Generation, IndexError> {
        let built = new.finish()?;
        let name = format!("{GENERATION}{}", self.next_number());
        let dir = self.dir.join(&name);
        fs::rename(&built, &dir).map_err(IndexError::io(&built))?;
        let next = self.dir.join("current.new");
        generation::write_synced(&next, name.as_bytes())?;
        fs::rename(&next, self.dir.join(CURRENT)).map_err(IndexError::io(&next))?;
        generation::sync_dir(&self.dir)?;
        let opened = Generation::open(&self.dir, &dir)?;
        self.clear(|old| old != name && self.is_idle(old));
        Ok(opened)
    }

    /// Removes the index: it is gone at once; the room of a generation that another process reads is given back by the
    /// next build.
    ///
    /// # Errors
    ///
    /// [`IndexError::NoIndex`], [`IndexError::Busy`], [`IndexError::Io`].
    pub fn remove(&self) -> Result<(), IndexError> {
        if !self.exists() {
            return Err(IndexError::NoIndex {
                dir: self.dir.clone(),
            });
        }
        let _lock = self.lock()?;
        let current = self.dir.join(CURRENT);
        fs::remove_file(&current).map_err(IndexError::io(&current))?;
        generation::sync_dir(&self.dir)?;
        self.clear(|name| self.is_idle(name));
        Ok(())
    }

    /// Whether it is the name of a generation that no reader holds.
    fn is_idle(&self, name: &str) -> bool {
        name.starts_with(GENERATION) && !generation::is_used(&self.dir.join(name))
    }

    fn next_number(&self) -> u64 {
        let numbers = self.names().into_iter().filter_map(|name| number(&name));
        numbers.max().map_or(1, |number| number + 1)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    /// Removes folders by name. One that cannot be removed costs room, no more: the next writer tries again.
    fn clear(&self, unwanted: impl Fn(&str) -> bool) {
        for name in self.names().into_iter().filter(|name| unwanted(name)) {
            drop(fs::remove_dir_all(self.dir.join(name)));
        }
    }
}
