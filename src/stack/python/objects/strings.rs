//! Text of string objects.

use super::types::flags;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// The longest name or path that is read; the kernel's longest path.
pub(in crate::stack::python) const LONGEST_NAME: usize = 4096;

/// The beginning of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::stack::python) struct Text {
    /// What was read of it.
    pub(in crate::stack::python) text: String,
    /// How many code points (2.7: bytes of `str`, code units of `unicode`) the object says that it has.
    pub(in crate::stack::python) length: u64,
    /// Whether there is more.
    pub(in crate::stack::python) cut: bool,
}

/// The beginning of a string of any kind, by its elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Characters {
    /// Code points, surrogates among them; for `bytes`, and `str` of 2.7, bytes.
    pub(super) codes: Vec<u32>,
    /// How many elements the object says that it has.
    pub(super) length: u64,
    /// Whether there is more than was read.
    pub(super) cut: bool,
}

impl Cpython<'_, '_> {
    /// A name or path: a whole string, if it is one.
    pub(in crate::stack::python) fn name(&self, object: u64) -> Option<String> {
        let text = self.text(object, LONGEST_NAME)?;
        (!text.cut).then_some(text.text)
    }

    /// A name or path, of an object that may be anything.
    pub(in crate::stack::python) fn string(&self, object: u64) -> Option<String> {
        self.is_string(object).then(|| self.name(object))?
    }

    /// Whether an object is a `str`, or a `unicode` of 2.7.
    pub(in crate::stack::python) fn is_string(&self, object: u64) -> bool {
        let bytes = if self.series.0 < 3 { flags::BYTES } else { 0 };
        self.has_flag(object, flags::UNICODE | bytes)
    }

    /// At most `longest` code points of a string; of `str` of 2.7 bytes. The caller knows that it is one.
    pub(in crate::stack::python) fn text(&self, object: u64, longest: usize) -> Option<Text> {
        let wide = self.series.0 >= 3 || self.has_flag(object, flags::UNICODE);
        let characters = if wide {
            self.characters(object, longest)?
        } else {
            self.byte_characters(object, longest)?
        };
        let Characters { codes, length, cut } = characters;
        let text = if wide {
            let lossy = |code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            codes.into_iter().map(lossy).collect()
        } else {
            let bytes: Vec<u8> = codes
                .into_iter()
                .map(|code| code.to_le_bytes()[0])
                .collect();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Some(Text { text, length, cut })
    }

    /// At most `longest` elements of a `str`, or a `unicode` of 2.7.
    pub(super) fn characters(&self, object: u64, longest: usize) -> Option<Characters> {
        if self.series.0 < 3 {
            return self.old_characters(object, longest);
        }
        let length = self.word(object, Field::AsciiLength)?;
        let state = self.string_state(object)?;
        let data = match (state.compact, state.ascii) {
            (true, true) => object.checked_add(self.layout.get(Field::AsciiSize)?)?,
            (true, false) => object.checked_add(self.layout.get(Field::CompactSize)?)?,
            (false, _) => self.pointer(object, Field::UnicodeData)?,
        };
        let count = bounded(length, longest);
        let bytes = self.memory.bytes(data, count * state.width);
        Characters::new(decode(&bytes, state.width)?, length)
    }

    /// How the characters are kept (`Include/cpython/unicodeobject.h`): `interned`, then `kind` of 3 bits, `compact` and
    /// `ascii`. `interned` goes up to 3 and takes 2 bits, or 8 or 16 where threads change it without a lock; `kind` is
    /// never 0.
    fn string_state(&self, object: u64) -> Option<State> {
        let bits = self.int(object, Field::AsciiState)?.cast_unsigned();
        let bits = match bits.to_le_bytes() {
            [..=3, 0, ..] => bits >> 16,
            [..=3, ..] => bits >> 8,
            _ => bits >> 2,
        };
        let width = match bits & 7 {
            width @ (1 | 2 | 4) => width as usize,
            _ => return None,
        };
        Some(State {
            width,
            compact: bits & 8 != 0,
            ascii: bits & 16 != 0,
        })
    }

    /// `unicode` of 2.7, whose code units have 2 or 4 bytes as it was built. Nothing in an object tells which, but pairs
    /// of short ones make no code points, and the NUL behind them stands elsewhere.
    fn old_characters(&self, object: u64, longest: usize) -> Option<Characters> {
        let length = self.word(object, Field::WideLength)?;
        let data = self.pointer(object, Field::WideData)?;
        let count = bounded(length, longest);
        let end = length.checked_mul(4)?.checked_add(data)?;
        let bytes = self.memory.bytes(data, count * 4);
        let codes = decode(&bytes, 4).filter(|codes| codes.len() == count);
        match codes {
            Some(codes) if self.memory.int(end) == Some(0) => Characters::new(codes, length),
            _ => {
                let units = decode(&bytes[..bytes.len().min(count * 2)], 2)?;
                let mut characters = Characters::new(units, length)?;
                characters.codes = joined(&characters.codes);
                Some(characters)
            }
        }
    }

    /// At most `longest` bytes of a `bytes`, or a `str` of 2.7.
    pub(super) fn byte_characters(&self, object: u64, longest: usize) -> Option<Characters> {
        let length = self.word(object, Field::ObjectCount)?;
        let data = if self.series.0 < 3 {
            Field::StringData
        } else {
            Field::BytesData
        };
        let bytes = self
            .memory
            .bytes(self.at(object, data)?, bounded(length, longest));
        Characters::new(bytes.into_iter().map(u32::from).collect(), length)
    }
}

impl Characters {
    /// `None` where there should be some but not one could be read.
    fn new(codes: Vec<u32>, length: u64) -> Option<Self> {
        let got = codes.len() as u64;
        (got > 0 || length == 0).then_some(Self {
            codes,
            length,
            cut: got < length,
        })
    }
}

/// A length as the object has it, but no more than is wanted.
fn bounded(length: u64, longest: usize) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX).min(longest)
}

