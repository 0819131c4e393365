//! The line of an instruction, by the table that its code object carries.

/// How a line table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stack) enum LineTable {
    /// `co_lnotab` of 2.7: steps of unsigned bytes (`Objects/lnotab_notes.txt` of v2.7.18).
    Unsigned,
    /// `co_lnotab` of 3.6 to 3.9: steps back are signed bytes (`Objects/lnotab_notes.txt` of v3.9.18).
    Signed,
    /// `co_linetable` of 3.10: where each range ends, and its line (`Objects/lnotab_notes.txt` of v3.10.13).
    Ranges,
    /// `co_linetable` since 3.11: entries of varying length with columns (`Objects/locations.md` of v3.11.7).
    Locations,
}

impl LineTable {
    /// What a series writes.
    pub(super) fn of_series(series: (u32, u32)) -> Self {
        match series {
            (..=2, _) => Self::Unsigned,
            (3, ..=9) => Self::Signed,
            (3, 10) => Self::Ranges,
            _ => Self::Locations,
        }
    }

    /// The line of the instruction at an offset in bytes; `None` where code has no line, or the table is damaged. A
    /// negative offset is a frame that has not begun: its line is the first.
    pub(in crate::stack) fn line(self, table: &[u8], first: i32, offset: i64) -> Option<u32> {
        let offset = offset.max(0).unsigned_abs();
        let line = match self {
            Self::Unsigned => steps(table, first, offset, |step| i32::from(step)),
            Self::Signed => steps(table, first, offset, |step| i32::from(step.cast_signed())),
            Self::Ranges => ranges(table, first, offset),
            Self::Locations => locations(table, first, offset),
        };
        line.and_then(|line| u32::try_from(line).ok())
            .filter(|&line| line > 0)
    }
}

/// Pairs of steps: so many bytes on, then so many lines.
fn steps(table: &[u8], first: i32, offset: u64, lines: impl Fn(u8) -> i32) -> Option<i32> {
    let (mut line, mut at) = (first, 0);
    for pair in table.chunks_exact(2) {
        at += u64::from(pair[0]);
        if at > offset {
            break;
        }
        line = line.checked_add(lines(pair[1]))?;
    }
    Some(line)
}

/// Pairs of the length of a range and the step to its line; -128 for a range without a line.
fn ranges(table: &[u8], first: i32, offset: u64) -> Option<i32> {
    let (mut line, mut end) = (first, 0);
    for pair in table.chunks_exact(2) {
        let step = pair[1].cast_signed();
        end += u64::from(pair[0]);
        if step != i8::MIN {
            line = line.checked_add(step.into())?;
        }
        if offset < end {
            return (step != i8::MIN).then_some(line);
        }
    }
    None
}

/// The kinds of entries that are told apart by their code; the others keep the line.
mod code {
    pub(super) const ONE_LINE: std::ops::RangeInclusive<u8> = 10..=12;
    pub(super) const NO_COLUMNS: u8 = 13;
    pub(super) const LONG: u8 = 14;
    pub(super) const NONE: u8 = 15;
}

/// Entries: a byte with its high bit set holds the code and the count of code units, whose bytes follow.
fn locations(table: &[u8], first: i32, offset: u64) -> Option<i32> {
    let (mut line, mut end) = (first, 0);
    let mut rest = table;
    while let [head, after @ ..] = rest {
        let code = head >> 3 & 15;
        end += u64::from(head & 7) * 2 + 2;
        let step = match code {
            code::NO_COLUMNS | code::LONG => signed_varint(after)?,
            code if code::ONE_LINE.contains(&code) => i32::from(code) - 10,
            _ => 0,
        };
        line = line.checked_add(step)?;
        if offset < end {
            return (code != code::NONE).then_some(line);
        }
        let next = after.iter().position(|byte| byte & 0x80 != 0);
        rest = next.map_or(&[], |next| &after[next..]);
    }
    None
}

/// Six bits a byte, the least first; bit 6 says that more follow, and the lowest bit of the number is its sign.
fn signed_varint(bytes: &[u8]) -> Option<i32> {
    let mut value: u32 = 0;
    for (place, byte) in bytes.iter().enumerate() {
        let shift = u32::try_from(place).ok()? * 6;
        value |= u32::from(byte & 63).checked_shl(shift)?;
        if byte & 64 == 0 {
            let size = i32::try_from(value >> 1).ok()?;
            return Some(if value & 1 == 1 { -size } else { size });
        }
    }
    None
}
