//! The hunks between two texts, at the cost of what differs.

use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, Hunk, InternedInput, Interner};
use memchr::memchr;

use super::super::Language;
use super::super::lines::{count, number};
use super::Line;
use super::blanks::{Code, lines};
use super::owners::Owners;

/// Bytes compared at once.
const STEP: usize = 256;

/// The lines between what two texts have in common at either end.
#[derive(Debug)]
pub(super) struct Middle<'a> {
    /// Number of the first line in the whole text.
    first: u32,
    lines: Vec<&'a [u8]>,
}

impl<'a> Middle<'a> {
    fn new(text: &'a [u8], range: Range<usize>, first: u32) -> Self {
        let lines = lines(&text[range]).collect();
        Self { first, lines }
    }

    fn within(&self, lines: Range<u32>) -> &[&'a [u8]] {
        &self.lines[lines.start as usize..lines.end as usize]
    }

    /// The lines of `hunk` that are not blank.
    pub(super) fn changed(
        &self,
        hunk: Range<u32>,
        owners: &mut Owners<'a>,
    ) -> impl Iterator<Item = Line<'a>> {
        let lines = hunk.map(|index| (self.first + index, self.lines[index as usize]));
        let code = lines.filter(|(_, text)| !text.trim_ascii().is_empty());
        code.map(|(number, text)| Line {
            text,
            owner: owners.at(number),
        })
    }
}

/// The whole lines of `old` and of `new` that remain without those at the start
/// and at the end that are the same byte for byte.
pub(super) fn middles<'a>(old: &'a [u8], new: &'a [u8]) -> [Middle<'a>; 2] {
    let common = common_prefix(old, new);
    let start = if common == old.len() && common == new.len() {
        common
    } else {
        memchr::memrchr(b'\n', &old[..common]).map_or(0, |newline| newline + 1)
    };
    let tail = common_suffix(&old[start..], &new[start..]);
    let tail = &old[old.len() - tail..];
    let starts_lines = |text: &[u8]| {
        let at = text.len() - tail.len();
        at == start || text[at - 1] == b'\n'
    };
    let tail = if starts_lines(old) && starts_lines(new) {
        tail.len()
    } else {
        memchr(b'\n', tail).map_or(0, |newline| tail.len() - newline - 1)
    };
    let first = count(&old[..start]);
    [old, new].map(|text| Middle::new(text, start..text.len() - tail, first))
}

fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    let steps = one.chunks(STEP).zip(other.chunks(STEP));
    let whole = steps.take_while(|(one, other)| one == other);
    let at = whole.map(|(one, _)| one.len()).sum();
    let bytes = one[at..].iter().zip(&other[at..]);
    at + bytes.take_while(|(one, other)| one == other).count()
}

fn common_suffix(one: &[u8], other: &[u8]) -> usize {
    let steps = one.rchunks(STEP).zip(other.rchunks(STEP));
    let whole = steps.take_while(|(one, other)| one == other);
    let length: usize = whole.map(|(one, _)| one.len()).sum();
    let one = &one[..one.len() - length];
    let other = &other[..other.len() - length];
    let bytes = one.iter().rev().zip(other.iter().rev());
    length + bytes.take_while(|(one, other)| one == other).count()
}

/// The hunks between two middles, in lines of these.
///
/// Lines are told apart byte for byte first, which is quick, and only those of
/// the hunks found so without their white space.
pub(super) fn hunks(language: Language, old: &Middle<'_>, new: &Middle<'_>) -> Vec<Hunk> {
    let code = |line| Code::new(language, line);
    let mut hunks = Vec::new();
    for exact in diff(old.lines.iter(), new.lines.iter()) {
        if exact.is_pure_insertion() || exact.is_pure_removal() {
            hunks.push(exact);
            continue;
        }
        let (before, after) = (exact.before.start, exact.after.start);
        let old = old.within(exact.before).iter().map(|line| code(line));
        let new = new.within(exact.after).iter().map(|line| code(line));
        hunks.extend(diff(old, new).into_iter().map(|hunk| Hunk {
            before: hunk.before.start + before..hunk.before.end + before,
            after: hunk.after.start + after..hunk.after.end + after,
        }));
    }
    hunks
}

fn diff<T: Eq + Hash>(
    old: impl ExactSizeIterator<Item = T>,
    new: impl ExactSizeIterator<Item = T>,
) -> Vec<Hunk> {
    let (before, after) = (number(old.len()), number(new.len()));
    if before == 0 || after == 0 {
        let all = Hunk {
            before: 0..before,
            after: 0..after,
        };
        return if before + after == 0 {
            Vec::new()
        } else {
            vec![all]
        };
    }
    let mut input = InternedInput {
        before: Vec::new(),
        after: Vec::new(),
        interner: Interner::new(old.len() + new.len()),
    };
    input.update_before(old);
    input.update_after(new);
    Diff::compute(Algorithm::Histogram, &input)
        .hunks()
        .collect()
}
