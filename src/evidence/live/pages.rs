//! The memory of a process that runs, page by page.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use nix::unistd::Pid;

use super::frozen::Frozen;
use crate::evidence::core::Memory;

/// Bytes of a page here; those of the kernel may be larger.
pub(super) const PAGE_BYTES: usize = 4096;
pub(super) const PAGE: u64 = PAGE_BYTES as u64;

/// Pages that are read though nobody looked at them lately: 16 MiB take a few milliseconds.
const MOST_PAGES: usize = 4096;

/// Memory that is read from a process, and what of it was frozen.
#[derive(Debug)]
pub(in crate::evidence) struct Pages {
    pid: Pid,
    /// `/proc/PID/mem`.
    memory: File,
    /// Pages that were looked at, by number.
    seen: RefCell<BTreeSet<u64>>,
    frozen: RefCell<Option<Frozen>>,
    /// Room for those that are read next.
    room: RefCell<Vec<u8>>,
    /// The core of the moment that was frozen, if one was written.
    core: RefCell<Option<Box<Memory>>>,
    /// Pages that were read as the process ran on.
    late: RefCell<BTreeSet<u64>>,
}

impl Pages {
    pub(super) fn new(pid: u32, memory: File) -> Self {
        Self {
            pid: Pid::from_raw(pid.cast_signed()),
            memory,
            seen: RefCell::default(),
            frozen: RefCell::default(),
            room: RefCell::default(),
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

    /// Makes room for what [`freeze`](Self::freeze) will read, and `more` bytes: the process need not stand still for that.
    pub(super) fn make_room(&self, more: usize) {
        let mut room = self.room.borrow_mut();
        let needed = self.seen.borrow().len() * PAGE_BYTES + more;
        room.clear();
        // Not zeros, which the system gives only once they are written to.
        room.resize(needed, 1);
    }

    /// Reads every page that was looked at so far, and those of some ranges, while the process stands still. A process that
    /// is somewhere else each time is looked at in all these places the next time.
    pub(super) fn freeze(&self, ranges: impl Iterator<Item = Range<u64>>) {
        let mut wanted = self.seen.borrow().clone();
        if wanted.len() > MOST_PAGES {
            self.seen.take();
        }
        for range in ranges {
            wanted.extend(range.start / PAGE..range.end.div_ceil(PAGE));
        }
        let mut runs: Vec<Range<u64>> = Vec::new();
        for page in wanted {
            match runs.last_mut().filter(|run| run.end == page) {
                Some(run) => run.end = page + 1,
                None => runs.push(page..page + 1),
            }
        }
        let frozen = Frozen::read(self.pid, &runs, self.room.take());
        self.late.take();
        *self.frozen.borrow_mut() = Some(frozen);
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
