//! One CPython in a process: how its structures are laid out, and the memory that they are in.

use super::code::CodeCache;
use super::layout::{Field, Layout};
use super::memory::Reader;

/// Everything that readers of its structures need.
pub(super) struct Cpython<'m, 'f> {
    /// Memory of the process.
    pub(super) memory: Reader<'m, 'f>,
    /// Where members stand.
    pub(super) layout: Layout,
    /// Major and minor number.
    pub(super) series: (u32, u32),
    /// Whether it was built without the GIL.
    pub(super) free_threaded: bool,
    /// The code objects that were met.
    pub(super) codes: CodeCache,
}

impl Cpython<'_, '_> {
    /// The address of a member; `None` where this CPython has none.
    pub(super) fn at(&self, structure: u64, field: Field) -> Option<u64> {
        structure.checked_add(self.layout.get(field)?)
    }

    /// A member that is a word.
    pub(super) fn word(&self, structure: u64, field: Field) -> Option<u64> {
        self.memory.word(self.at(structure, field)?)
    }

    /// A member that is a signed word.
    pub(super) fn signed(&self, structure: u64, field: Field) -> Option<i64> {
        self.memory.signed(self.at(structure, field)?)
    }

    /// A member that is a pointer; `None` for a null pointer, too.
    pub(super) fn pointer(&self, structure: u64, field: Field) -> Option<u64> {
        self.memory.pointer(self.at(structure, field)?)
    }

    /// A member that is a reference to an object. Since 3.14 those on the stack of a frame carry marks in their lowest bits
    /// (`Include/internal/pycore_stackref.h`).
    pub(super) fn reference(&self, structure: u64, field: Field) -> Option<u64> {
        let marked = self.pointer(structure, field)?;
        Some(self.unmarked(marked)).filter(|&object| object != 0)
    }

    /// A reference without its marks.
    pub(super) fn unmarked(&self, reference: u64) -> u64 {
        if self.series >= (3, 13) {
            reference & !7
        } else {
            reference
        }
    }

    /// A member that is an `int`.
    pub(super) fn int(&self, structure: u64, field: Field) -> Option<i32> {
        self.memory.int(self.at(structure, field)?)
    }

    /// A member that is a byte.
    pub(super) fn byte(&self, structure: u64, field: Field) -> Option<u8> {
        self.memory.byte(self.at(structure, field)?)
    }
}

/// A type's name has no more bytes than this.
const LONGEST_TYPE_NAME: usize = 512;

impl Cpython<'_, '_> {
    /// The name of an object's type, as `tp_name` has it: with its module for types written in C.
    pub(super) fn type_name(&self, object: u64) -> Option<String> {
        let kind = self.pointer(object, Field::ObjectType)?;
        self.memory
            .text(self.pointer(kind, Field::TypeName)?, LONGEST_TYPE_NAME)
    }
}
