//! The functions of C and Python source, and what changed between two
//! versions of a file.
//!
//! The tables are exact where it matters for a history of 160,000 blobs: one
//! pass over the bytes, no parse tree, and no failure on broken text.

mod bytecodes;
mod c;
mod compare;
mod lines;
mod python;
#[cfg(test)]
mod tests;
mod words;

use std::ops::Range;

pub use compare::{Change, Version, compare};
pub(crate) use words::identifiers;

/// A language whose functions are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// C, C++ and the C functions of Objective-C.
    C,
    /// Python of every version.
    Python,
}

impl Language {
    /// The language of the file at `path`, by the extension alone.
    ///
    /// `.inc` is left out: in CPython it is reStructuredText (`Doc/`) or rows of
    /// a table (`Objects/typeslots.inc`). So is `.pyx`, whose `cdef` functions
    /// neither table would see and which CPython does not have.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?;
        match name.rsplit_once('.')?.1 {
            "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "hxx" | "m" => Some(Self::C),
            "py" | "pyi" | "pyw" => Some(Self::Python),
            _ => None,
        }
    }
}

/// A function, method or class and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// C: as written before the parameters (`list_sort`, `Foo::bar`). Python:
    /// with the names around it (`Class.method`, `outer.inner`). Never empty.
    pub name: Box<str>,
    /// Lines from 0, end exclusive, with the line of the return type and the
    /// decorators.
    pub lines: Range<u32>,
    /// Bytes of the same: from the first word of the header (Python: the first
    /// byte of its line) to the end of the body.
    pub bytes: Range<u32>,
}

/// The functions of `text`, ordered by their first line; an enclosing one comes
/// before those within it.
///
/// Text beyond 4 GiB is not looked at.
#[must_use]
pub fn functions(language: Language, text: &[u8]) -> Vec<Function> {
    let text = &text[..text.len().min(u32::MAX as usize)];
    match language {
        Language::C => c::functions(text),
        Language::Python => python::functions(text),
    }
}
