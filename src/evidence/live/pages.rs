//! The memory of a process that runs, page by page.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use crate::evidence::core::Memory;

/// Bytes of a page here; those of the kernel may be larger.
const PAGE_BYTES: usize = 4096;
const PAGE: u64 = PAGE_BYTES as u64;

/// Pages that are read in one go.
const RUN: usize = 256;

/// Memory that is read from a process, and what of it was frozen.
#[derive(Debug)]
pub(in crate::evidence) struct Pages {
    /// `/proc/PID/mem`.
    memory: File,
    /// Pages that were looked at, by number.
    seen: RefCell<BTreeSet<u64>>,
    frozen: RefCell<Option<HashMap<u64, Box<[u8]>>>>,
    /// The core of the moment that was frozen, if one was written.
    core: RefCell<Option<Box<Memory>>>,
    /// Pages that were read as the process ran on.
    late: Cell<usize>,
}

impl Pages {
    pub(super) fn new(memory: File) -> Self {
        Self {
            memory,
            seen: RefCell::default(),
            frozen: RefCell::default(),
            core: RefCell::default(),
            late: Cell::new(0),
        }
    }

    /// Reads what is there from an address on; gives the count.
    pub(in crate::evidence) fn read(&self, address: u64, buffer: &mut [u8]) -> usize {
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
        let frozen = self.frozen.borrow();
        if let Some(bytes) = frozen.as_ref().and_then(|frozen| frozen.get(&page)) {
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
        if self.seen.borrow_mut().insert(page) && frozen.is_some() {
            self.late.set(self.late.get() + 1);
        }
        self.memory.read_at(part, address).unwrap_or(0)
    }

    /// Reads every page that was looked at so far, and those of some ranges, while the process stands still.
    pub(super) fn freeze(&self, ranges: impl Iterator<Item = Range<u64>>) {
        let mut seen = self.seen.borrow_mut();
        for range in ranges {
            seen.extend(range.start / PAGE..range.end.div_ceil(PAGE));
        }
        let mut frozen = HashMap::with_capacity(seen.len());
        let mut run: Vec<u64> = Vec::with_capacity(RUN);
        for &page in seen.iter() {
            if run.last().is_some_and(|last| last + 1 != page) || run.len() == RUN {
                self.take(&run, &mut frozen);
                run.clear();
            }
            run.push(page);
        }
        self.take(&run, &mut frozen);
        self.late.set(0);
        *self.frozen.borrow_mut() = Some(frozen);
    }

    /// Reads pages that lie side by side.
    fn take(&self, run: &[u64], frozen: &mut HashMap<u64, Box<[u8]>>) {
        let Some(first) = run.first() else {
            return;
        };
        let mut bytes = vec![0; run.len() * PAGE_BYTES];
        let got = self.memory.read_at(&mut bytes, first * PAGE).unwrap_or(0);
        bytes.truncate(got);
        for (&page, bytes) in run.iter().zip(bytes.chunks(PAGE_BYTES)) {
            frozen.insert(page, bytes.into());
        }
        // A page that cannot be read hides those behind it.
        let done = got.div_ceil(PAGE_BYTES).max(1);
        self.take(run.get(done..).unwrap_or_default(), frozen);
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
        self.late.get()
    }
}
