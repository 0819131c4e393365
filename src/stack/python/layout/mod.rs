//! How the structures of one CPython are laid out: where the members stand that are read.
//!
//! Three sources, each asked only for what those before it do not tell:
//!
//! 1. `_Py_DebugOffsets` in the process itself, since 3.13 ([`debug_offsets`]);
//! 2. the DWARF of the interpreter, exact for betas, debug builds and patched builds ([`dwarf`]);
//! 3. figures of the release of that series ([`table`]).

pub(in crate::stack::python) mod dwarf;
pub(in crate::stack::python) mod fields;

use std::fmt;

use serde::Serialize;

pub(in crate::stack::python) use fields::Field;

/// Where the layout of a structure is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayoutSource {
    /// `_Py_DebugOffsets` in the memory of the process.
    DebugOffsets,
    /// The debug information of the interpreter.
    Dwarf,
    /// Figures of the release of the series.
    Table,
}

/// Offsets in bytes of all members that are known.
#[derive(Clone)]
pub(in crate::stack::python) struct Layout {
    offsets: Vec<Option<(u32, LayoutSource)>>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            offsets: vec![None; Field::ALL.len()],
        }
    }
}

impl Layout {
    /// Where a member stands in its structure; `None` where this CPython has none, or where nothing tells.
    pub(in crate::stack::python) fn get(&self, field: Field) -> Option<u64> {
        self.offsets[field.number()].map(|(offset, _)| offset.into())
    }

    /// Adds what a source knows of the members that are not known yet.
    pub(in crate::stack::python) fn fill(
        &mut self,
        source: LayoutSource,
        offset: impl Fn(Field) -> Option<u32>,
    ) {
        for &field in Field::ALL {
            let known = &mut self.offsets[field.number()];
            *known = known.or_else(|| Some((offset(field)?, source)));
        }
    }

    /// Which sources it comes from, the surest first.
    pub(in crate::stack::python) fn sources(&self) -> Vec<LayoutSource> {
        let mut sources: Vec<_> = self
            .offsets
            .iter()
            .flatten()
            .map(|&(_, source)| source)
            .collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }
}

impl fmt::Debug for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Field::ALL
            .iter()
            .filter_map(|&field| Some((field, self.get(field)?)));
        f.debug_map().entries(known).finish()
    }
}
