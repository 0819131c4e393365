//! Pages of a process of one moment, read with as few system calls as there can be (process_vm_readv(2)).

use std::collections::BTreeMap;
use std::io::IoSliceMut;
use std::ops::Range;

use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

use super::pages::{PAGE, PAGE_BYTES};

/// Ranges that one call reads (`UIO_MAXIOV`, `include/uapi/linux/uio.h`).
const MOST_RANGES: usize = 1024;

/// Pages by number.
#[derive(Debug, Default)]
pub(super) struct Frozen {
    bytes: Vec<u8>,
    /// By the first page of a run: how many pages of it were read, and where they stand.
    runs: BTreeMap<u64, (u64, usize)>,
}

impl Frozen {
    /// Reads runs of pages, which are in order, into room that was made before.
    pub(super) fn read(pid: Pid, runs: &[Range<u64>], room: Vec<u8>) -> Self {
        let mut frozen = Self {
            bytes: room,
            runs: BTreeMap::new(),
        };
        frozen.bytes.resize(runs.iter().map(bytes_of).sum(), 0);
        let mut bytes = std::mem::take(&mut frozen.bytes);
        let (mut left, mut at) = (runs, 0);
        while !left.is_empty() {
            let count = frozen.some(pid, left, &mut bytes[at..], at);
            at += left[..count].iter().map(bytes_of).sum::<usize>();
            left = &left[count..];
        }
        frozen.bytes = bytes;
        frozen
    }

    /// Reads as many runs as one call does, up to the first that cannot be read, which is read page by page. Gives how
    /// many were dealt with.
    fn some(&mut self, pid: Pid, runs: &[Range<u64>], bytes: &mut [u8], at: usize) -> usize {
        let runs = &runs[..runs.len().min(MOST_RANGES)];
        let mut got = read(pid, runs, bytes);
        let mut place = 0;
        for (number, run) in runs.iter().enumerate() {
            let size = bytes_of(run);
            if got < size {
                self.by_page(
                    pid,
                    run.clone(),
                    &mut bytes[place..place + size],
                    at + place,
                );
                return number + 1;
            }
            self.runs
                .insert(run.start, (run.end - run.start, at + place));
            got -= size;
            place += size;
        }
        runs.len()
    }

    fn by_page(&mut self, pid: Pid, run: Range<u64>, bytes: &mut [u8], mut at: usize) {
        for (page, bytes) in run.zip(bytes.chunks_mut(PAGE_BYTES)) {
            let only = page..page + 1;
            if read(pid, std::slice::from_ref(&only), bytes) == PAGE_BYTES {
                self.runs.insert(page, (1, at));
            }
            at += PAGE_BYTES;
        }
    }

    /// The bytes of a page, if it was read.
    pub(super) fn page(&self, page: u64) -> Option<&[u8]> {
        let (first, &(count, at)) = self.runs.range(..=page).next_back()?;
        let within = page - first;
        if within >= count {
            return None;
        }
        let start = at + usize::try_from(within).ok()? * PAGE_BYTES;
        self.bytes.get(start..start + PAGE_BYTES)
    }
}

fn bytes_of(run: &Range<u64>) -> usize {
    usize::try_from(run.end - run.start).unwrap_or(0) * PAGE_BYTES
}

/// Reads runs one after the other into the beginning of a buffer; gives how many bytes were read before one failed.
fn read(pid: Pid, runs: &[Range<u64>], bytes: &mut [u8]) -> usize {
    let length: usize = runs.iter().map(bytes_of).sum();
    let remote = runs.iter().filter_map(|run| {
        Some(RemoteIoVec {
            base: usize::try_from(run.start * PAGE).ok()?,
            len: bytes_of(run),
        })
    });
    let remote: Vec<_> = remote.collect();
    let local = &mut [IoSliceMut::new(&mut bytes[..length])];
    process_vm_readv(pid, local, &remote).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages of this process, the first one of which cannot be read.
    #[test]
    fn pages_that_can_be_read() {
        let known: Vec<u8> = (0..8).flat_map(|page| [page; PAGE_BYTES]).collect();
        let start = known.as_ptr() as u64;
        let first = start.div_ceil(PAGE);
        let skew = u8::from(!start.is_multiple_of(PAGE));
        let runs = [1..2, first..first + 2, first + 3..first + 5];
        for room in [0, 6 * PAGE_BYTES, 2 * PAGE_BYTES] {
            let frozen = Frozen::read(Pid::this(), &runs, vec![1; room]);
            for (page, expected) in [
                (1, None),
                (first - 1, None),
                (first, Some(0)),
                (first + 1, Some(1)),
                (first + 2, None),
                (first + 4, Some(4)),
                (first + 5, None),
            ] {
                let found = frozen.page(page).map(|bytes| bytes[PAGE_BYTES - 1]);
                assert_eq!(found, expected.map(|number| number + skew), "{page:#x}");
            }
        }
    }
}
