//! What an object is as far as its layout goes.

use super::types::flags;
use crate::stack::python::cpython::Cpython;

/// The builtin type that an object is laid out as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    None,
    Ellipsis,
    NotImplemented,
    Bool,
    /// With `long` of 2.7.
    Int,
    Float,
    /// `str` since 3.0, `unicode` of 2.7.
    Text,
    /// `bytes` since 3.0, `str` of 2.7.
    Bytes,
    List,
    Tuple,
    Dict,
    Set,
    FrozenSet,
    Exception,
    Type,
    Function,
    Method,
    BuiltinFunction,
    Module,
    /// With coroutines and asynchronous generators.
    Generator,
    Code,
    Other,
}

/// By their flags, which types written in C that derive from them have, too.
const BY_FLAG: [(u64, Kind); 8] = [
    (flags::LONG, Kind::Int),
    (flags::LIST, Kind::List),
    (flags::TUPLE, Kind::Tuple),
    (flags::BYTES, Kind::Bytes),
    (flags::UNICODE, Kind::Text),
    (flags::DICT, Kind::Dict),
    (flags::EXCEPTION, Kind::Exception),
    (flags::TYPE, Kind::Type),
];

/// By the name of the type.
const BY_NAME: [(&str, Kind); 17] = [
    ("NoneType", Kind::None),
    ("ellipsis", Kind::Ellipsis),
    ("NotImplementedType", Kind::NotImplemented),
    ("bool", Kind::Bool),
    ("int", Kind::Int),
    ("float", Kind::Float),
    ("set", Kind::Set),
    ("frozenset", Kind::FrozenSet),
    ("function", Kind::Function),
    ("method", Kind::Method),
    ("instancemethod", Kind::Method),
    ("builtin_function_or_method", Kind::BuiltinFunction),
    ("module", Kind::Module),
    ("generator", Kind::Generator),
    ("coroutine", Kind::Generator),
    ("async_generator", Kind::Generator),
    ("code", Kind::Code),
];

/// Types that have a flag, by their own names.
const FLAGGED: [&str; 9] = [
    "int", "long", "list", "tuple", "bytes", "str", "unicode", "dict", "type",
];

impl Kind {
    /// What instances of a type are laid out as, and whether the type itself is that builtin one, no other that derives
    /// from it.
    pub(super) fn of(python: &Cpython<'_, '_>, class: u64) -> Option<(Self, bool)> {
        let base = python.builtin_base(class)?;
        let name = python.short_type_name(base)?;
        let by_name = BY_NAME.iter().find(|(builtin, _)| *builtin == name);
        if let Some(&(_, kind)) = by_name {
            return Some((kind, base == class));
        }
        let bits = python.type_flags(class)?;
        let by_flag = BY_FLAG.iter().find(|(flag, _)| bits & flag != 0);
        let kind = by_flag.map_or(Self::Other, |&(_, kind)| kind);
        let builtin = FLAGGED.contains(&name.as_str());
        Some((kind, base == class && builtin))
    }

    /// Whether an object of a type that derives from this one is written as the name of its type with what is in it.
    pub(super) fn has_content(self) -> bool {
        matches!(
            self,
            Self::Int
                | Self::Float
                | Self::Text
                | Self::Bytes
                | Self::List
                | Self::Tuple
                | Self::Dict
                | Self::Set
                | Self::FrozenSet
        )
    }
}
