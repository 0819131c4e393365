//! What a scan has come to so far, a line of JSON for each bug: the same scan goes on from there, and asks anew only for bugs
//! that have changed.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cli::failure::Failure;
use crate::cli::paths;
use crate::report::ScanLine;
use crate::signature::short_hash;

/// The results of one scan.
#[derive(Debug)]
pub(in crate::cli) struct Journal {
    file: File,
    entries: HashMap<u64, Entry>,
    /// What the answers rest on beside the bugs.
    basis: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    basis: String,
    line: ScanLine,
}

impl Journal {
    /// That of a scan, by what tells it from others; `anew` forgets what it has. Answers on another `basis` are not taken.
    pub(in crate::cli) fn open(scan: &str, basis: String, anew: bool) -> Result<Self, Failure> {
        let path = paths::bugzilla()?
            .join("scans")
            .join(format!("{}.jsonl", short_hash(scan)));
        let failed = |error: io::Error| Failure::new(format!("{}: {error}", path.display()));
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .map_err(failed)?;
        let text = match fs::read_to_string(&path) {
            Ok(text) if !anew => text,
            Ok(_) => String::new(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(error)),
        };
        // The last line of a scan that was killed may be a half; of several about one bug the last counts.
        let entries = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Entry>(line).ok());
        let entries: HashMap<u64, Entry> = entries.map(|entry| (entry.line.bug, entry)).collect();
        let mut journal = Self {
            file: rewritten(&path, &entries).map_err(failed)?,
            entries,
            basis,
        };
        journal.file.flush()?;
        Ok(journal)
    }

    /// What a bug came to, if it has not been changed since.
    pub(in crate::cli) fn known(&self, bug: u64, changed: &str) -> Option<&ScanLine> {
        let entry = self.entries.get(&bug)?;
        let same = entry.basis == self.basis && entry.line.changed == changed;
        same.then_some(&entry.line)
    }

    /// Keeps what a bug came to.
    pub(in crate::cli) fn keep(&mut self, line: &ScanLine) -> io::Result<()> {
        let entry = Entry {
            basis: self.basis.clone(),
            line: line.clone(),
        };
        let mut text = serde_json::to_vec(&entry)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }
}

/// The file without what is out of date, open at its end.
fn rewritten(path: &PathBuf, entries: &HashMap<u64, Entry>) -> io::Result<File> {
    let folder = path.parent().unwrap_or(path);
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    for entry in entries.values() {
        serde_json::to_writer(&mut new, entry)?;
        new.write_all(b"\n")?;
    }
    Ok(new.persist(path)?)
}