/// Pairs of surrogates become the code points that they stand for.
fn joined(units: &[u32]) -> Vec<u32> {
    let units = units.iter().filter_map(|&unit| u16::try_from(unit).ok());
    let joined = char::decode_utf16(units);
    let code = |joined: Result<char, _>| joined.map_or_else(|lone| lone_code(&lone), u32::from);
    joined.map(code).collect()
}

fn lone_code(lone: &std::char::DecodeUtf16Error) -> u32 {
    lone.unpaired_surrogate().into()
}

/// How the characters of a string are kept.
struct State {
    /// Bytes of each.
    width: usize,
    /// Whether they follow the head of the object.
    compact: bool,
    ascii: bool,
}

/// Characters of 1, 2 or 4 bytes; `None` where one is no code point, so that it is no string.
fn decode(bytes: &[u8], width: usize) -> Option<Vec<u32>> {
    let codes = bytes.chunks_exact(width).map(|character| {
        let code = match *character {
            [a] => a.into(),
            [a, b] => u16::from_le_bytes([a, b]).into(),
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
            _ => return None,
        };
        (code <= u32::from(char::MAX)).then_some(code)
    });
    codes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::python::objects::testing::{Heap, NOWHERE};

    /// In `state`, where its lowest bits are those of `kind`.
    const COMPACT: u64 = 1 << 3;

    fn text(heap: &Heap, object: u64) -> Option<String> {
        let text = heap.read(|python| python.text(object, 4))?;
        Some(text.text + if text.cut { "..." } else { "" })
    }

    /// A compact string by the bytes of `state` and of its characters.
    fn compact(heap: &mut Heap, length: u64, state: u64, characters: &[u8]) -> u64 {
        let class = heap.class("str", flags::UNICODE);
        let head = [1, class, length, state, 0, 0].map(u64::to_le_bytes);
        heap.bytes(&[head.as_flattened(), characters].concat())
    }

    #[test]
    fn widths() {
        let mut heap = Heap::new((3, 13));
        let cases: &[(u64, u64, &[u8], Option<&str>)] = &[
            (1, (1 | COMPACT) << 2, b"\xe9", Some("\u{e9}")),
            (1, (2 | COMPACT) << 2, b"\xac\x20", Some("\u{20ac}")),
            (1, (4 | COMPACT) << 2, b"\x0d\xf4\x01\0", Some("\u{1f40d}")),
            (1, (2 | COMPACT) << 2, b"\0\xd8", Some("\u{fffd}")),
            (9, (1 | COMPACT) << 2 | 2, b"characters", Some("char...")),
            // No kind, and no code point.
            (1, (3 | COMPACT) << 2, b"a", None),
            (1, (4 | COMPACT) << 2, b"aaaa", None),
            // `interned` of 8 and of 16 bits.
            (1, (1 | COMPACT) << 8 | 3, b"a", Some("a")),
            (1, (1 | COMPACT) << 16 | 1, b"a", Some("a")),
            (0, (1 | COMPACT) << 2, b"", Some("")),
        ];
        for &(length, state, characters, expected) in cases {
            let object = compact(&mut heap, length, state, characters);
            assert_eq!(text(&heap, object).as_deref(), expected, "{state:#b}");
        }
        let object = compact(&mut heap, u64::MAX, (1 | COMPACT) << 2, b"characters");
        assert_eq!(text(&heap, object).as_deref(), Some("char..."));
        // Not compact: a pointer stands where the characters would.
        let data = heap.bytes(b"ab");
        let object = compact(&mut heap, 2, 1 << 2, &data.to_le_bytes());
        assert_eq!(text(&heap, object).as_deref(), Some("ab"));
        heap.set(object + 48, NOWHERE);
        assert_eq!(text(&heap, object), None);
    }

    #[test]
    fn unicode_of_2_7() {
        let mut heap = Heap::new((2, 7));
        let class = heap.class("unicode", flags::UNICODE);
        let cases: &[(u64, &[u8], &str)] = &[
            (2, b"a\0b\0\0\0", "ab"),
            (2, b"a\0\0\0b\0\0\0\0\0\0\0", "ab"),
            (2, b"\x3d\xd8\x0d\xdc\0\0", "\u{1f40d}"),
            (1, b"\x0d\xf4\x01\0\0\0\0\0", "\u{1f40d}"),
        ];
        for &(length, characters, expected) in cases {
            let data = heap.bytes(characters);
            let object = heap.object(class, &[length, data]);
            assert_eq!(text(&heap, object).as_deref(), Some(expected));
        }
        let bytes = heap.class("str", flags::BYTES);
        let object = heap.object(bytes, &[2, u64::from_le_bytes(*b"ab\0\0\0\0\0\0")]);
        assert_eq!(text(&heap, object).as_deref(), Some("ab"));
    }
}
