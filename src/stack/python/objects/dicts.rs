//! Dictionaries: their tables, and what stands in them.

use super::types::flags;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// Slots of a table that are looked through for one key: `sys.modules` of a large program has ten thousand.
const MOST_SLOTS: u64 = 64 << 10;

/// The same for attributes of an object, a type or a module.
pub(super) const MOST_MEMBERS: u64 = 2048;

/// Empty slots that are skipped beside the items that are asked for.
const MOST_EMPTY: usize = 4096;

/// `DICT_KEYS_GENERAL` of `dk_kind`, since 3.11 (`Include/internal/pycore_dict.h` of v3.11.7).
const GENERAL_KEYS: u8 = 0;

/// A table of entries, some of them empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Table {
    /// The first entry.
    first: u64,
    /// Bytes of each.
    size: u64,
    /// How many there are, as the dictionary says.
    slots: u64,
    /// Where the key stands in an entry; the value follows it.
    key: u64,
    /// Where the values stand instead, if dictionaries share the keys.
    values: Option<u64>,
}

/// What was read of a dictionary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::stack::python) struct Items {
    /// Keys and values, in the order of insertion (2.7: of the table; since 3.11, for keys that dictionaries share: in
    /// that of the keys).
    pub(in crate::stack::python) items: Vec<(u64, u64)>,
    /// Whether a part of the table could not be read.
    pub(in crate::stack::python) unreadable: bool,
}

impl Cpython<'_, '_> {
    /// Whether an object is a dictionary.
    pub(in crate::stack::python) fn is_dict(&self, object: u64) -> bool {
        self.has_flag(object, flags::DICT)
    }

    /// How many items a dictionary says that it has.
    pub(super) fn dict_length(&self, dict: u64) -> Option<u64> {
        let field = if self.series.0 < 3 {
            Field::DictCount
        } else {
            Field::DictUsed
        };
        self.word(dict, field)
    }

    /// The first items of a dictionary, at most so many. The caller knows that it is one.
    pub(in crate::stack::python) fn dict_items(&self, dict: u64, most: usize) -> Items {
        let mut read = Items::default();
        let Some(table) = self.table(dict) else {
            read.unreadable = true;
            return read;
        };
        let mut slot = 0;
        let mut empty = 0;
        while slot < table.slots && read.items.len() < most && empty < MOST_EMPTY {
            match self.slot(&table, slot) {
                Some(Some(item)) => read.items.push(item),
                Some(None) => empty += 1,
                None => {
                    read.unreadable = true;
                    break;
                }
            }
            slot += 1;
        }
        read
    }

    /// The value of a key that is a string, among the first 65,536; `None` where it is not found, or `dict` is no
    /// dictionary.
    pub(in crate::stack::python) fn dict_get(&self, dict: u64, key: &str) -> Option<u64> {
        self.get(dict, key, MOST_SLOTS)
    }

    /// The same, among the first slots of a table.
    pub(super) fn get(&self, dict: u64, key: &str, most: u64) -> Option<u64> {
        if !self.is_dict(dict) {
            return None;
        }
        let table = self.table(dict)?;
        self.look_up(&table, key, most)
    }

    /// The value of a string among the first slots of a table.
    pub(super) fn look_up(&self, table: &Table, key: &str, most: u64) -> Option<u64> {
        for slot in 0..table.slots.min(most) {
            if let Some((found, value)) = self.slot(table, slot)?
                && self.is_text(found, key)
            {
                return Some(value);
            }
        }
        None
    }

    /// Whether an object is a string of these characters.
    fn is_text(&self, object: u64, expected: &str) -> bool {
        let length = if self.series.0 < 3 {
            Field::ObjectCount
        } else {
            Field::AsciiLength
        };
        // The commonest difference, and the cheapest to see.
        let characters = expected.chars().count();
        let old_unicode = self.series.0 < 3 && self.has_flag(object, flags::UNICODE);
        if !old_unicode && self.word(object, length) != Some(characters as u64) {
            return false;
        }
        let text = self
            .is_string(object)
            .then(|| self.text(object, characters));
        text.flatten()
            .is_some_and(|text| text.text == expected && !text.cut)
    }

    /// A slot of a table: `None` if it cannot be read, nothing if it is empty.
    pub(super) fn slot(&self, table: &Table, slot: u64) -> Option<Option<(u64, u64)>> {
        let entry = slot.checked_mul(table.size)?.checked_add(table.first)?;
        let key = entry.checked_add(table.key)?;
        let value = match table.values {
            Some(values) => slot.checked_mul(8)?.checked_add(values)?,
            None => key.checked_add(8)?,
        };
        let (key, value) = (self.memory.word(key)?, self.memory.word(value)?);
        Some((key != 0 && value != 0).then_some((key, value)))
    }

    /// The table of a dictionary.
    fn table(&self, dict: u64) -> Option<Table> {
        if self.series.0 < 3 {
            // `PyDictEntry` of 2.7: hash, key, value (`Include/dictobject.h`).
            return Some(Table {
                first: self.pointer(dict, Field::DictTable)?,
                size: 24,
                slots: self.word(dict, Field::DictMask)?.checked_add(1)?,
                key: 8,
                values: None,
            });
        }
        let keys = self.pointer(dict, Field::DictKeys)?;
        let values = match self.word(dict, Field::DictValues)? {
            0 => None,
            values => Some(values.checked_add(self.values_offset())?),
        };
        self.keys_table(keys, values)
    }

    /// Where the first value stands in what `ma_values` points to: it is an array up to 3.10, `_dictvalues` later.
    pub(super) fn values_offset(&self) -> u64 {
        if self.series < (3, 11) {
            return 0;
        }
        self.layout.get(Field::ValuesFirst).unwrap_or(0)
    }

    /// The table of keys (`PyDictKeysObject`), which may be shared, with values that stand elsewhere.
    pub(super) fn keys_table(&self, keys: u64, values: Option<u64>) -> Option<Table> {
        let indices = self.at(keys, Field::KeysIndices)?;
        let index_bytes = self.index_bytes(keys)?;
        // `PyDictKeyEntry`: hash, key, value; `PyDictUnicodeEntry`: key, value.
        let general = self.series < (3, 11) || self.byte(keys, Field::KeysKind)? == GENERAL_KEYS;
        let (size, key) = if general { (24, 8) } else { (16, 0) };
        Some(Table {
            first: indices.checked_add(index_bytes)?,
            size,
            slots: self.word(keys, Field::KeysCount)?,
            key,
            values,
        })
    }

    /// How long the hash table before the entries is: `dk_size` indices of 1, 2, 4 or 8 bytes, told by their number
    /// (`Objects/dictobject.c`, `DK_IXSIZE`, up to 3.10).
    fn index_bytes(&self, keys: u64) -> Option<u64> {
        if self.series >= (3, 11) {
            let log2 = self.byte(keys, Field::KeysLog2IndexBytes)?;
            return 1_u64.checked_shl(log2.into());
        }
        let size = self.word(keys, Field::KeysSize)?;
        let index = match size {
            ..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 4,
            _ => 8,
        };
        size.checked_mul(index)
    }
}
