//! From byte ranges to the table of functions.

use std::ops::Range;

use memchr::memchr_iter;

use super::Function;

/// A function as the scanners find it, all in bytes of the text.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) name: Box<str>,
    pub(super) bytes: Range<usize>,
}

/// The table of `found`, ordered by start and then by the longer range.
pub(super) fn table(text: &[u8], mut found: Vec<Found>) -> Vec<Function> {
    found.sort_by_key(|found| (found.bytes.start, usize::MAX - found.bytes.end));
    let mut lines = vec![0..0; found.len()];
    // Branches of `#if` may leave ranges that overlap: sorted positions keep
    // the count of newlines to one pass over the text in every case.
    let starts = found.iter().map(|found| found.bytes.start).enumerate();
    let ends = found.iter().map(|found| found.bytes.end).enumerate();
    let starts = numbered(text, starts.map(|(index, at)| (at, index)).collect());
    let ends = ends.map(|(index, at)| (at.saturating_sub(1), index));
    let ends = numbered(text, ends.collect());
    for (index, line) in starts {
        lines[index].start = line;
    }
    for (index, line) in ends {
        lines[index].end = line + 1;
    }
    let rows = found.into_iter().zip(lines);
    rows.map(|(found, lines)| Function {
        name: found.name,
        lines,
        bytes: number(found.bytes.start)..number(found.bytes.end),
    })
    .collect()
}

/// The line of each position, with the index it came with.
fn numbered(text: &[u8], mut positions: Vec<(usize, usize)>) -> Vec<(usize, u32)> {
    positions.sort_unstable();
    let (mut from, mut line) = (0, 0);
    let numbered = positions.into_iter().map(|(at, index)| {
        line += count(&text[from..at]);
        from = at;
        (index, line)
    });
    numbered.collect()
}

/// Newlines in `text`.
pub(super) fn count(text: &[u8]) -> u32 {
    number(memchr_iter(b'\n', text).count())
}

/// A position or count as the table has it: texts end at 4 GiB.
pub(super) fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
