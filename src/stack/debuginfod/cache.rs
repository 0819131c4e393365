//! The cache, in the layout of elfutils' own client so that both find what the other fetched.
//!
//! A file stands in `CACHE/BUILDID/debuginfo` or `CACHE/BUILDID/executable`. An empty file there says that no server had
//! it, as of when it was written. Files appear under these names by renaming only, so one that is not empty is whole.

use std::fs::{self, DirBuilder, File, FileTimes, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::NamedTempFile;

use super::check::check;
use super::control;
use super::error::Error;
use super::request::Wanted;

/// The folder.
#[derive(Debug)]
pub(super) struct Cache {
    root: PathBuf,
}

/// What the cache knows of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cached {
    /// It is here.
    File(PathBuf),
    /// No server had it, a short while ago.
    Missing,
    /// Nothing, or nothing of use.
    Unknown,
}

impl Cache {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn look_up(&self, wanted: &Wanted, now: SystemTime) -> Cached {
        let path = self.path(wanted);
        match fs::metadata(&path) {
            Ok(found) if found.is_file() && found.len() == 0 => {
                let window = control::MISS.read(&self.root);
                if age(found.modified(), now).is_some_and(|age| age < window) {
                    return Cached::Missing;
                }
                // Else the next miss would keep the old one's time. What cannot be removed is asked for each time.
                drop(fs::remove_file(&path));
                Cached::Unknown
            }
            Ok(found) if found.is_file() => open_checked(path, wanted, now),
            _ => Cached::Unknown,
        }
    }

    /// A file in the folder of the final one, which only this user reads.
    pub(super) fn temporary(&self, wanted: &Wanted) -> Result<NamedTempFile, Error> {
        let folder = self.folder(wanted)?;
        tempfile::Builder::new()
            .prefix(&format!("{}.", wanted.kind))
            .rand_bytes(6)
            .tempfile_in(&folder)
            .map_err(|source| failed("write to", &folder, source))
    }

    /// Gives a checked file its name.
    pub(super) fn keep(&self, file: NamedTempFile, wanted: &Wanted) -> Result<PathBuf, Error> {
        let path = self.path(wanted);
        let mut permissions = file
            .as_file()
            .metadata()
            .map_err(|source| failed("read", file.path(), source))?
            .permissions();
        permissions.set_readonly(true);
        file.as_file()
            .set_permissions(permissions)
            .map_err(|source| failed("protect", file.path(), source))?;
        match file.persist(&path) {
            Ok(_) => Ok(path),
            Err(error) => Err(failed("write", &path, error.error)),
        }
    }

    /// Notes that no server has a file. The next run asks again where that is not possible.
    pub(super) fn note_missing(&self, wanted: &Wanted) {
        if self.folder(wanted).is_ok() {
            let path = self.path(wanted);
            // Readable, unlike the ones of old clients: elfutils 0.188 removes what it cannot read.
            drop(OpenOptions::new().write(true).create_new(true).open(path));
        }
    }

    /// Removes the folder that a failed download left empty.
    pub(super) fn tidy(&self, wanted: &Wanted) {
        // Refused where it holds anything, which is as it should be.
        drop(fs::remove_dir(self.root.join(&wanted.hex)));
    }

    fn path(&self, wanted: &Wanted) -> PathBuf {
        self.root.join(&wanted.hex).join(wanted.kind.name())
    }

    fn folder(&self, wanted: &Wanted) -> Result<PathBuf, Error> {
        fs::create_dir_all(&self.root).map_err(|source| failed("make", &self.root, source))?;
        let folder = self.root.join(&wanted.hex);
        match private().create(&folder) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                Err(failed("make", &folder, source))
            }
            _ => Ok(folder),
        }
    }
}

/// A file that another client put there unchecked may be any server's error page.
fn open_checked(path: PathBuf, wanted: &Wanted, now: SystemTime) -> Cached {
    let Ok(file) = File::open(&path) else {
        return Cached::Unknown;
    };
    if check(&file, &wanted.build_id).is_err() {
        return Cached::Unknown;
    }
    // Cleaning goes by the time of access, which many file systems do not keep. Where it cannot be set, the file is
    // fetched anew some day.
    drop(file.set_times(FileTimes::new().set_accessed(now)));
    Cached::File(path)
}

/// How long ago a time was: nothing where the system keeps no such time or where it lies ahead.
pub(super) fn age(then: io::Result<SystemTime>, now: SystemTime) -> Option<Duration> {
    now.duration_since(then.ok()?).ok()
}

/// As elfutils makes its folders: what somebody debugs is nobody else's business.
fn private() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "modes are of unix"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Cache {
        doing,
        path: path.to_owned(),
        source,
    }
}
