//! Objects in the memory of a synthetic interpreter.

use super::super::core::little_endian;
use super::image::Image;

/// Bits of `tp_flags` (`Include/object.h`) by the name of the type.
fn flags(name: &str, major: u32) -> u64 {
    let bit = match name {
        "int" | "bool" if major < 3 => 23,
        "int" | "bool" | "long" => 24,
        "list" => 25,
        "tuple" => 26,
        "str" if major < 3 => 27,
        "bytes" => 27,
        "str" | "unicode" => 28,
        "dict" => 29,
        "type" => 31,
        name if name.ends_with("Error") => 30,
        _ => return 0,
    };
    1 << bit
}

impl Image {
    /// The type of a name.
    pub(crate) fn class(&mut self, name: &'static str) -> u64 {
        if let Some(&class) = self.types.get(name) {
            return class;
        }
        // Types made at run time are longer.
        let class = self.room(1024);
        self.types.insert(name, class);
        let metaclass = self.class("type");
        let text = self.data(name.as_bytes());
        self.set(class, "_object.ob_type", metaclass);
        self.set(class, "_typeobject.tp_name", text);
        let flags = flags(name, self.series.0);
        self.set(class, "_typeobject.tp_flags", flags);
        self.set(class, "_typeobject.tp_basicsize", 64);
        class
    }

    /// An object of a type, its members 0.
    pub(crate) fn object(&mut self, class: &'static str, size: u64) -> u64 {
        let class = self.class(class);
        let object = self.room(size);
        self.set(object, "_object.ob_refcnt", 1);
        self.set(object, "_object.ob_type", class);
        object
    }

    /// A `str`.
    pub(crate) fn string(&mut self, text: &str) -> u64 {
        if self.series.0 < 3 {
            return self.sized("str", "PyStringObject.ob_sval", text.as_bytes());
        }
        let data = self.at(0, "PyASCIIObject.#size");
        let object = self.object("str", data + text.len() as u64 + 8);
        self.set(object, "PyASCIIObject.length", text.len() as u64);
        // `kind` 1, `compact`, `ascii`: behind 2 bits of `interned`, in 3.14 behind 16.
        let shift = if self.series < (3, 14) { 2 } else { 16 };
        self.set_int(object, "PyASCIIObject.state", (1 | 8 | 16) << shift);
        self.put(object + data, text.as_bytes());
        object
    }

    /// A `bytes`; in 2.7 a `str`.
    pub(crate) fn byte_string(&mut self, bytes: &[u8]) -> u64 {
        if self.series.0 < 3 {
            self.sized("str", "PyStringObject.ob_sval", bytes)
        } else {
            self.sized("bytes", "PyBytesObject.ob_sval", bytes)
        }
    }

    /// An object with its length and elements in itself.
    fn sized(&mut self, class: &'static str, data: &str, bytes: &[u8]) -> u64 {
        let data = self.at(0, data);
        let object = self.object(class, data + bytes.len() as u64 + 8);
        self.set(object, "PyVarObject.ob_size", bytes.len() as u64);
        self.put(object + data, bytes);
        object
    }

    /// A small `int` that is not negative.
    pub(crate) fn int(&mut self, value: u64) -> u64 {
        let object = self.object("int", 48);
        if self.series.0 < 3 {
            self.set(object, "PyIntObject.ob_ival", value);
            return object;
        }
        // Digits of 30 bits.
        let digits = [value & 0x3fff_ffff, value >> 30 & 0x3fff_ffff, value >> 60];
        let count = 3 - digits.iter().rev().take_while(|&&digit| digit == 0).count() as u64;
        if self.find("_longobject.long_value.lv_tag").is_some() {
            self.set(object, "_longobject.long_value.lv_tag", count << 3);
        } else {
            self.set(object, "PyVarObject.ob_size", count);
        }
        let first = self.at(
            object,
            "_longobject.long_value.ob_digit | _longobject.ob_digit",
        );
        self.put_words(first, &[digits[0] | digits[1] << 32, digits[2]]);
        object
    }

    pub(crate) fn tuple(&mut self, items: &[u64]) -> u64 {
        let tuple = self.sized("tuple", "PyTupleObject.ob_item", &little_endian(items));
        self.set(tuple, "PyVarObject.ob_size", items.len() as u64);
        tuple
    }

    pub(crate) fn list(&mut self, items: &[u64]) -> u64 {
        let first = self.words(items);
        let list = self.object("list", 64);
        self.set(list, "PyListObject.ob_item", first);
        self.set(list, "PyVarObject.ob_size", items.len() as u64);
        list
    }

    /// A dictionary of a few items.
    pub(crate) fn dict(&mut self, items: &[(u64, u64)]) -> u64 {
        let dict = self.object("dict", 64);
        let entries = items.iter().flat_map(|&(key, value)| [0, key, value]);
        let entries: Vec<u64> = entries.collect();
        let count = items.len() as u64;
        if self.series.0 < 3 {
            let table = self.words(&entries);
            self.set(dict, "_dictobject.ma_table", table);
            self.set(dict, "_dictobject.ma_used", count);
            self.set(dict, "_dictobject.ma_mask", count - 1);
            return dict;
        }
        // The entries follow 8 indices of a byte.
        let head = self.at(0, "_dictkeysobject.dk_indices") + 8;
        let keys = self.room(head + entries.len() as u64 * 8);
        if self.find("_dictkeysobject.dk_size").is_some() {
            self.set(keys, "_dictkeysobject.dk_size", 8);
        } else {
            self.set_byte(keys, "_dictkeysobject.dk_log2_size", 3);
            self.set_byte(keys, "_dictkeysobject.dk_log2_index_bytes", 3);
        }
        self.set(keys, "_dictkeysobject.dk_nentries", count);
        self.put_words(keys + head, &entries);
        self.set(dict, "PyDictObject.ma_keys", keys);
        self.set(dict, "PyDictObject.ma_used", count);
        dict
    }
}
