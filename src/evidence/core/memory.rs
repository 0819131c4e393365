//! The memory in a core, or of a process that runs, read on demand: a core of gigabytes costs what is looked at.
//!
//! Files are read with `pread`, not mapped: a core on a network or a failing disk gives an error where a mapping would
//! raise `SIGBUS`, and what was read does not count as ours for ever.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::sync::Arc;

use super::elf::read_up_to;
use crate::evidence::Problem;
#[cfg(target_os = "linux")]
use crate::evidence::live::Pages;

/// A part of a core: of memory (`PT_LOAD`) or notes (`PT_NOTE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// First address.
    pub address: u64,
    /// Bytes in memory.
    pub memory_size: u64,
    /// Where it stands in the file.
    pub offset: u64,
    /// Bytes in the file; fewer than in memory where the kernel left pages out.
    pub file_size: u64,
    /// Whether the process could write to it.
    pub writable: bool,
}

impl Segment {
    pub(in crate::evidence) fn end(&self) -> u64 {
        self.address.saturating_add(self.memory_size)
    }
}

/// The memory of a process.
#[derive(Debug)]
pub struct Memory {
    source: Source,
    /// By address, without overlaps. Those of a process that runs change while what reads them stays.
    segments: RefCell<Arc<[Segment]>>,
}

#[derive(Debug)]
enum Source {
    /// A core.
    File(File),
    /// A process that runs.
    #[cfg(target_os = "linux")]
    Process(Pages),
}

impl Memory {
    pub(in crate::evidence) fn new(
        file: File,
        len: u64,
        mut segments: Vec<Segment>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        segments.retain(|segment| segment.memory_size > 0);
        segments.sort_by_key(|segment| segment.address);
        name_missing(&segments, len, problems);
        let mut overlaps = 0;
        for at in 1..segments.len() {
            let next = segments[at].address;
            let before = &mut segments[at - 1];
            if before.end() > next {
                overlaps += 1;
                before.memory_size = next - before.address;
            }
        }
        if overlaps > 0 {
            let what = format!("{overlaps} segments overlap the next; the next was believed");
            problems.push(Problem::of(what));
        }
        for segment in &mut segments {
            let there = len.saturating_sub(segment.offset);
            segment.file_size = segment.file_size.min(there).min(segment.memory_size);
        }
        Self {
            source: Source::File(file),
            segments: RefCell::new(segments.into()),
        }
    }

    /// The memory of a process that runs; its segments stand where their addresses are.
    #[cfg(target_os = "linux")]
    pub(in crate::evidence) fn of_process(pages: Pages, segments: Vec<Segment>) -> Self {
        Self {
            source: Source::Process(pages),
            segments: RefCell::new(segments.into()),
        }
    }

    /// Takes other segments: a process that runs maps memory as it likes.
    #[cfg(target_os = "linux")]
    pub(in crate::evidence) fn remap(&self, segments: Vec<Segment>) {
        *self.segments.borrow_mut() = segments.into();
    }

    /// That of a process that runs.
    #[cfg(target_os = "linux")]
    pub(in crate::evidence) fn pages(&self) -> Option<&Pages> {
        match &self.source {
            Source::Process(pages) => Some(pages),
            Source::File(_) => None,
        }
    }

    /// The mapped parts by address; `file_size` is what can be read of each.
    #[must_use]
    pub fn segments(&self) -> Arc<[Segment]> {
        Arc::clone(&self.segments.borrow())
    }

    /// The mapped part that holds an address, dumped or not.
    #[must_use]
    pub fn segment_at(&self, address: u64) -> Option<Segment> {
        let segments = self.segments.borrow();
        let next = segments.partition_point(|segment| segment.address <= address);
        let segment = *segments.get(next.checked_sub(1)?)?;
        (address < segment.end()).then_some(segment)
    }

    /// Reads what is there from an address on; gives the count, 0 where nothing was dumped. A read does not go on
    /// into the next segment.
    pub fn read_some(&self, address: u64, buffer: &mut [u8]) -> usize {
        let Some(segment) = self.segment_at(address) else {
            return 0;
        };
        let skip = address - segment.address;
        let there = segment.file_size.saturating_sub(skip);
        let wanted = buffer
            .len()
            .min(usize::try_from(there).unwrap_or(usize::MAX));
        let offset = segment.offset.saturating_add(skip);
        let buffer = &mut buffer[..wanted];
        match &self.source {
            Source::File(file) => read_up_to(file, buffer, offset).unwrap_or(0),
            #[cfg(target_os = "linux")]
            Source::Process(pages) => pages.read(offset, buffer, segment.writable),
        }
    }

