//! The folder in which systemd-coredump keeps core files.
//!
//! In: a folder. Out: its cores, oldest first, with what their names and extended attributes say. A file's attributes
//! win over its name; a file that was copied without them is known by its name alone. Nothing is unpacked but the first
//! kilobytes of a file that says how long it is.

mod attributes;
mod extent;
mod journal;
mod matching;
mod name;

use std::fs::{self, DirEntry, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use super::container::{self, Compression};
use crate::evidence::Problem;
pub use journal::Journal;
pub use matching::{Match, matching, newest};

/// Where systemd-coredump keeps cores unless it was built to do otherwise.
pub const DEFAULT_DIR: &str = "/var/lib/systemd/coredump";

/// One core file and what is known of the process it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCore {
    /// The file.
    pub path: PathBuf,
    /// The kernel's name of the process (COMM), at most 15 bytes.
    pub name: String,
    /// Path of the executable; only the attributes have it.
    pub executable: Option<String>,
    /// Process number.
    pub pid: u32,
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: Option<u32>,
    /// The signal that ended the process.
    pub signal: Option<u32>,
    /// Time of the crash in microseconds since 1970-01-01 UTC; the kernel gives whole seconds.
    pub time: i64,
    /// The boot in which it happened, 32 hexadecimal digits.
    pub boot_id: Option<String>,
    /// The host.
    pub hostname: Option<String>,
    /// Length of the file, as it is on the disk.
    pub size: u64,
    /// Whether it can be read.
    pub presence: Presence,
    /// Whether the core is shorter than its headers say; `None` where only unpacking it would tell.
    pub truncated: Option<bool>,
    /// How it is packed.
    pub compression: Compression,
}

/// Whether a core can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// It can.
    Present,
    /// It belongs to somebody else, or reading fails.
    Inaccessible,
    /// It has no bytes.
    Empty,
}

/// What a folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Cores, oldest first.
    pub cores: Vec<StoredCore>,
    /// What was left out, and why.
    pub problems: Vec<Problem>,
}

impl Listing {
    fn problem(&mut self, what: String) {
        self.problems.push(Problem { line: None, what });
    }
}

/// Why no core was found.
#[derive(Debug, Error)]
pub enum StorageError {
    /// The folder cannot be listed.
    #[error("the folder of cores {} cannot be read", dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No core is of what was asked for.
    #[error("no core in {} is of {wanted}", dir.display())]
    NoMatch {
        /// The folder.
        dir: PathBuf,
        /// What was asked for, in words.
        wanted: Match,
        /// What else is known: files that are gone, cores without a recorded executable.
        problems: Vec<Problem>,
    },
    /// The newest core cannot be read.
    #[error("the newest core of {wanted}, {}, {why}", path.display())]
    Unreadable {
        /// What was asked for, in words.
        wanted: Match,
        /// The file.
        path: PathBuf,
        /// `is empty`, or `cannot be read`.
        why: &'static str,
    },
    /// Which cores are of a unit stands in the journal alone, and that does not answer.
    #[error("{} cannot say which cores are of {unit}: {why}", program.display())]
    Journal {
        /// The program that was asked.
        program: PathBuf,
        /// The unit.
        unit: String,
        /// What went wrong.
        why: String,
    },
}

/// Lists a folder.
///
/// # Errors
///
/// When the folder cannot be listed. What is wrong with one file is a problem or its state.
pub fn list(dir: &Path) -> Result<Listing, StorageError> {
    let failed = |source| StorageError::Folder {
        dir: dir.to_owned(),
        source,
    };
    let mut listing = Listing::default();
    let mut foreign = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let file_name = entry.file_name().to_string_lossy().into_owned();
        // A core that is being written has such a name until it is complete.
        if file_name.starts_with('.') {
            continue;
        }
        match stored(&entry, &file_name, &mut listing) {
            Some(core) => listing.cores.push(core),
            None => foreign.push(file_name),
        }
    }
    listing
        .cores
        .sort_by(|a, b| (a.time, &a.path).cmp(&(b.time, &b.path)));
    if let Some(example) = foreign.iter().min() {
        let count = foreign.len();
        listing.problem(format!(
            "not named as systemd-coredump names cores: {count} in {}, such as {example}",
            dir.display()
        ));
    }
    Ok(listing)
}

/// What a file of the folder is; nothing if it is no core.
fn stored(entry: &DirEntry, file_name: &str, listing: &mut Listing) -> Option<StoredCore> {
    let path = entry.path();
    let metadata = fs::metadata(&path).ok()?;
    if !metadata.is_file() {
        return None;
    }
    let mut core = attributes::merge(name::parse(file_name), &path)?;
    core.size = metadata.len();
    if core.size == 0 {
        core.presence = Presence::Empty;
        return Some(core);
    }
    match content(&path, core.size) {
        Ok((compression, truncated)) => {
            core.compression = compression;
            core.truncated = truncated;
        }
        Err(error) => {
            core.presence = Presence::Inaccessible;
            listing.problem(format!("{} cannot be read: {error}", path.display()));
        }
    }
    Some(core)
}

fn content(path: &Path, size: u64) -> io::Result<(Compression, Option<bool>)> {
    let (file, compression): (File, _) = container::sniffed(path)?;
    Ok((compression, extent::truncated(file, compression, size)?))
}
