//! The memory of a process that runs, page by page.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use crate::evidence::core::Memory;

/// Bytes of a page here; those of the kernel may be larger.
const PAGE_BYTES: usize = 4096;
const PAGE: u64 = PAGE_BYTES as u64;

/// Pages that are read in one go.
const RUN: u64 = 256;

/// Memory that is read from a process, and what of it was frozen.
#[derive(Debug)]
pub(in crate::evidence) struct Pages {
    /// `/proc/PID/mem`.
    memory: File,
    /// Pages that were looked at since the process was frozen last, by number.
    seen: RefCell<BTreeSet<u64>>,
    frozen: RefCell<Option<Frozen>>,
    /// The core of the moment that was frozen, if one was written.
    core: RefCell<Option<Box<Memory>>>,
    /// Pages that were read as the process ran on.
    late: RefCell<BTreeSet<u64>>,
}

/// Pages of one moment: what was read in one go, by its first page.
#[derive(Debug, Default)]
struct Frozen(BTreeMap<u64, Vec<u8>>);

impl Frozen {
    /// The bytes of a page, fewer where reading it failed half-way.
    fn page(&self, page: u64) -> Option<&[u8]> {
        let (first, bytes) = self.0.range(..=page).next_back()?;
        let start = usize::try_from(page - first)
            .ok()?
            .checked_mul(PAGE_BYTES)?;
        let bytes = bytes.get(start..).filter(|bytes| !bytes.is_empty())?;
        Some(&bytes[..bytes.len().min(PAGE_BYTES)])
    }
}

impl Pages {
    pub(super) fn new(memory: File) -> Self {
        Self {
            memory,
            seen: RefCell::default(),
            frozen: RefCell::default(),
            core: RefCell::default(),
            late: RefCell::default(),
        }
    }

    /// Reads what is there from an address on; gives the count. What cannot be written to is read as it is: no moment
    /// shows it otherwise.
    pub(in crate::evidence) fn read(
        &self,
        address: u64,
        buffer: &mut [u8],
        writable: bool,
    ) -> usize {
        if !writable {
            return self.memory.read_at(buffer, address).unwrap_or(0);
        }
        let mut got = 0;
        while got < buffer.len() {
            let next = address.saturating_add(got as u64);
            let within = usize::try_from(next % PAGE).unwrap_or(0);
            let wanted = (buffer.len() - got).min(PAGE_BYTES - within);
            let part = &mut buffer[got..got + wanted];
            let read = self.read_page(next / PAGE, within, part);
            got += read;
            if read < wanted {
                break;
            }
        }
        got
    }

    fn read_page(&self, page: u64, within: usize, part: &mut [u8]) -> usize {
        self.seen.borrow_mut().insert(page);
        let frozen = self.frozen.borrow();
        if let Some(bytes) = frozen.as_ref().and_then(|frozen| frozen.page(page)) {
            let there = bytes.get(within..).unwrap_or_default();
            let count = there.len().min(part.len());
            part[..count].copy_from_slice(&there[..count]);
            return count;
        }
        let address = page * PAGE + within as u64;
        let core = self.core.borrow();
        let saved = core
            .as_ref()
            .map_or(0, |core| core.read_some(address, part));
        if saved == part.len() {
            return saved;
        }
        if frozen.is_some() {
            self.late.borrow_mut().insert(page);
        }
        self.memory.read_at(part, address).unwrap_or(0)
    }

    /// Forgets which pages were looked at: those that were searched through once are of no interest any more.
    pub(super) fn forget(&self) {
        self.seen.take();
    }

    /// Reads every page that was looked at since the last time, and those of some ranges, while the process stands still.
    pub(super) fn freeze(&self, ranges: impl Iterator<Item = Range<u64>>) {
        let mut wanted = self.seen.take();
        for range in ranges {
            wanted.extend(range.start / PAGE..range.end.div_ceil(PAGE));
        }
        let mut frozen = Frozen::default();
        let mut run = 0..0;
        for page in wanted {
            if page != run.end || run.end - run.start == RUN {
                self.take(run, &mut frozen);
                run = page..page;
            }
            run.end = page + 1;
        }
        self.take(run, &mut frozen);
        self.late.take();
        *self.frozen.borrow_mut() = Some(frozen);
    }

    /// Reads pages that lie side by side.
    fn take(&self, mut run: Range<u64>, frozen: &mut Frozen) {
        while !run.is_empty() {
            let count = usize::try_from(run.end - run.start).unwrap_or(0);
            let mut bytes = vec![0; count * PAGE_BYTES];
            let got = self.memory.read_at(&mut bytes, run.start * PAGE);
            bytes.truncate(got.unwrap_or(0));
            // A page that cannot be read hides those behind it.
            let done = bytes.len().div_ceil(PAGE_BYTES).max(1);
            frozen.0.insert(run.start, bytes);
            run.start += done as u64;
        }
    }

    /// Takes pages from now on from a core of the moment that was frozen, as far as it has them.
    pub(super) fn saved(&self, core: Memory) {
        *self.core.borrow_mut() = Some(Box::new(core));
    }

    /// The memory as it is now.
    pub(super) fn memory(&self) -> &File {
        &self.memory
    }

    pub(super) fn late(&self) -> usize {
        self.late.borrow().len()
    }
}
