//! How the structures of one CPython are laid out: where the members stand that are read.
//!
//! Three sources, each asked only for what those before it do not tell:
//!
//! 1. `_Py_DebugOffsets` in the process itself, since 3.13 ([`debug_offsets`]);
//! 2. the DWARF of the interpreter, exact for betas, debug builds and patched builds ([`dwarf`]);
//! 3. figures of the release of that series ([`table`]), for structures of which the others contradict nothing: a beta
//!    that lacks a member must not get that of the release.

pub(in crate::stack::python) mod debug_offsets;
pub(in crate::stack::python) mod dwarf;
pub(in crate::stack::python) mod fields;
#[cfg(test)]
mod measured;
pub(in crate::stack::python) mod table;

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use debug_offsets::DebugOffsets;
use dwarf::Structures;
use table::Table;

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

/// What tells the layout of one CPython.
#[derive(Default)]
pub(in crate::stack::python) struct Sources<'s, 'f> {
    pub(in crate::stack::python) debug_offsets: Option<&'s DebugOffsets>,
    pub(in crate::stack::python) dwarf: Option<&'s Structures<'f>>,
    pub(in crate::stack::python) table: Option<&'s Table>,
}

impl Layout {
    /// Puts together what the sources tell.
    pub(in crate::stack::python) fn of(sources: &Sources<'_, '_>) -> Self {
        let mut layout = Self::default();
        if let Some(offsets) = sources.debug_offsets {
            layout.fill(LayoutSource::DebugOffsets, |field| offsets.offset(field));
        }
        if let Some(structures) = sources.dwarf {
            layout.fill(LayoutSource::Dwarf, |field| structures.offset(field));
        }
        if let Some(table) = sources.table {
            let contradicted = layout.contradicted(table);
            let described = |structure| {
                let dwarf = sources.dwarf;
                dwarf.is_some_and(|structures| structures.knows(structure))
            };
            layout.fill(LayoutSource::Table, |field| {
                let row = table.row(field)?;
                let known = field.structures().any(described);
                (!known && !contradicted.contains(row.structure)).then_some(row.offset)
            });
        }
        layout
    }

    /// Structures of which something else than a table's figure is known.
    fn contradicted(&self, table: &Table) -> HashSet<&'static str> {
        let fields = Field::ALL.iter();
        let differ = fields.filter_map(|&field| {
            let row = table.row(field)?;
            let known = self.get(field)?;
            (known != u64::from(row.offset)).then_some(row.structure)
        });
        differ.collect()
    }

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
