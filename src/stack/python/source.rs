//! Source lines of Python frames, from the files that they were compiled from.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// The largest source file that is read; the longest of the standard library has a twentieth of it.
const LARGEST: u64 = 8 << 20;

/// Files that are read; a process has code of a few hundred in its stacks.
const MOST_FILES: usize = 4096;

/// Bytes of them all.
const MOST_BYTES: u64 = 64 << 20;

/// The longest line that is shown.
const LONGEST_LINE: usize = 300;

/// The source files of a process.
#[derive(Debug)]
pub(super) struct Sources {
    sysroot: Option<PathBuf>,
    /// Files that changed later are not those that ran.
    written: Option<SystemTime>,
    /// The lines of each file, without the blanks around them.
    files: RefCell<HashMap<String, Option<Vec<String>>>>,
    /// Bytes that may still be read.
    left: Cell<u64>,
}

impl Sources {
    /// The files of a process whose core was written at a time. Without that time nothing is read: a changed file would
    /// show lines that never ran.
    pub(super) fn new(sysroot: Option<PathBuf>, written: Option<SystemTime>) -> Self {
        Self {
            sysroot,
            written,
            files: RefCell::default(),
            left: Cell::new(MOST_BYTES),
        }
    }

    /// A line, from 1, without the blanks around it; `None` where the file is not at hand or has changed.
    pub(super) fn line(&self, path: &str, line: u32) -> Option<String> {
        let mut files = self.files.borrow_mut();
        if !files.contains_key(path) {
            if files.len() == MOST_FILES {
                return None;
            }
            files.insert(path.to_owned(), self.read(path));
        }
        let lines = files.get(path)?.as_ref()?;
        let line = lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        (!line.is_empty()).then(|| line.clone())
    }

    /// The path comes from a core, which may name anything: devices, pipes, secrets.
    fn read(&self, path: &str) -> Option<Vec<String>> {
        let path = self.resolve(Path::new(path))?;
        let metadata = fs::metadata(&path).ok()?;
        let fits = metadata.is_file() && metadata.len() <= LARGEST;
        if !fits || metadata.modified().ok()? > self.written? {
            return None;
        }
        self.left.set(self.left.get().checked_sub(metadata.len())?);
        let mut bytes = Vec::new();
        File::open(path)
            .ok()?
            .take(LARGEST)
            .read_to_end(&mut bytes)
            .ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = text
            .lines()
            .map(|line| line.trim().chars().take(LONGEST_LINE).collect());
        Some(lines.collect())
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        let is_python = path.extension().is_some_and(|extension| extension == "py");
        let leaves = path.components().any(|part| part == Component::ParentDir);
        if !is_python || leaves || !path.is_absolute() {
            return None;
        }
        Some(match &self.sysroot {
            Some(root) => root.join(path.strip_prefix("/").ok()?),
            None => path.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn lines_of_unchanged_files_only() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.py");
        fs::write(&file, "import os\n\n    os.abort()  \n").unwrap();
        let path = file.to_str().unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        let of = |written| Sources::new(None, written);
        assert_eq!(of(Some(later)).line(path, 3).as_deref(), Some("os.abort()"));
        assert_eq!(of(Some(later)).line(path, 2), None);
        assert_eq!(of(Some(later)).line(path, 4), None);
        assert_eq!(of(Some(later)).line(path, 0), None);
        let before = SystemTime::now() - Duration::from_secs(3600);
        assert_eq!(of(Some(before)).line(path, 1), None);
        assert_eq!(of(None).line(path, 1), None);
    }

    #[test]
    fn paths_lead_to_source_files_below_the_root() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("lib")).unwrap();
        fs::write(dir.path().join("lib/a.py"), "x = 1\n").unwrap();
        fs::write(dir.path().join("lib/secret"), "y\n").unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        let sources = Sources::new(Some(dir.path().to_owned()), Some(later));
        assert_eq!(sources.line("/lib/a.py", 1).as_deref(), Some("x = 1"));
        for path in [
            "lib/a.py",
            "/lib/../lib/a.py",
            "/lib/secret",
            "/lib",
            "/lib/b.py",
        ] {
            assert_eq!(sources.line(path, 1), None, "{path}");
        }
    }
}
