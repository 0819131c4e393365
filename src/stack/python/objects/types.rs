//! Types of objects, and their names.

use super::dicts::MOST_MEMBERS;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// A type's name has no more bytes than this.
const LONGEST_TYPE_NAME: usize = 512;

/// Base types of a type that are looked through.
const MOST_BASES: usize = 64;

/// The module of builtins, and its name in 2.7.
const BUILTIN_MODULES: [&str; 2] = ["builtins", "__builtin__"];

/// Bits of `tp_flags` (`Include/object.h` of v2.7.18 and v3.13.0).
pub(in crate::stack::python) mod flags {
    /// Since 3.13: the values of attributes stand behind the object.
    pub(in super::super) const INLINE_VALUES: u64 = 1 << 2;
    /// Since 3.11: the dictionary of an object stands before it.
    pub(in super::super) const MANAGED_DICT: u64 = 1 << 4;
    /// Made at run time, as those of Python code are.
    pub(in super::super) const HEAP_TYPE: u64 = 1 << 9;
    /// `int` of 2.7; something else since 3.12.
    pub(in super::super) const INT: u64 = 1 << 23;
    pub(in super::super) const LONG: u64 = 1 << 24;
    pub(in super::super) const LIST: u64 = 1 << 25;
    pub(in super::super) const TUPLE: u64 = 1 << 26;
    /// `str` of 2.7.
    pub(in super::super) const BYTES: u64 = 1 << 27;
    pub(in super::super) const UNICODE: u64 = 1 << 28;
    pub(in crate::stack::python) const DICT: u64 = 1 << 29;
    pub(in super::super) const EXCEPTION: u64 = 1 << 30;
    pub(in super::super) const TYPE: u64 = 1 << 31;
}

impl Cpython<'_, '_> {
    /// The type of an object; `None` where there is no object: what it takes for its type must have a type of types.
    pub(in crate::stack::python) fn type_of(&self, object: u64) -> Option<u64> {
        let class = self.aligned_type(object)?;
        let metaclass = self.aligned_type(class)?;
        (self.type_flags(metaclass)? & flags::TYPE != 0).then_some(class)
    }

    fn aligned_type(&self, object: u64) -> Option<u64> {
        self.pointer(object, Field::ObjectType)
            .filter(|class| class % 8 == 0)
    }

    /// `tp_flags`.
    pub(super) fn type_flags(&self, class: u64) -> Option<u64> {
        self.word(class, Field::TypeFlags)
    }

    /// Whether an object's type, or one that it derives from, has a flag.
    pub(super) fn has_flag(&self, object: u64, flag: u64) -> bool {
        let class = self.type_of(object);
        let flags = class.and_then(|class| self.type_flags(class));
        flags.is_some_and(|flags| flags & flag != 0)
    }

    /// Whether an object is an exception.
    pub(in crate::stack::python) fn is_exception(&self, object: u64) -> bool {
        self.has_flag(object, flags::EXCEPTION)
    }

    /// Whether an object is a type.
    pub(in crate::stack::python) fn is_type(&self, object: u64) -> bool {
        self.has_flag(object, flags::TYPE)
    }

    /// `tp_name`: with its module for types written in C, unless they are builtins.
    pub(super) fn short_type_name(&self, class: u64) -> Option<String> {
        let name = self.pointer(class, Field::TypeName)?;
        self.memory.text(name, LONGEST_TYPE_NAME)
    }

    /// The name of a type with its module, unless that is the one of builtins; for types of Python code qualified
    /// (`collections.Counter`, `__main__.f.<locals>.C`).
    pub(in crate::stack::python) fn qualified_type_name(&self, class: u64) -> Option<String> {
        let short = self.short_type_name(class)?;
        let made_at_run_time = self.type_flags(class)? & flags::HEAP_TYPE != 0;
        if !made_at_run_time || short.contains('.') {
            return Some(short);
        }
        let qualified = self.pointer(class, Field::TypeQualifiedName);
        let qualified = qualified.and_then(|name| self.name(name)).unwrap_or(short);
        let members = self.pointer(class, Field::TypeDict);
        let module = members.and_then(|members| self.get(members, "__module__", MOST_MEMBERS));
        Some(match module.and_then(|module| self.string(module)) {
            Some(module) if !BUILTIN_MODULES.contains(&module.as_str()) => {
                format!("{module}.{qualified}")
            }
            _ => qualified,
        })
    }

    /// The name of an exception's type: as [`Self::qualified_type_name`], and 2.7's module of builtin exceptions is
    /// left out, too.
    pub(in crate::stack::python) fn exception_name(&self, class: u64) -> Option<String> {
        let name = self.qualified_type_name(class)?;
        let builtin = name.strip_prefix("exceptions.");
        Some(match builtin {
            Some(builtin) if self.series.0 < 3 => builtin.to_owned(),
            _ => name,
        })
    }

    /// The first of a type and its bases that was not made at run time: `list` for a subclass of it. Of several bases
    /// it is the one that says how an object is laid out.
    pub(in crate::stack::python) fn builtin_base(&self, class: u64) -> Option<u64> {
        self.bases(class)
            .find(|&base| self.type_flags(base).unwrap_or(0) & flags::HEAP_TYPE == 0)
    }

    /// Whether a type is a builtin exception of some name, or derives from it.
    pub(in crate::stack::python) fn is_kind_of(&self, class: u64, builtin: &str) -> bool {
        self.bases(class).any(|base| {
            let builtin_type = self.type_flags(base).unwrap_or(0) & flags::HEAP_TYPE == 0;
            builtin_type && self.exception_name(base).as_deref() == Some(builtin)
        })
    }

    /// A type, its base, the base of that, up to `object`.
    fn bases(&self, class: u64) -> impl Iterator<Item = u64> {
        let next = |&class: &u64| self.pointer(class, Field::TypeBase);
        std::iter::successors(Some(class), next).take(MOST_BASES)
    }
}
