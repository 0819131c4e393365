//! Which bugs are being written to, and whether an earlier call was cut off while it did.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::time::Duration;

use reqwest::Url;

use crate::cli::failure::Failure;
use crate::cli::paths;
use crate::cli::ui::Ui;
use crate::signature::short_hash;

/// A server that has not stored what it got for so long never will.
const LATEST: Duration = Duration::from_mins(10);

/// Keeps other calls of this machine from writing to a bug, until it is dropped: two that look at the same time whether a
/// comment is there would both post it. The file has something in it as long as a call is about to send.
#[derive(Debug)]
pub(in crate::cli) struct BugLock {
    file: Option<File>,
    cut_off: bool,
}

impl BugLock {
    /// Waits until nobody else writes to the bug.
    pub(in crate::cli) fn take(base: &Url, bug: u64, ui: &Ui) -> Result<Self, Failure> {
        let folder = paths::bugzilla()?.join("locks");
        let path = folder.join(format!("{}-{bug}", short_hash(base.as_str())));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = match fs::create_dir_all(&folder).and_then(|()| options.open(path)) {
            Ok(file) => file,
            Err(error) => {
                ui.note(&format!(
                    "another fixtrail on this machine would not be noticed: {error}"
                ));
                return Ok(Self {
                    file: None,
                    cut_off: false,
                });
            }
        };
        file.lock()?;
        let metadata = file.metadata()?;
        let age = metadata.modified()?.elapsed().unwrap_or_default();
        let cut_off = metadata.len() > 0 && age < LATEST;
        if cut_off {
            ui.note(
                "an earlier call was cut off; looking for some time whether its comment is stored",
            );
        }
        Ok(Self {
            file: Some(file),
            cut_off,
        })
    }

    /// Whether an earlier call was cut off, not long ago.
    pub(in crate::cli) fn cut_off(&self) -> bool {
        self.cut_off
    }

    /// From now on something may be under way.
    pub(in crate::cli) fn begin(&self) -> Result<(), Failure> {
        if let Some(mut file) = self.file.as_ref() {
            file.write_all(b"sending\n")?;
            file.sync_data()?;
        }
        Ok(())
    }

    /// All that was sent is stored.
    pub(in crate::cli) fn end(&self) -> Result<(), Failure> {
        self.file.as_ref().map_or(Ok(()), |file| file.set_len(0))?;
        Ok(())
    }
}
