//! The folder of all indexes: one folder for each upstream, of which each has a [`Store`].

use std::fs;
use std::path::{Path, PathBuf};

use super::{CURRENT, GENERATION, Store};
use crate::IndexError;
use crate::history::GitClone;

/// The upstream whose processes this program reads, and whose facts it brings along.
pub const CPYTHON: &str = "cpython";

/// Longer names are no projects; file systems take 255 bytes.
const LONGEST_NAME: usize = 64;

/// A folder with an index for each upstream.
#[derive(Debug, Clone)]
pub struct Upstreams {
    dir: PathBuf,
}

impl Upstreams {
    /// The indexes in `dir`, which need not exist.
    #[must_use]
    pub fn at(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
        }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The store of an upstream, which need not exist.
    ///
    /// # Errors
    ///
    /// [`IndexError::UpstreamName`] for a name that is no folder's: letters, digits, `-`, `_`, `.` and `+`, at most 64.
    pub fn store(&self, upstream: &str) -> Result<Store, IndexError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
        let is_name = upstream
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric());
        // What the former layout had in this place is never an upstream.
        let reserved = [CURRENT, "lock"].contains(&upstream) || upstream.starts_with(GENERATION);
        if !is_name || reserved || upstream.len() > LONGEST_NAME || !upstream.bytes().all(allowed) {
            return Err(IndexError::UpstreamName {
                name: upstream.chars().take(LONGEST_NAME).collect(),
            });
        }
        Ok(Store {
            dir: self.dir.join(upstream),
            upstream: upstream.to_owned(),
        })
    }

    /// The upstreams that have an index: `cpython` first, the others by name.
    ///
    /// # Errors
    ///
    /// [`IndexError::Io`] for a folder that is there and cannot be read.
    pub fn names(&self) -> Result<Vec<String>, IndexError> {
        self.those(Store::exists)
    }

    /// The upstreams of which issues are known, in the same order.
    ///
    /// # Errors
    ///
    /// As [`Upstreams::names`].
    pub fn with_issues(&self) -> Result<Vec<String>, IndexError> {
        self.those(|store| store.issues().exists())
    }

    fn those(&self, wanted: impl Fn(&Store) -> bool) -> Result<Vec<String>, IndexError> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(IndexError::io(&self.dir)(error)),
        };
        let names = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names
            .filter(|name| self.store(name).is_ok_and(|store| wanted(&store)))
            .collect();
        names.sort_by(|a, b| (a != CPYTHON, a).cmp(&(b != CPYTHON, b)));
        Ok(names)
    }

    /// The upstream whose index is of a clone's history, by the tip of its main branch: clones move, and are named at
    /// will.
    #[must_use]
    pub fn of(&self, clone: &GitClone) -> Option<String> {
        let mut names = self.names().unwrap_or_default().into_iter();
        names.find(|name| {
            let current = self.store(name).and_then(|store| store.current());
            let head = current.ok().and_then(|current| current.manifest().head);
            head.is_some_and(|head| clone.has(head))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folders() {
        let upstreams = Upstreams::at(Path::new("/indexes"));
        for name in ["cpython", "glibc", "libstdc++", "numpy-1.26", "3proxy"] {
            let store = upstreams.store(name).unwrap();
            assert_eq!(store.dir(), Path::new("/indexes").join(name));
        }
        let long = "a".repeat(65);
        let bad = [
            "",
            ".",
            "..",
            "a/b",
            ".hidden",
            "-x",
            "a b",
            "caf\u{e9}",
            "a\0",
        ];
        let former = ["current", "lock", "generation-4"];
        for name in bad.into_iter().chain(former).chain([&*long]) {
            assert!(upstreams.store(name).is_err(), "{name}");
        }
    }

    #[test]
    fn cpython_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["zlib", "cpython", "glibc", "empty"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            if name != "empty" {
                fs::write(folder.path().join(name).join("current"), "generation-1").unwrap();
            }
        }
        fs::write(folder.path().join("index.toml"), "").unwrap();
        let upstreams = Upstreams::at(folder.path());
        assert_eq!(upstreams.names().unwrap(), ["cpython", "glibc", "zlib"]);
        let none = Upstreams::at(&folder.path().join("none"));
        assert!(none.names().unwrap().is_empty());
    }
}
