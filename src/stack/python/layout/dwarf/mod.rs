//! Offsets of members as the interpreter's own debug information has them (DWARF 5, section 5.7).
//!
//! Structures are looked for in the compilation units of a few source files, and in the partial units that dwz lets them
//! import; the whole of an interpreter's DWARF would take longer to read than everything else.

mod members;
mod units;

use std::collections::{HashMap, HashSet};

use gimli::constants as dw;

use super::fields::Field;
use super::table::Table;
use crate::stack::symbols::dwarf::ModuleDwarf;
use units::{Die, Units};

/// The files whose units have the structures of [`Field`]. The first four have all of 3.11 and later, the first seven all
/// of 3.6.
const FILES: [&str; 19] = [
    "Python/ceval.c",
    "Modules/_threadmodule.c",
    "Objects/exceptions.c",
    "Python/traceback.c",
    "Objects/dictobject.c",
    "Objects/floatobject.c",
    "Objects/moduleobject.c",
    "Modules/threadmodule.c",
    "Objects/genobject.c",
    "Objects/typeobject.c",
    "Objects/longobject.c",
    "Objects/setobject.c",
    "Objects/frameobject.c",
    "Objects/weakrefobject.c",
    "Objects/unicodeobject.c",
    "Objects/stringobject.c",
    "Objects/intobject.c",
    "Objects/cellobject.c",
    "Python/pystate.c",
];

/// Units that are read: the listed ones, and what they import.
const MOST_UNITS: usize = 4096;

/// The structures that an interpreter's DWARF describes.
pub(in crate::stack::python) struct Structures<'f> {
    units: Units<'f>,
    found: HashMap<&'static str, Die>,
}

impl<'f> Structures<'f> {
    /// Finds the structures in the DWARF of an interpreter; once it has those of the release of its series, no further
    /// unit is read.
    pub(in crate::stack::python) fn find(
        module: &ModuleDwarf<'f>,
        release: Option<&Table>,
    ) -> Self {
        let mut structures = Self {
            units: Units::of(module),
            found: HashMap::new(),
        };
        structures.read_units(release);
        structures
    }

    /// Whether a structure is described at all.
    pub(in crate::stack::python) fn knows(&self, structure: &str) -> bool {
        self.found.contains_key(structure)
    }

    /// Where a member stands in its structure.
    pub(in crate::stack::python) fn offset(&self, field: Field) -> Option<u32> {
        self.place(field).map(|(_, offset)| offset)
    }

    /// Which of the places of a member this CPython has, and where the member stands there.
    pub(super) fn place(&self, field: Field) -> Option<(&'static str, u32)> {
        field.places().iter().find_map(|place| {
            let (structure, members) = place.split_once('.')?;
            let structure = *self.found.get(structure)?;
            let offset = self.units.member(structure, members, 0)?;
            Some((*place, u32::try_from(offset).ok()?))
        })
    }

    /// The source file, as compiled, that declares a structure.
    #[cfg(test)]
    pub(super) fn declared(&self, structure: &str) -> Option<String> {
        self.units.declared(*self.found.get(structure)?)
    }

    fn read_units(&mut self, release: Option<&Table>) {
        let fields = Field::ALL.iter();
        let wanted: HashSet<_> = fields.flat_map(|field| field.structures()).collect();
        let units = 0..self.units.len();
        let mut listed: Vec<_> = units
            .filter_map(|unit| Some((listed(self.units.source(unit)?)?, unit)))
            .collect();
        listed.sort_unstable();
        let mut seen = HashSet::new();
        for (_, unit) in listed {
            let mut expected = release.into_iter().flat_map(Table::structures).peekable();
            if expected.peek().is_some() && expected.all(|structure| self.knows(structure)) {
                break;
            }
            let mut queue = vec![unit];
            while let Some(unit) = queue.pop() {
                if seen.len() < MOST_UNITS && seen.insert(unit) {
                    queue.extend(self.read_unit(unit, &wanted).unwrap_or_default());
                }
            }
        }
    }

    /// Notes the structures that stand in a unit; gives the units that it imports.
    fn read_unit(&mut self, unit: usize, wanted: &HashSet<&'static str>) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        let mut imported = Vec::new();
        let mut entries = self.units.unit(unit)?.entries();
        entries.next_dfs().ok()??;
        let mut next = entries.next_dfs().ok()?.cloned();
        while let Some(entry) = next {
            match entry.tag() {
                dw::DW_TAG_structure_type | dw::DW_TAG_typedef => {
                    let name = self.units.name(unit, &entry);
                    let offset = entry.offset();
                    let name = name.and_then(|name| wanted.get(name));
                    found.extend(name.map(|name| (*name, Die { unit, offset })));
                }
                dw::DW_TAG_imported_unit => {
                    let import = entry.attr_value(dw::DW_AT_import);
                    let die = import.and_then(|import| self.units.refer(unit, &import));
                    imported.extend(die.map(|die| die.unit));
                }
                _ => {}
            }
            next = entries.next_sibling().ok()?.cloned();
        }
        for (name, die) in found {
            // Declarations tell nothing.
            if let Some(die) = self.units.structure(die) {
                self.found.entry(name).or_insert(die);
            }
        }
        Some(imported)
    }
}

/// The place of a source file in the list of files.
fn listed(source: &str) -> Option<usize> {
    FILES.iter().position(|file| {
        let folders = source.strip_suffix(file);
        folders.is_some_and(|folders| folders.is_empty() || folders.ends_with('/'))
    })
}
