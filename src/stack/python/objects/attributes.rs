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

use super::dicts::{MOST_MEMBERS, Table};
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
    /// An attribute of an instance or module, among its first 2048; `None` where it has none of this name, or cannot be
    /// read.
    pub(in crate::stack::python) fn attribute(&self, object: u64, name: &str) -> Option<u64> {
        let class = self.type_of(object)?;
        match self.attributes(object, class)? {
            Attributes::Dict(dict) => self.get(dict, name, MOST_MEMBERS),
            Attributes::Values(values) => {
                let table = self.shared_table(class, values)?;
                self.look_up(&table, name, MOST_MEMBERS)
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::python::objects::testing::Heap;

    #[test]
    fn attributes() {
        let managed = flags::MANAGED_DICT;
        let cases: &[((u32, u32), u64)] = &[((3, 11), 4), ((3, 12), 3), ((3, 13), 0)];
        for &(series, words_before) in cases {
            let mut heap = Heap::new(series);
            let (first, second) = (heap.str("first"), heap.str("second"));
            let keys = heap.keys(&[(first, 0), (second, 0)]);
            let inline = if words_before == 0 {
                flags::INLINE_VALUES
            } else {
                0
            };
            let class = heap.class("C", managed | inline);
            heap.set(class + 80, keys);
            let values = heap.words(&[0, second]);
            let before = match series {
                (3, 11) => [values, 0],
                (3, 12) => [0, values - 1],
                _ => [0, 0],
            };
            let start = heap.words(&[before[0], before[1], 0, 0, 1, class, 0, second]);
            let object = start + 32;
            let get = |heap: &Heap, name| heap.read(|python| python.attribute(object, name));
            assert_eq!(get(&heap, "second"), Some(second), "{series:?}");
            // Its value is not set.
            assert_eq!(get(&heap, "first"), None);
            assert_eq!(get(&heap, "third"), None);
            let dict = heap.dict(&[(first, first)]);
            heap.set(start, 0);
            heap.set(start + 8, dict);
            assert_eq!(get(&heap, "first"), Some(first), "{series:?}");
            assert_eq!(get(&heap, "second"), None);
        }
    }

    #[test]
    fn attributes_behind_elements() {
        let mut heap = Heap::new((3, 13));
        let name = heap.str("name");
        let dict = heap.dict(&[(name, name)]);
        let class = heap.class("tuple", flags::TUPLE);
        heap.set(class + 32, 24 + 8);
        heap.set(class + 40, 8);
        heap.set(class + 72, (-8_i64).cast_unsigned());
        let object = heap.object(class, &[2, name, name, dict]);
        let found = heap.read(|python| python.attribute(object, "name"));
        assert_eq!(found, Some(name));
    }
}
