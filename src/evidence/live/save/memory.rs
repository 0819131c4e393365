//! Copying a process's memory into a file, with holes where it holds nothing but zeros.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::iter;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

/// How much is read in one go, in bytes: a multiple of every page size.
const CHUNK: usize = 4 << 20;

/// Bytes of an entry of `/proc/PID/pagemap` (proc_pid_pagemap(5)).
const ENTRY: usize = 8;

/// Bits 63 and 62 of an entry: the page is in memory, or swapped out.
const THERE: u64 = 0b11 << 62;

/// Copies memory to where the file stands next.
#[derive(Debug)]
pub(super) struct Copier<'f> {
    /// `/proc/PID/mem`.
    memory: &'f File,
    /// `/proc/PID/pagemap`; without it every page is read.
    pagemap: Option<File>,
    /// Bytes of a page.
    page: usize,
    buffer: Vec<u8>,
    zeros: Vec<u8>,
    /// Pages that could not be read, and are zeros in the copy.
    pub(super) unreadable: u64,
}

/// Why a copy is not complete.
#[derive(Debug)]
pub(super) enum CopyError {
    /// The process has no memory any more: it ended.
    Gone,
    /// The file cannot be written.
    Write(io::Error),
}

impl From<io::Error> for CopyError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl<'f> Copier<'f> {
    /// `page` is the size of a page in bytes.
    pub(super) fn new(pid: u32, memory: &'f File, page: usize) -> Self {
        Self {
            memory,
            pagemap: File::open(format!("/proc/{pid}/pagemap")).ok(),
            page,
            buffer: vec![0; CHUNK],
            zeros: vec![0; page],
            unreadable: 0,
        }
    }

    /// Copies a range of whole pages. Of memory without a file (`is_anonymous`) pages that were never touched are not
    /// even read: that would give them to the process.
    ///
    /// # Errors
    ///
    /// [`CopyError`] at the first write that fails, and when the process is gone.
    pub(super) fn copy(
        &mut self,
        range: Range<u64>,
        is_anonymous: bool,
        to: &mut File,
    ) -> Result<(), CopyError> {
        let mut start = range.start;
        while start < range.end {
            let len = usize::try_from(range.end - start)
                .unwrap_or(CHUNK)
                .min(CHUNK);
            let mut done = 0;
            for pages in self.touched(start, len, is_anonymous) {
                hole(to, pages.start - done)?;
                let part = &mut self.buffer[..pages.len()];
                let from = start + pages.start as u64;
                self.unreadable += read(self.memory, self.page, from, part)?;
                write(to, part, &self.zeros)?;
                done = pages.end;
            }
            hole(to, len - done)?;
            start += len as u64;
        }
        Ok(())
    }

    /// The parts of a chunk that have to be read, in bytes from its start.
    fn touched(&self, start: u64, len: usize, is_anonymous: bool) -> Vec<Range<usize>> {
        let pages = len / self.page;
        let mut entries = vec![0; pages * ENTRY];
        let at = start / self.page as u64 * ENTRY as u64;
        let pagemap = self.pagemap.as_ref().filter(|_| is_anonymous);
        let known = pagemap.is_some_and(|pagemap| pagemap.read_exact_at(&mut entries, at).is_ok());
        if !known {
            return iter::once(0..len).collect();
        }
        let mut parts: Vec<Range<usize>> = Vec::new();
        for (number, entry) in entries.as_chunks::<ENTRY>().0.iter().enumerate() {
            if u64::from_le_bytes(*entry) & THERE == 0 {
                continue;
            }
            let start = number * self.page;
            match parts.last_mut() {
                Some(last) if last.end == start => last.end += self.page,
                _ => parts.push(start..start + self.page),
            }
        }
        parts
    }
}

/// Reads pages; those that cannot be read are zeros, and counted.
fn read(memory: &File, page: usize, from: u64, into: &mut [u8]) -> Result<u64, CopyError> {
    let (mut done, mut unreadable) = (0, 0);
    while done < into.len() {
        match memory.read_at(&mut into[done..], from + done as u64) {
            // `mem_rw` of the kernel's fs/proc/base.c: the memory has no user any more.
            Ok(0) => return Err(CopyError::Gone),
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => {
                let next = (done + 1).next_multiple_of(page).min(into.len());
                into[done..next].fill(0);
                done = next;
                unreadable += 1;
            }
        }
    }
    Ok(unreadable)
}

/// Writes pages, and holes for those of zeros.
fn write(to: &mut File, pages: &[u8], zeros: &[u8]) -> io::Result<()> {
    let mut rest = pages;
    while !rest.is_empty() {
        let empty = leading(rest, zeros, true);
        hole(to, empty)?;
        let full = leading(&rest[empty..], zeros, false);
        to.write_all(&rest[empty..empty + full])?;
        rest = &rest[empty + full..];
    }
    Ok(())
}

/// Bytes of the first pages that are all zeros, or are not.
fn leading(pages: &[u8], zeros: &[u8], are_zeros: bool) -> usize {
    let pages = pages.chunks(zeros.len());
    let pages = pages.take_while(|page| (*page == &zeros[..page.len()]) == are_zeros);
    pages.map(<[u8]>::len).sum()
}

/// Leaves out as many bytes; the file's end is set when all is written.
fn hole(to: &mut File, len: usize) -> io::Result<()> {
    if len > 0 {
        to.seek(SeekFrom::Current(i64::try_from(len).unwrap_or(i64::MAX)))?;
    }
    Ok(())
}
