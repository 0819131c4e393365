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
    /// negative offset is a frame that has not begun: its line is that of the definition (`Objects/codeobject.c`,
    /// `PyCode_Addr2Line`).
    pub(in crate::stack) fn line(self, table: &[u8], first: i32, offset: i64) -> Option<u32> {
        let line = match (u64::try_from(offset), self) {
            (Err(_), _) => Some(first),
            (Ok(offset), Self::Unsigned) => steps(table, first, offset, i32::from),
            (Ok(offset), Self::Signed) => {
                steps(table, first, offset, |step| i32::from(step.cast_signed()))
            }
            (Ok(offset), Self::Ranges) => ranges(table, first, offset),
            (Ok(offset), Self::Locations) => locations(table, first, offset),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A kind of table, the table, where its lines begin (0 for none), and the length of the code.
    type Real = (LineTable, &'static str, &'static [(i64, u32)], i64);

    /// Tables of one function, with steps back and of hundreds of lines, as each compiler wrote them; each with where lines
    /// begin, by the same Python's `dis`, and the length of the code.
    const REAL: [Real; 4] = [
        (
            LineTable::Unsigned,
            "0002030103010601098d0d0103010a010d01080103ff002e",
            &[
                (0, 3),
                (3, 4),
                (6, 5),
                (12, 6),
                (21, 147),
                (34, 148),
                (37, 149),
                (47, 150),
                (60, 151),
                (68, 152),
                (71, 453),
            ],
            76,
        ),
        (
            LineTable::Signed,
            "00020201020102ff020202fd047f00110801020108010c010801027f007f002f0280008000d3",
            &[
                (0, 3),
                (2, 4),
                (4, 5),
                (6, 4),
                (8, 6),
                (10, 3),
                (14, 147),
                (22, 148),
                (24, 149),
                (32, 150),
                (44, 151),
                (52, 152),
                (54, 453),
                (56, 152),
            ],
            60,
        ),
        (
            LineTable::Ranges,
            "02020201020102ff020204fd007f0811020108010c01040102ff0202007f007f022f0081008104d1",
            &[
                (0, 3),
                (2, 4),
                (4, 5),
                (6, 4),
                (8, 6),
                (10, 3),
                (14, 147),
                (22, 148),
                (24, 149),
                (32, 150),
                (44, 151),
                (48, 150),
                (50, 152),
                (52, 453),
                (54, 152),
            ],
            58,
        ),
        (
            LineTable::Locations,
            "8000e0090ad9090ad80203f303010a05e0090af00703090c8041f36004000e0f8801f002030911d810118a41\
             f105000e0ff00a000d0ef05a0900090af15b096d040d0af0006d04050bf8f405001011f300010911da0c10f0\
             03010911fa",
            &[
                (0, 1),
                (2, 3),
                (4, 4),
                (8, 5),
                (10, 4),
                (18, 6),
                (20, 3),
                (24, 147),
                (34, 148),
                (36, 149),
                (44, 147),
                (48, 152),
                (50, 453),
                (52, 152),
                (58, 0),
                (60, 150),
                (78, 151),
                (84, 150),
                (86, 0),
            ],
            92,
        ),
    ];

    fn bytes(digits: &str) -> Vec<u8> {
        let digits: Vec<_> = digits.chars().collect();
        let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
        digits.chunks(2).map(|pair| byte(pair).unwrap()).collect()
    }

    #[test]
    fn real_tables() {
        for (kind, table, starts, length) in REAL {
            let table = bytes(table);
            for offset in 0..length {
                let before = starts.iter().rev().find(|(start, _)| *start <= offset);
                let expected = before.map(|&(_, line)| line).filter(|&line| line > 0);
                assert_eq!(
                    kind.line(&table, 1, offset),
                    expected,
                    "{kind:?} at {offset}"
                );
            }
        }
    }

    #[test]
    fn a_frame_that_has_not_begun_is_on_the_line_of_its_definition() {
        for (kind, table, _, _) in REAL {
            assert_eq!(kind.line(&bytes(table), 1, -1), Some(1), "{kind:?}");
        }
    }

    #[test]
    fn damaged_tables() {
        for (kind, table, first, expected) in [
            (LineTable::Signed, "0181", 1, None),
            (LineTable::Signed, "017f", i32::MAX, None),
            (LineTable::Signed, "00", 7, Some(7)),
            (LineTable::Ranges, "", 7, None),
            (LineTable::Ranges, "0280", 7, None),
            (LineTable::Locations, "", 7, None),
            // A number without an end, and one that is too large.
            (LineTable::Locations, "e87f", 7, None),
            (LineTable::Locations, "e87f7f7f7f7f7f3f", 7, None),
        ] {
            assert_eq!(
                kind.line(&bytes(table), first, 1),
                expected,
                "{kind:?} {table}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_table_gives_a_line_or_none(
            kind in 0..4_usize, table in any::<Vec<u8>>(), first: i32, offset: i64,
        ) {
            let kind = REAL[kind].0;
            prop_assert!(kind.line(&table, first, offset) != Some(0));
        }
    }
}
