//! The numbers that govern the cache, and its cleaning.
//!
//! Each stands in a file of its own at the top of the cache, in seconds, and is written with its default where it is
//! missing, as debuginfod-client-config(7) has it. The time of the interval's file is that of the last cleaning.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::cache::age;

/// How long a miss counts.
pub(super) const MISS: Control = Control("cache_miss_s", 600);
/// How long a file stays that nobody reads.
const UNUSED: Control = Control("max_unused_age_s", 7 * 24 * 3600);
/// How often the cache is cleaned.
const INTERVAL: Control = Control("cache_clean_interval_s", 24 * 3600);

/// What is stored for a build ID, by every version of the clients: sources and sections have their name behind these.
const STORED: [&str; 5] = ["debuginfo", "executable", "source", "section", "hdr"];

/// A file and its default.
#[derive(Debug, Clone, Copy)]
pub(super) struct Control(&'static str, u64);

impl Control {
    /// Its number. A file that says nothing of use counts as the default.
    pub(super) fn read(self, root: &Path) -> Duration {
        let Self(name, default) = self;
        let path = root.join(name);
        let text = fs::read_to_string(&path).ok();
        if text.as_ref().is_none_or(String::is_empty)
            && let Ok(mut file) = File::create(&path)
        {
            // A number that could not be written is the default all the same.
            drop(file.write_all(default.to_string().as_bytes()));
        }
        let number = text.and_then(|text| text.trim().parse().ok());
        Duration::from_secs(number.unwrap_or(default))
    }
}

/// Removes what nobody read for long, if that was not done lately. A cache that cannot be cleaned still serves.
pub(super) fn clean_if_due(root: &Path, now: SystemTime) {
    if !root.is_dir() {
        return;
    }
    let interval = INTERVAL.read(root);
    let Ok(file) = File::open(root.join(INTERVAL.0)) else {
        return;
    };
    let last = file.metadata().and_then(|found| found.modified());
    let due = age(last, now).is_some_and(|age| age >= interval);
    // First the time, so that another process does not start the same.
    if due && file.set_modified(now).is_ok() {
        clean(root, UNUSED.read(root), MISS.read(root), now);
    }
}

fn clean(root: &Path, unused: Duration, miss: Duration, now: SystemTime) {
    let Ok(folders) = fs::read_dir(root) else {
        return;
    };
    for folder in folders.flatten() {
        let name = folder.file_name();
        // Whatever else stands there is not the cache's.
        let is_build_id = !name.is_empty()
            && name
                .as_encoded_bytes()
                .iter()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_build_id && folder.file_type().is_ok_and(|kind| kind.is_dir()) {
            clean_folder(&folder.path(), unused, miss, now);
        }
    }
}

fn clean_folder(folder: &Path, unused: Duration, miss: Duration, now: SystemTime) {
    let Ok(files) = fs::read_dir(folder) else {
        return;
    };
    let mut removed = false;
    for file in files.flatten() {
        let name = file.file_name();
        let stored = name
            .to_str()
            .is_some_and(|name| STORED.iter().any(|stored| name.starts_with(stored)));
        // Of the link itself where it is one.
        let Ok(found) = file.metadata() else { continue };
        if !stored || !found.is_file() {
            continue;
        }
        let old = if found.len() == 0 {
            age(found.modified(), now).is_some_and(|age| age >= miss)
        } else {
            age(found.accessed(), now).is_some_and(|age| age >= unused)
        };
        removed |= old && fs::remove_file(file.path()).is_ok();
    }
    if removed {
        // Refused while anything is left in it.
        drop(fs::remove_dir(folder));
    }
}
