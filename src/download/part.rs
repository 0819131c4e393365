//! What is here of a file, and what it is of.
//!
//! `HASH.part` holds its first bytes, `HASH.json` what the server said of the file. The second is only ever written while
//! the first is empty, so that after a kill at any moment they belong together.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::lock::Lock;
use super::{Checksum, DownloadError};

/// Far more than headers may have.
const MAX_ORIGIN: u64 = 1 << 20;

/// The first bytes of a file. No other process writes to them.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    file: File,
    len: u64,
    /// How many of the bytes were here before.
    kept: u64,
    origin: Origin,
    _lock: Lock,
}

/// What the server said of the file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Origin {
    /// Its version, if bytes that come later can be told to be of the same.
    pub(super) validator: Option<String>,
    /// Its length.
    pub(super) total: Option<u64>,
}

impl Part {
    /// What is here of the file at an address, which may be nothing.
    pub(super) fn open(folder: &Path, url: &str) -> Result<Self, DownloadError> {
        let lock = Lock::take(folder)?;
        let name = Checksum::of(url.as_bytes()).to_string();
        let path = folder.join(&name[..32]).with_extension("part");
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path);
        let opened = file.and_then(|mut file| Ok((file.seek(SeekFrom::End(0))?, file)));
        let (len, file) = opened.map_err(|source| failed("open", &path, 0, source))?;
        let origin = read_origin(&path).unwrap_or_default();
        Ok(Self {
            path,
            file,
            len,
            kept: len,
            origin,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn kept(&self) -> u64 {
        self.kept
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.origin.total
    }

    /// The version that the rest must be of. Nothing where there is no rest to ask for.
    pub(super) fn validator(&self) -> Option<&str> {
        let validator = self.origin.validator.as_deref();
        validator.filter(|_| self.len > 0)
    }

    /// Forgets what is here.
    pub(super) fn clear(&mut self) -> Result<(), DownloadError> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        cleared.map_err(|source| self.failed("empty", source))?;
        (self.len, self.kept) = (0, 0);
        self.origin = Origin::default();
        Ok(())
    }

    /// Forgets what is here, for a file that starts to come.
    pub(super) fn begin(&mut self, origin: Origin) -> Result<(), DownloadError> {
        self.clear()?;
        let path = origin_path(&self.path);
        let written = serde_json::to_vec(&origin)
            .map_err(io::Error::from)
            .and_then(|text| fs::write(&path, text));
        written.map_err(|source| failed("write", &path, 0, source))?;
        self.origin = origin;
        Ok(())
    }

    /// Adds the next bytes.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| self.failed("write", source))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// The sum of what is here. Nothing can be added behind it.
    pub(super) fn sum(&mut self) -> Result<Checksum, DownloadError> {
        let sum = self
            .file
            .rewind()
            .and_then(|()| Checksum::of_all(&self.file));
        sum.map_err(|source| self.failed("read", source))
    }

    /// Removes it with all that is known of it.
    pub(super) fn remove(&self) -> Result<(), DownloadError> {
        for path in [origin_path(&self.path), self.path.clone()] {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("remove", &path, self.len, source));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> DownloadError {
        failed(doing, &self.path, self.len, source)
    }
}

fn origin_path(path: &Path) -> PathBuf {
    path.with_extension("json")
}

/// Whatever cannot be read says nothing: the file is then fetched from its start.
fn read_origin(path: &Path) -> Option<Origin> {
    let file = File::open(origin_path(path)).ok()?;
    let mut text = String::new();
    file.take(MAX_ORIGIN).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Of either file. Where the disk is full, what counts is what is here of the first.
fn failed(doing: &'static str, path: &Path, bytes: u64, source: io::Error) -> DownloadError {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DownloadError::Full {
            path: path.with_extension("part"),
            bytes,
        },
        _ => DownloadError::File {
            doing,
            path: path.to_owned(),
            source,
        },
    }
}
