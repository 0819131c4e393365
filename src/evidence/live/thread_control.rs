//! `pthread_t` of threads whose registers are not known: where glibc keeps what it knows of a thread.
//!
//! On x86-64 the thread pointer leads to the thread control block, whose first word is its own address (ELF Handling For
//! Thread-Local Storage, section 3.4.6). glibc's begins with `tcbhead_t`, whose third word is the same address again
//! (`sysdeps/x86_64/nptl/tls.h`), and is the start of `struct pthread`, which holds the thread's number (`nptl/descr.h`):
//! behind 704 bytes of the first and the two words of a list. A block that does not hold the number is never taken.
//!
//! A thread's block stands at the top of its stack, that of the main thread in a mapping that the loader made, or in the
//! heap of a static program.

use std::collections::HashMap;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use crate::evidence::core::{Core, Machine};

/// Where `struct pthread` has `tid`, in bytes: the same in every glibc since 2.10.
const TID: usize = 704 + 16;

/// What is read of a block.
const HEAD: usize = TID + 4;

/// Blocks stand at multiples of so many bytes.
const ALIGNMENT: usize = 16;

/// How much of a stack is looked through, from the stack pointer up.
const STACK: u64 = 16 << 20;

/// How much of other mappings is looked through in all, small ones first.
const OTHERS: u64 = 32 << 20;

/// How much is read in one go.
const CHUNK: usize = 1 << 20;

/// A thread that is looked for: its number, its number by the process's own count, and its stack pointer.
pub(super) type Wanted = (u32, u32, Option<u64>);

/// The blocks of a process.
#[derive(Debug)]
pub(super) struct ThreadControls<'c> {
    core: &'c Core,
    /// `/proc/PID/mem`.
    memory: &'c File,
}

impl<'c> ThreadControls<'c> {
    /// `None` where they are not known.
    pub(super) fn of(core: &'c Core) -> Option<Self> {
        let pages = core.memory.pages()?;
        (core.machine == Machine::X86_64).then(|| Self {
            core,
            memory: pages.memory(),
        })
    }

    /// Whether the block of a thread stands at an address.
    pub(super) fn is_of(&self, address: u64, inner: u32) -> bool {
        self.number_at(address) == Some(inner)
    }

    /// The addresses of the blocks of threads, as far as they are found.
    pub(super) fn find(&self, wanted: &[Wanted]) -> HashMap<u32, u64> {
        let mut found = HashMap::new();
        let mut left: HashMap<u32, u32> =
            wanted.iter().map(|&(tid, inner, _)| (inner, tid)).collect();
        for sp in wanted.iter().filter_map(|(_, _, sp)| *sp) {
            if let Some(segment) = self.core.memory.segment_at(sp) {
                let end = segment.end().min(sp.saturating_add(STACK));
                self.search(sp..end, &mut left, &mut found);
            }
        }
        let mut budget = OTHERS;
        for range in self.small_mappings() {
            let len = range.end - range.start;
            if left.is_empty() || len > budget {
                break;
            }
            budget -= len;
            self.search(range, &mut left, &mut found);
        }
        found
    }

    /// Memory without a file that can be written to, the smallest first.
    fn small_mappings(&self) -> Vec<Range<u64>> {
        let segments = self.core.memory.segments();
        let segments = segments
            .iter()
            .filter(|segment| segment.writable && self.core.mapping_at(segment.address).is_none());
        let mut ranges: Vec<_> = segments
            .map(|segment| segment.address..segment.end())
            .collect();
        ranges.sort_by_key(|range| range.end - range.start);
        ranges
    }

    /// Looks through a range until all threads are found.
    fn search(
        &self,
        range: Range<u64>,
        left: &mut HashMap<u32, u32>,
        found: &mut HashMap<u32, u64>,
    ) {
        let mut buffer = vec![0; CHUNK];
        let mut start = range.start.next_multiple_of(ALIGNMENT as u64);
        while start < range.end && !left.is_empty() {
            let len = usize::try_from(range.end - start)
                .unwrap_or(CHUNK)
                .min(CHUNK);
            let got = self.memory.read_at(&mut buffer[..len], start).unwrap_or(0);
            if got == 0 {
                return;
            }
            for (at, place) in buffer[..got].as_chunks::<ALIGNMENT>().0.iter().enumerate() {
                let address = start + (at * ALIGNMENT) as u64;
                if place.first_chunk() == Some(&address.to_le_bytes())
                    && let Some(tid) = self
                        .number_at(address)
                        .and_then(|inner| left.remove(&inner))
                {
                    found.insert(tid, address);
                }
            }
            start += got as u64;
        }
    }

    /// The number of the thread whose block stands at an address, if one does.
    fn number_at(&self, address: u64) -> Option<u32> {
        let mut head = [0; HEAD];
        self.memory.read_exact_at(&mut head, address).ok()?;
        let itself = |at: usize| head.get(at..at + 8) == Some(&address.to_le_bytes());
        let tid = head.last_chunk().map(|bytes| u32::from_le_bytes(*bytes));
        tid.filter(|_| itself(0) && itself(16))
    }
}
