//! `_Py_DebugOffsets`: what an interpreter itself tells debuggers of its structures, at the start of `_PyRuntime` since
//! 3.13 (`Include/internal/pycore_debug_offsets.h`; of v3.13.0 `Include/internal/pycore_runtime.h`).
//!
//! Eight bytes of cookie, then words: `PY_VERSION_HEX`, whether it was built without the GIL, and groups of figures. The
//! groups and their order are those of a series' release (`tables/*.debug-offsets.txt`); alphas have had others.

mod members;

use super::Field;

/// `_Py_Debug_Cookie`.
pub(in crate::stack::python) const COOKIE: [u8; 8] = *b"xdebugpy";

/// Bytes of the longest that is read.
pub(in crate::stack::python) const LONGEST: usize = 824;

const ORDERS: [((u32, u32), &str); 3] = [
    ((3, 13), include_str!("../tables/3.13.debug-offsets.txt")),
    ((3, 14), include_str!("../tables/3.14.debug-offsets.txt")),
    ((3, 15), include_str!("../tables/3.15.debug-offsets.txt")),
];

/// Cookie, version, and whether it has no GIL.
const HEAD: usize = 24;

/// The structures of an interpreter and of the runtime have some hundred KiB, as they hold small integers and strings.
const LARGEST_STATE: u64 = 4 << 20;

/// All other structures.
const LARGEST: u64 = 64 << 10;

/// What one interpreter tells.
#[derive(Debug, Clone)]
pub(in crate::stack::python) struct DebugOffsets {
    /// Major and minor number.
    pub(in crate::stack::python) series: (u32, u32),
    /// Whether it was built without the GIL.
    pub(in crate::stack::python) free_threaded: bool,
    figures: Vec<Figure>,
}

/// One word of a group.
#[derive(Debug, Clone, Copy)]
struct Figure {
    group: &'static str,
    member: &'static str,
    value: u64,
}

impl DebugOffsets {
    /// Reads the beginning of a `_PyRuntime`; `None` where there are none, or none of an order that is known.
    pub(in crate::stack::python) fn parse(runtime: &[u8]) -> Option<Self> {
        if !runtime.starts_with(&COOKIE) {
            return None;
        }
        let word = |at: usize| Some(u64::from_le_bytes(*runtime.get(at..)?.first_chunk()?));
        let version = u32::try_from(word(8)?).ok()?;
        let series = (version >> 24, version >> 16 & 0xff);
        // 0xa0 is an alpha, and what follows the numbers of a release is 0xf0 (`Include/patchlevel.h`).
        let alpha = version & 0xf0 < 0xb0;
        let free_threaded = match word(16)? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let order = ORDERS.iter().find(|order| order.0 == series && !alpha)?;
        let mut figures = Vec::new();
        for line in order.1.lines().skip(1) {
            let (group, members) = line.split_once(' ')?;
            for member in members.split(' ') {
                let value = word(HEAD + 8 * figures.len())?;
                figures.push(Figure {
                    group,
                    member,
                    value,
                });
            }
        }
        let offsets = Self {
            series,
            free_threaded,
            figures,
        };
        offsets.possible().then_some(offsets)
    }

    /// Whether every member lies within its structure, as it would not if the words were in another order.
    fn possible(&self) -> bool {
        self.figures.iter().all(|figure| {
            let largest = match figure.group {
                "runtime_state" | "interpreter_state" => LARGEST_STATE,
                _ => LARGEST,
            };
            let size = self.get(figure.group, "size").unwrap_or(largest);
            match figure.member {
                "size" => (1..largest).contains(&size),
                // Of a smaller structure, and of a larger one.
                "asciiobject_size" | "compactunicodeobject_size" => figure.value <= size,
                "generation_stats_size" => true,
                _ => figure.value < size,
            }
        })
    }

