//! One fetch at a time in a folder.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::DownloadError;

/// The right to write into a folder, until it is dropped or its process dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Makes the folder, and takes the right at once or not at all.
    ///
    /// Of a file of its own that stays: whoever has opened a file that is then removed would hold a lock of nothing.
    pub(super) fn take(folder: &Path) -> Result<Self, DownloadError> {
        let failed = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| DownloadError::File {
                doing,
                path,
                source,
            }
        };
        fs::create_dir_all(folder).map_err(failed("make", folder))?;
        let path = folder.join("fetch.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(DownloadError::Busy {
                folder: folder.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(failed("lock", &path)(source)),
        }
    }
}