    /// Reads `len` bytes across segments, or nothing.
    #[must_use]
    pub fn bytes(&self, address: u64, len: usize) -> Option<Vec<u8>> {
        // Capacity only as bytes are found: `len` may come from the core.
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        while bytes.len() < len {
            let wanted = chunk.len().min(len - bytes.len());
            let next = address.checked_add(bytes.len() as u64)?;
            match self.read_some(next, &mut chunk[..wanted]) {
                0 => return None,
                got => bytes.extend_from_slice(&chunk[..got]),
            }
        }
        Some(bytes)
    }

    /// Reads text up to a NUL, at most `longest` bytes of it.
    #[must_use]
    pub fn string(&self, address: u64, longest: usize) -> Option<String> {
        let mut bytes = vec![0; longest];
        let got = self.read_some(address, &mut bytes);
        let end = bytes[..got].iter().position(|&byte| byte == 0);
        let text = &bytes[..end.unwrap_or(got)];
        (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
    }

    /// The same memory with the blocks kept that were read last, for many small reads side by side.
    #[must_use]
    pub fn cached(&self) -> CachedMemory<'_> {
        CachedMemory {
            memory: self,
            blocks: RefCell::new(vec![Block::default(); BLOCKS]),
            last: Cell::new(0),
            file_reads: Cell::new(0),
        }
    }
}

/// Where the file ends before its segments do, by how much.
fn name_missing(segments: &[Segment], len: u64, problems: &mut Vec<Problem>) {
    let ends = segments
        .iter()
        .map(|segment| segment.offset.saturating_add(segment.file_size));
    let end = ends.max().unwrap_or(0);
    if end > len {
        let what = format!("the core is cut off: {len} of {end} bytes are there");
        problems.push(Problem::of(what));
    }
}

/// Stacks are read a few words at a time from the top down, so a block serves many frames.
const BLOCK: usize = 16 << 10;

/// Enough for the stack, and for what it points to.
const BLOCKS: usize = 8;

#[derive(Debug, Clone, Default)]
struct Block {
    address: u64,
    bytes: Vec<u8>,
    used: u64,
}

/// Memory with a small cache.
#[derive(Debug)]
pub struct CachedMemory<'m> {
    memory: &'m Memory,
    blocks: RefCell<Vec<Block>>,
    /// The block that was read last.
    last: Cell<usize>,
    file_reads: Cell<u64>,
}

impl CachedMemory<'_> {
    /// Reads a little-endian word of 8 bytes.
    #[must_use]
    pub fn word(&self, address: u64) -> Option<u64> {
        self.array(address).map(u64::from_le_bytes)
    }

    /// Reads a few bytes.
    #[must_use]
    pub fn array<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        let start = address - address % BLOCK as u64;
        let skip = usize::try_from(address - start).ok()?;
        if skip + N > BLOCK {
            return self.uncached(address);
        }
        let mut blocks = self.blocks.borrow_mut();
        // Most reads are near the one before.
        let last = self.last.get();
        let is_last = blocks[last].used > 0 && blocks[last].address == start;
        let at = if is_last {
            last
        } else {
            self.block(&mut blocks, start)?
        };
        match blocks[at].bytes.get(skip..skip + N) {
            Some(bytes) => bytes.try_into().ok(),
            // A segment that starts within the block.
            None => self.uncached(address),
        }
    }

    /// The place of the block that starts at an address, in place of the one that was used the longest ago.
    fn block(&self, blocks: &mut [Block], start: u64) -> Option<usize> {
        let newest = blocks.iter().map(|block| block.used).max().unwrap_or(0);
        let found = blocks
            .iter()
            .position(|block| block.address == start && block.used > 0);
        let at = found.or_else(|| {
            let oldest = (0..blocks.len()).min_by_key(|&at| blocks[at].used)?;
            self.fill(&mut blocks[oldest], start);
            Some(oldest)
        })?;
        blocks[at].used = newest + 1;
        self.last.set(at);
        Some(at)
    }

    fn uncached<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        self.file_reads.set(self.file_reads.get() + 1);
        self.memory.bytes(address, N)?.try_into().ok()
    }

    /// How often the file was read, which takes a hundred times as long as what the cache has.
    #[must_use]
    pub fn file_reads(&self) -> u64 {
        self.file_reads.get()
    }

    fn fill(&self, block: &mut Block, start: u64) {
        self.file_reads.set(self.file_reads.get() + 1);
        block.address = start;
        block.bytes.resize(BLOCK, 0);
        let got = self.memory.read_some(start, &mut block.bytes);
        block.bytes.truncate(got);
    }
}