    /// Where a member stands in its structure; `None` where they do not tell.
    pub(in crate::stack::python) fn offset(&self, field: Field) -> Option<u32> {
        let get = |(group, member)| self.get(group, member);
        let offset = match field {
            Field::InterpreterCollecting => {
                let collector = get(("interpreter_state", "gc"))?;
                collector.checked_add(get(("gc", "collecting"))?)?
            }
            Field::GilLocked => self.of_gil("gil_runtime_state_locked")?,
            Field::GilLastHolder => self.of_gil("gil_runtime_state_holder")?,
            // Of no meaning with the GIL.
            Field::CodeThreadLocal | Field::CodeFrameThreadLocalCode | Field::GilEnabled
                if !self.free_threaded =>
            {
                return None;
            }
            // Where the text of other strings than ASCII follows, two words on: `PyCompactUnicodeObject` of
            // `Include/cpython/unicodeobject.h`, the same in 3.13 to 3.15.
            Field::CompactSize | Field::UnicodeData => {
                get(("unicode_object", "asciiobject_size"))?.checked_add(16)?
            }
            _ => get(members::figure(field)?)?,
        };
        u32::try_from(offset).ok()
    }

    /// They count from the start of the interpreter.
    fn of_gil(&self, member: &str) -> Option<u64> {
        let start = self.get("interpreter_state", "gil_runtime_state")?;
        self.get("interpreter_state", member)?.checked_sub(start)
    }

    fn get(&self, group: &str, member: &str) -> Option<u64> {
        let mut figures = self.figures.iter();
        let figure = figures.find(|figure| (figure.group, figure.member) == (group, member))?;
        Some(figure.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offsets that count up within each group, behind a size that none reaches.
    fn made(version: u32, free_threaded: u64) -> Vec<u8> {
        let mut words = vec![u64::from_le_bytes(COOKIE), version.into(), free_threaded];
        let series = (version >> 24, version >> 16 & 0xff);
        let order = ORDERS.iter().find(|order| order.0 == series);
        for line in order.map_or("", |order| order.1).lines().skip(1) {
            for member in line.split(' ').skip(1) {
                let figure = if member == "size" { 4096 } else { words.len() };
                words.push(figure as u64);
            }
        }
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn versions() {
        for (version, free_threaded, known) in [
            (0x030d_00f0, 0, true),
            (0x030d_05f0, 1, true),
            (0x030e_00c2, 0, true),
            (0x030f_00b1, 0, true),
            (0x030d_00a6, 0, false),
            (0x0310_00f0, 0, false),
            (0x030d_00f0, 2, false),
        ] {
            let bytes = made(version, free_threaded);
            let offsets = DebugOffsets::parse(&bytes);
            assert_eq!(offsets.is_some(), known, "{version:#x}");
            let Some(offsets) = offsets else { continue };
            assert_eq!(offsets.series, (3, version >> 16 & 0xff));
            assert_eq!(offsets.free_threaded, free_threaded == 1);
            assert!(bytes.len() <= LONGEST);
            for len in 0..bytes.len() {
                assert!(DebugOffsets::parse(&bytes[..len]).is_none());
            }
        }
    }

    /// Words in another order, as alphas have them.
    #[test]
    fn figures_that_cannot_be() {
        let sound = made(0x030d_00f0, 0);
        for (word, value) in [
            (0, 0),
            (3, 0),
            (3, LARGEST_STATE),
            (4, 4096),
            (6, LARGEST_STATE),
            (19, LARGEST),
            (22, u64::MAX),
        ] {
            let mut bytes = sound.clone();
            bytes[word * 8..word * 8 + 8].copy_from_slice(&u64::to_le_bytes(value));
            assert!(DebugOffsets::parse(&bytes).is_none(), "{word} {value}");
        }
    }

    #[test]
    fn members() {
        let offsets = DebugOffsets::parse(&made(0x030e_00f0, 0)).unwrap();
        let ids = made(0x030e_00f0, 1);
        let free_threaded = DebugOffsets::parse(&ids).unwrap();
        for (field, offset) in [
            (Field::RuntimeInterpreters, Some(5)),
            (Field::InterpreterCollecting, Some(11 + 82)),
            (Field::GilLocked, Some(2)),
            (Field::ThreadRecursionLimit, None),
            (Field::CodeThreadLocal, None),
        ] {
            assert_eq!(offsets.offset(field), offset, "{field}");
        }
        assert_eq!(free_threaded.offset(Field::CodeThreadLocal), Some(49));
    }
}
