//! Text of string objects.

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

impl Cpython<'_, '_> {
    /// A name or path: a whole string, if it is one.
    pub(in crate::stack::python) fn name(&self, object: u64) -> Option<String> {
        let text = self.text(object, LONGEST_NAME)?;
        (!text.cut).then_some(text.text)
    }

    /// At most `longest` code points of a string; of `str` of 2.7 bytes. The caller knows that it is one.
    pub(in crate::stack::python) fn text(&self, object: u64, longest: usize) -> Option<Text> {
        if self.series.0 < 3 {
            return self.byte_string(object, longest);
        }
        let length = self.word(object, Field::AsciiLength)?;
        let state = self.string_state(object)?;
        let data = match (state.compact, state.ascii) {
            (true, true) => object.checked_add(self.layout.get(Field::AsciiSize)?)?,
            (true, false) => object.checked_add(self.layout.get(Field::CompactSize)?)?,
            (false, _) => self.pointer(object, Field::UnicodeData)?,
        };
        let count = usize::try_from(length).unwrap_or(usize::MAX).min(longest);
        let bytes = self.memory.bytes(data, count * state.width);
        let text = decode(&bytes, state.width)?;
        let got = bytes.len() / state.width;
        Some(Text {
            text,
            length,
            cut: (got as u64) < length,
        })
    }

    /// How the characters are kept (`Include/cpython/unicodeobject.h`): behind `interned` stand `kind`: 3 bits, `compact` and
    /// `ascii`. `interned` takes 2 bits, but a byte in free-threaded builds since 3.14 and 16 bits in early 3.14; as it is 3 at
    /// most, a place that is too early shows a `kind` of 0.
    fn string_state(&self, object: u64) -> Option<State> {
        let bits = self.int(object, Field::AsciiState)?.cast_unsigned();
        let mut places = [2, 8, 16].into_iter().map(|place| bits >> place);
        let bits = places.find(|bits| bits & 7 != 0)?;
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

    /// `str` of 2.7.
    fn byte_string(&self, object: u64, longest: usize) -> Option<Text> {
        let length = self.word(object, Field::ObjectCount)?;
        let count = usize::try_from(length).unwrap_or(usize::MAX).min(longest);
        let bytes = self
            .memory
            .bytes(self.at(object, Field::StringData)?, count);
        Some(Text {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            length,
            cut: (bytes.len() as u64) < length,
        })
    }
}

/// How the characters of a string are kept.
struct State {
    /// Bytes of each.
    width: usize,
    /// Whether they follow the head of the object.
    compact: bool,
    ascii: bool,
}

/// Characters of 1, 2 or 4 bytes; surrogates, which a `str` may hold, become the replacement character.
fn decode(bytes: &[u8], width: usize) -> Option<String> {
    let mut text = String::with_capacity(bytes.len() / width);
    for character in bytes.chunks_exact(width) {
        let code = match *character {
            [a] => a.into(),
            [a, b] => u16::from_le_bytes([a, b]).into(),
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
            _ => return None,
        };
        // Not a code point: this is no string.
        if code > u32::from(char::MAX) {
            return None;
        }
        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Some(text)
}
