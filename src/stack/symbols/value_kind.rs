//! Types whose values are shown: numbers, truth values, pointers and strings.

use gimli::{AttributeValue, DebuggingInformationEntry, UnitRef, constants as dw};

use super::dwarf::Slice;
use crate::evidence::core::CachedMemory;
use crate::stack::modules::Modules;

/// Types refer to types; one that refers to itself has no end.
const DEEPEST_TYPE: usize = 16;

/// gdb's `print elements`.
const LONGEST_TEXT: usize = 200;

type Unit<'u, 'f> = UnitRef<'u, Slice<'f>>;
type Entry<'f> = DebuggingInformationEntry<Slice<'f>>;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    Signed(u8),
    Unsigned(u8),
    Bool,
    Pointer,
    Text,
}

/// The kind of a type behind its typedefs and qualifiers; `None` for structures, floating-point numbers and types that
/// stand in another unit.
pub(super) fn of<'f>(
    unit: Unit<'_, 'f>,
    mut reference: AttributeValue<Slice<'f>>,
) -> gimli::Result<Option<ValueKind>> {
    let mut pointer = false;
    for _ in 0..DEEPEST_TYPE {
        let AttributeValue::UnitRef(offset) = reference else {
            return Ok(pointer.then_some(ValueKind::Pointer));
        };
        let entry = unit.entry(offset)?;
        match entry.tag() {
            dw::DW_TAG_base_type => return Ok(base(&entry, pointer)),
            dw::DW_TAG_enumeration_type if !pointer => {
                let size = entry
                    .attr_value(dw::DW_AT_byte_size)
                    .and_then(|size| size.u8_value());
                // Of no other size is there a register or a load.
                let size = size.filter(|size| matches!(size, 1 | 2 | 4 | 8));
                return Ok(size.map(ValueKind::Signed));
            }
            dw::DW_TAG_pointer_type | dw::DW_TAG_reference_type if pointer => {
                return Ok(Some(ValueKind::Pointer));
            }
            dw::DW_TAG_pointer_type | dw::DW_TAG_reference_type => pointer = true,
            dw::DW_TAG_typedef
            | dw::DW_TAG_const_type
            | dw::DW_TAG_volatile_type
            | dw::DW_TAG_restrict_type => {}
            _ => return Ok(pointer.then_some(ValueKind::Pointer)),
        }
        match entry.attr_value(dw::DW_AT_type) {
            Some(next) => reference = next,
            // `void`.
            None => return Ok(pointer.then_some(ValueKind::Pointer)),
        }
    }
    Ok(None)
}

fn base(entry: &Entry<'_>, pointer: bool) -> Option<ValueKind> {
    let size = entry.attr_value(dw::DW_AT_byte_size)?.u8_value()?;
    let AttributeValue::Encoding(encoding) = entry.attr_value(dw::DW_AT_encoding)? else {
        return None;
    };
    if pointer {
        let text = matches!(encoding, dw::DW_ATE_signed_char | dw::DW_ATE_unsigned_char);
        return Some(if text && size == 1 {
            ValueKind::Text
        } else {
            ValueKind::Pointer
        });
    }
    if !matches!(size, 1 | 2 | 4 | 8) {
        return None;
    }
    match encoding {
        dw::DW_ATE_boolean => Some(ValueKind::Bool),
        dw::DW_ATE_signed | dw::DW_ATE_signed_char => Some(ValueKind::Signed(size)),
        dw::DW_ATE_unsigned | dw::DW_ATE_unsigned_char | dw::DW_ATE_UTF => {
            Some(ValueKind::Unsigned(size))
        }
        _ => None,
    }
}

impl ValueKind {
    /// The bytes of a value in memory.
    pub(super) fn read(self, memory: &CachedMemory<'_>, address: u64) -> Option<u64> {
        Some(match self.size() {
            1 => memory.array::<1>(address)?[0].into(),
            2 => u16::from_le_bytes(memory.array(address)?).into(),
            4 => u32::from_le_bytes(memory.array(address)?).into(),
            _ => memory.word(address)?,
        })
    }

    fn size(self) -> u8 {
        match self {
            Self::Signed(size) | Self::Unsigned(size) => size,
            Self::Bool => 1,
            Self::Pointer | Self::Text => 8,
        }
    }

    /// The value as text.
    pub(super) fn write(self, raw: u64, modules: &Modules<'_>) -> String {
        let unused = 64 - u32::from(self.size()) * 8;
        match self {
            Self::Signed(_) => (raw.cast_signed() << unused >> unused).to_string(),
            Self::Unsigned(_) => (raw << unused >> unused).to_string(),
            Self::Bool => (raw & 0xff != 0).to_string(),
            Self::Pointer => format!("{raw:#x}"),
            Self::Text => {
                let text = modules.string(raw, LONGEST_TEXT);
                // Bytes that are no text are somebody's buffer.
                let text = text.filter(|text| !text.contains('\u{fffd}'));
                text.map_or_else(|| format!("{raw:#x}"), |text| format!("{raw:#x} {text:?}"))
            }
        }
    }
}
