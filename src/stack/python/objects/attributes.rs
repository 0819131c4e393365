//! Attributes of objects, as their dictionaries have them. Descriptors, `__slots__` and those of the class are not looked
//! at.
//!
//! Where an object keeps its dictionary:
//!
//! | since | where |
//! |---|---|
//! | 2.2 | a pointer in the object, at `tp_dictoffset`; behind its elements where that is negative |
//! | 3.11 | before the object (`Py_TPFLAGS_MANAGED_DICT`): values alone 4 words before it, a dictionary 3 words |
//! | 3.12 | 3 words before it; values, whose keys the type has, are marked in the lowest bit |
//! | 3.13 | 3 words before it, or 1 in a free-threaded build; values alone behind it (`Py_TPFLAGS_INLINE_VALUES`) |
//!
//! `Include/internal/pycore_object.h` of v3.11.7, v3.12.1 and v3.13.0; `Objects/object.c`, `_PyObject_GetDictPtr`.

use super::dicts::Table;
use super::types::flags;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// How an object keeps its attributes.
enum Attributes {
    Dict(u64),
    /// Values without keys, which the type has.
    Values(u64),
}

impl Cpython<'_, '_> {
    /// An attribute of an instance or module; `None` where it has none of this name, or cannot be read.
    pub(in crate::stack::python) fn attribute(&self, object: u64, name: &str) -> Option<u64> {
        let class = self.type_of(object)?;
        match self.attributes(object, class)? {
            Attributes::Dict(dict) => self.dict_get(dict, name),
            Attributes::Values(values) => self.look_up(&self.shared_table(class, values)?, name),
        }
    }

    fn attributes(&self, object: u64, class: u64) -> Option<Attributes> {
        let bits = self.type_flags(class)?;
        if self.series >= (3, 11) && bits & flags::MANAGED_DICT != 0 {
            return self.managed(object, class, bits);
        }
        let pointer = self.dict_pointer(object, class)?;
        self.memory.pointer(pointer).map(Attributes::Dict)
    }

    /// Of an object with a dictionary that the interpreter manages.
    fn managed(&self, object: u64, class: u64, bits: u64) -> Option<Attributes> {
        let before = |words: u64| self.memory.word(object.checked_sub(words * 8)?);
        if self.series == (3, 11) {
            return match before(4)? {
                0 => before(3).filter(|&dict| dict != 0).map(Attributes::Dict),
                values => Some(Attributes::Values(values)),
            };
        }
        match before(if self.free_threaded { 1 } else { 3 })? {
            0 if bits & flags::INLINE_VALUES != 0 && self.series >= (3, 13) => {
                let size = self.word(class, Field::TypeBasicSize)?;
                Some(Attributes::Values(object.checked_add(size)?))
            }
            0 => None,
            marked if marked & 1 != 0 => Some(Attributes::Values(marked.checked_add(1)?)),
            dict => Some(Attributes::Dict(dict)),
        }
    }

    /// Where the pointer to an object's dictionary stands.
    fn dict_pointer(&self, object: u64, class: u64) -> Option<u64> {
        let offset = self.signed(class, Field::TypeDictOffset)?;
        if offset == 0 {
            return None;
        }
        let mut offset = offset;
        if offset < 0 {
            // From the end of an object with elements, whose count is negative in integers.
            let count = self.signed(object, Field::ObjectCount)?.checked_abs()?;
            let elements = self
                .signed(class, Field::TypeItemSize)?
                .checked_mul(count)?;
            let size = self
                .signed(class, Field::TypeBasicSize)?
                .checked_add(elements)?;
            offset = offset.checked_add(size.checked_add(7)? & !7)?;
        }
        object
            .checked_add_signed(offset)
            .filter(|&pointer| pointer != object)
    }

    /// Values of an object with the keys of its type.
    fn shared_table(&self, class: u64, values: u64) -> Option<Table> {
        let keys = self.pointer(class, Field::TypeCachedKeys)?;
        let values = values.checked_add(self.values_offset())?;
        self.keys_table(keys, Some(values))
    }
}
