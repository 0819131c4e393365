//! Offsets of the release of each series, for interpreters without debug information.
//!
//! They are taken from the DWARF of unpatched builds by `measured`, which says how to make them anew; those of builds
//! without the GIL, and what aarch64 has elsewhere as its `pthread_mutex_t` is larger, from the headers of the same
//! releases. A series' structures stay as they are from its first release on, with few exceptions; betas differ.

use super::Field;
use crate::evidence::core::Machine;

/// The releases' figures: series, whether built without the GIL, and a file.
pub(super) const TABLES: [((u32, u32), bool, &str); 12] = [
    ((2, 7), false, include_str!("tables/2.7.txt")),
    ((3, 6), false, include_str!("tables/3.6.txt")),
    ((3, 7), false, include_str!("tables/3.7.txt")),
    ((3, 8), false, include_str!("tables/3.8.txt")),
    ((3, 9), false, include_str!("tables/3.9.txt")),
    ((3, 10), false, include_str!("tables/3.10.txt")),
    ((3, 11), false, include_str!("tables/3.11.txt")),
    ((3, 12), false, include_str!("tables/3.12.txt")),
    ((3, 13), false, include_str!("tables/3.13.txt")),
    ((3, 13), true, include_str!("tables/3.13t.txt")),
    ((3, 14), true, include_str!("tables/3.14t.txt")),
    ((3, 14), false, include_str!("tables/3.14.txt")),
];

/// The newest series that has one.
pub(in crate::stack::python) const NEWEST: (u32, u32) = TABLES[TABLES.len() - 1].0;

/// The figures of one release.
#[derive(Debug, Clone)]
pub(in crate::stack::python) struct Table {
    rows: Vec<Row>,
}

/// One member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// CPython's tag.
    pub(super) tag: &'static str,
    /// The file that declares the structure there.
    pub(super) file: &'static str,
    /// Its name as [`Field::places`] have it.
    pub(super) structure: &'static str,
    /// The members that lead to it.
    pub(super) member: &'static str,
    /// Bytes from the start of the structure.
    pub(super) offset: u32,
}

impl Table {
    /// The figures of a series.
    pub(in crate::stack::python) fn of(
        series: (u32, u32),
        free_threaded: bool,
        machine: Machine,
    ) -> Option<Self> {
        let mut tables = TABLES.iter();
        let &(.., text) = tables.find(|table| (table.0, table.1) == (series, free_threaded))?;
        Some(Self::parse(text, machine))
    }

    /// Reads a table. `v3.12.1 Include/cpython/pystate.h _ts` begins a structure: tag, file, name. Lines like `next 8` are
    /// its members with their offsets; `aarch64 16` may follow where that has another.
    fn parse(text: &'static str, machine: Machine) -> Self {
        let mut rows = Vec::new();
        let mut structure = ("", "", "");
        for line in text.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            match words[..] {
                [tag, file, name] => structure = (tag, file, name),
                [member, usual, ref aarch64 @ ..] => {
                    let offset = match (machine, aarch64) {
                        (Machine::Aarch64, [_, offset]) => offset,
                        _ => usual,
                    };
                    rows.extend(offset.parse().ok().map(|offset| Row {
                        tag: structure.0,
                        file: structure.1,
                        structure: structure.2,
                        member,
                        offset,
                    }));
                }
                _ => {}
            }
        }
        Self { rows }
    }

    /// The row of a member; `None` where the release has no such member.
    pub(super) fn row(&self, field: Field) -> Option<&Row> {
        field.places().iter().find_map(|place| {
            let mut rows = self.rows.iter();
            let (structure, member) = place.split_once('.')?;
            rows.find(|row| (row.structure, row.member) == (structure, member))
        })
    }

    /// Its structures, some of them more than once.
    pub(super) fn structures(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|row| row.structure)
    }

    /// All rows in the order of the file.
    #[cfg(test)]
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }
}
