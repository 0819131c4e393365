//! Files and buffers that live as long as one answer: DWARF readers borrow from them.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::Mmap;
use typed_arena::Arena;

/// Every file opened and every section unpacked for one answer.
#[derive(Default)]
pub struct Files {
    bytes: Arena<Bytes>,
    kept: Cell<u64>,
    refused: Cell<bool>,
}

enum Bytes {
    Mapped(Mmap),
    Owned(Vec<u8>),
}

impl Files {
    /// Maps a file.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, or is no regular file.
    pub fn map(&self, path: &Path) -> io::Result<&[u8]> {
        // Asked by name: opening a pipe that nobody writes to would wait for ever, and some devices act on it.
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "no regular file",
            ));
        }
        if metadata.len() == 0 {
            return Ok(&[]);
        }
        let file = File::open(path)?;
        // SAFETY: the mapping is private and only read. Package managers replace libraries and debug files by rename,
        // so that what is mapped stays as it was; one who truncates them in place disturbs every program that runs.
        let map = unsafe { Mmap::map(&file)? };
        Ok(self.bytes.alloc(Bytes::Mapped(map)).get())
    }

    /// Asks for so many bytes to [`keep`](Self::keep), before they are unpacked; `None` once all have more than `most`.
    pub(in crate::stack) fn reserve(&self, bytes: u64, most: u64) -> Option<()> {
        let kept = self.kept.get().saturating_add(bytes);
        if kept > most {
            self.refused.set(true);
            return None;
        }
        self.kept.set(kept);
        Some(())
    }

    /// What was left out for want of room.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let refused = self.refused.get();
        refused.then_some("too much debug information: not all of it was unpacked")
    }

    /// Keeps a buffer.
    pub fn keep(&self, bytes: Vec<u8>) -> &[u8] {
        self.bytes.alloc(Bytes::Owned(bytes)).get()
    }
}

impl Bytes {
    fn get(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Files({})", self.bytes.len())
    }
}
