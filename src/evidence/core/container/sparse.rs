//! A file in which pages of zeros are holes.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// The unit of holes: the page of the machine that cores come from, and the block of common file systems.
pub(super) const PAGE: usize = 4096;

static ZEROS: [u8; PAGE] = [0; PAGE];

/// Takes bytes in order and leaves out the pages that are all zero.
#[derive(Debug)]
pub(super) struct Sparse {
    file: File,
    len: u64,
    written: u64,
}

impl Sparse {
    /// Starts at the beginning of an empty file.
    pub(super) fn new(file: File) -> Self {
        Self {
            file,
            len: 0,
            written: 0,
        }
    }

    /// Bytes so far, holes included.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Bytes so far, without holes.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Appends bytes: whole pages, but for the last of the file.
    pub(super) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let zeros = run(rest, is_zero);
            self.len += zeros as u64;
            rest = &rest[zeros..];
            let data = run(rest, |page| !is_zero(page));
            if data > 0 {
                self.file.seek(SeekFrom::Start(self.len))?;
                self.file.write_all(&rest[..data])?;
                self.len += data as u64;
                self.written += data as u64;
                rest = &rest[data..];
            }
        }
        Ok(())
    }

    /// The file, at its start, as long as what was pushed.
    pub(super) fn finish(mut self) -> io::Result<File> {
        self.file.set_len(self.len)?;
        self.file.seek(SeekFrom::Start(0))?;
        Ok(self.file)
    }
}

/// Length of the pages at the start that are of one kind.
fn run(bytes: &[u8], kind: impl Fn(&[u8]) -> bool) -> usize {
    let pages = bytes.chunks(PAGE).take_while(|page| kind(page));
    pages.map(<[u8]>::len).sum()
}

/// Compares as memory, which is as fast as reading it; an iterator that stops at the first byte is not.
fn is_zero(page: &[u8]) -> bool {
    page == &ZEROS[..page.len()]
}
