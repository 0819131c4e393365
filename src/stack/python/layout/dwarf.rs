//! Offsets of members as the interpreter's own debug information has them (DWARF 5, section 5.7).
//!
//! Structures are looked for in the compilation units of a few source files, and in the partial units that dwz lets them
//! import; the whole of an interpreter's DWARF would take longer to read than everything else.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use gimli::{
    AttributeValue, DebugInfoOffset, DebuggingInformationEntry, Dwarf, Unit, UnitHeader,
    UnitOffset, constants as dw,
};

use super::fields::Field;
use crate::stack::symbols::dwarf::{ModuleDwarf, Slice};

/// The files whose units have the structures of [`Field`], those with most of them first.
const FILES: [&str; 19] = [
    "Python/ceval.c",
    "Objects/dictobject.c",
    "Objects/genobject.c",
    "Modules/_threadmodule.c",
    "Modules/threadmodule.c",
    "Objects/setobject.c",
    "Objects/exceptions.c",
    "Objects/typeobject.c",
    "Python/traceback.c",
    "Objects/frameobject.c",
    "Objects/weakrefobject.c",
    "Objects/unicodeobject.c",
    "Objects/longobject.c",
    "Objects/stringobject.c",
    "Objects/intobject.c",
    "Objects/cellobject.c",
    "Objects/floatobject.c",
    "Objects/moduleobject.c",
    "Python/pystate.c",
];

/// A structure within a structure within a structure; types that refer to themselves have no end.
const DEEPEST: usize = 16;

/// Units that are read: the listed ones, and what they import.
const MOST_UNITS: usize = 4096;

type Entry<'f> = DebuggingInformationEntry<Slice<'f>>;

/// The structures that an interpreter's DWARF describes.
pub(in crate::stack::python) struct Structures<'f> {
    dwarf: Dwarf<Slice<'f>>,
    headers: Vec<(Part, UnitHeader<Slice<'f>>)>,
    /// Those that were met.
    units: Vec<OnceCell<Option<Unit<Slice<'f>>>>>,
    found: HashMap<&'static str, Die>,
}

/// The file itself, or the one that dwz moved shared entries to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Own,
    Shared,
}

/// An entry: which unit it is in, and where.
#[derive(Debug, Clone, Copy)]
struct Die {
    unit: usize,
    offset: UnitOffset,
}

impl<'f> Structures<'f> {
    /// Finds the structures in the DWARF of an interpreter.
    pub(in crate::stack::python) fn find(module: &ModuleDwarf<'f>) -> Self {
        let dwarf = module.whole();
        let mut headers = Vec::new();
        for (part, dwarf) in [(Part::Own, Some(&dwarf)), (Part::Shared, dwarf.sup())] {
            let mut units = dwarf.into_iter().map(Dwarf::units);
            let mut units = units.next();
            while let Some(Ok(Some(header))) = units.as_mut().map(|units| units.next()) {
                headers.push((part, header));
            }
        }
        let mut structures = Self {
            dwarf,
            units: headers.iter().map(|_| OnceCell::new()).collect(),
            headers,
            found: HashMap::new(),
        };
        structures.read_units();
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
            let offset = self.member(*self.found.get(structure)?, members, 0)?;
            Some((*place, u32::try_from(offset).ok()?))
        })
    }

    /// The source file, as compiled, that declares the structure of a member.
    #[cfg(test)]
    pub(in crate::stack::python) fn declared(&self, structure: &str) -> Option<String> {
        let die = *self.found.get(structure)?;
        let entry = self.entry(die)?;
        let unit = self.unit(die.unit)?;
        let AttributeValue::FileIndex(index) = entry.attr_value(dw::DW_AT_decl_file)? else {
            return None;
        };
        let header = unit.line_program.as_ref()?.header();
        let file = header.file(index)?;
        let text = |value| {
            Some(
                self.part(die.unit)
                    .attr_string(unit, value)
                    .ok()?
                    .to_string_lossy()
                    .into_owned(),
            )
        };
        let folder = file.directory(header).and_then(text).unwrap_or_default();
        Some(format!("{folder}/{}", text(file.path_name())?))
    }

    fn part(&self, unit: usize) -> &Dwarf<Slice<'f>> {
        match self.headers[unit].0 {
            Part::Own => &self.dwarf,
            Part::Shared => self.dwarf.sup().unwrap_or(&self.dwarf),
        }
    }

    fn read_units(&mut self) {
        let wanted: HashSet<_> = Field::ALL
            .iter()
            .flat_map(|field| field.places())
            .filter_map(|place| Some(place.split_once('.')?.0))
            .collect();
        let mut listed: Vec<_> = (0..self.headers.len())
            .filter_map(|unit| Some((self.listed(unit)?, unit)))
            .collect();
        listed.sort_unstable();
        let mut seen = HashSet::new();
        for (_, unit) in listed {
            if self.found.len() == wanted.len() {
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

    /// The place of a unit's source file in the list of files.
    fn listed(&self, unit: usize) -> Option<usize> {
        let (part, header) = &self.headers[unit];
        if *part == Part::Shared {
            return None;
        }
        let abbreviations = header.abbreviations(&self.dwarf.debug_abbrev).ok()?;
        let mut entries = header.entries(&abbreviations);
        let root = entries.next_dfs().ok()??;
        let name = match root.attr_value(dw::DW_AT_name)? {
            AttributeValue::DebugStrRef(offset) => self.dwarf.string(offset).ok()?,
            AttributeValue::DebugLineStrRef(offset) => self.dwarf.line_string(offset).ok()?,
            AttributeValue::String(name) => name,
            _ => return None,
        };
        let name = str::from_utf8(name.slice()).ok()?;
        FILES.iter().position(|file| {
            let folders = name.strip_suffix(file);
            folders.is_some_and(|folders| folders.is_empty() || folders.ends_with('/'))
        })
    }

    /// Notes the structures that stand in a unit; gives the units that it imports.
    fn read_unit(&mut self, unit: usize, wanted: &HashSet<&'static str>) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        let mut imported = Vec::new();
        let mut entries = self.unit(unit)?.entries();
        entries.next_dfs().ok()??;
        let mut next = entries.next_dfs().ok()?.cloned();
        while let Some(entry) = next {
            match entry.tag() {
                dw::DW_TAG_structure_type | dw::DW_TAG_typedef => {
                    let name = self.name(unit, &entry).and_then(|name| wanted.get(name));
                    let declaration = entry.attr(dw::DW_AT_declaration).is_some();
                    if let Some(name) = name.filter(|_| !declaration) {
                        found.push((
                            *name,
                            Die {
                                unit,
                                offset: entry.offset(),
                            },
                        ));
                    }
                }
                dw::DW_TAG_imported_unit => {
                    let import = entry.attr_value(dw::DW_AT_import);
                    imported
                        .extend(import.and_then(|import| Some(self.refer(unit, &import)?.unit)));
                }
                _ => {}
            }
            next = entries.next_sibling().ok()?.cloned();
        }
        for (name, die) in found {
            if let Some(die) = self.structure(die) {
                self.found.entry(name).or_insert(die);
            }
        }
        Some(imported)
    }

    fn unit(&self, unit: usize) -> Option<&Unit<Slice<'f>>> {
        let load = || self.part(unit).unit(self.headers[unit].1).ok();
        self.units.get(unit)?.get_or_init(load).as_ref()
    }

    fn name<'e>(&'e self, unit: usize, entry: &'e Entry<'f>) -> Option<&'f str> {
        let value = entry.attr_value(dw::DW_AT_name)?;
        let name = self.part(unit).attr_string(self.unit(unit)?, value).ok()?;
        str::from_utf8(name.slice()).ok()
    }

    fn entry(&self, die: Die) -> Option<Entry<'f>> {
        self.unit(die.unit)?.entry(die.offset).ok()
    }

    /// Where a reference leads.
    fn refer(&self, unit: usize, reference: &AttributeValue<Slice<'f>>) -> Option<Die> {
        let (part, offset) = match *reference {
            AttributeValue::UnitRef(offset) => return Some(Die { unit, offset }),
            AttributeValue::DebugInfoRef(offset) => (self.headers[unit].0, offset),
            AttributeValue::DebugInfoRefSup(offset) => (Part::Shared, offset),
            _ => return None,
        };
        let unit = self.unit_at(part, offset)?;
        let offset = offset.to_unit_offset(&self.headers[unit].1)?;
        Some(Die { unit, offset })
    }

    fn unit_at(&self, part: Part, offset: DebugInfoOffset) -> Option<usize> {
        let first = self
            .headers
            .partition_point(|(of, _)| *of == Part::Own && part == Part::Shared);
        let rest = &self.headers[first..];
        let next = rest.partition_point(|(of, header)| {
            *of == part
                && header
                    .debug_info_offset()
                    .is_some_and(|start| start.0 <= offset.0)
        });
        Some(first + next.checked_sub(1)?)
    }

    /// The structure behind typedefs and qualifiers.
    fn structure(&self, mut die: Die) -> Option<Die> {
        for _ in 0..DEEPEST {
            let entry = self.entry(die)?;
            match entry.tag() {
                dw::DW_TAG_structure_type | dw::DW_TAG_union_type => {
                    let declaration = entry.attr(dw::DW_AT_declaration).is_some();
                    return (!declaration).then_some(die);
                }
                dw::DW_TAG_typedef | dw::DW_TAG_const_type | dw::DW_TAG_volatile_type => {
                    die = self.refer(die.unit, &entry.attr_value(dw::DW_AT_type)?)?;
                }
                _ => return None,
            }
        }
        None
    }

    /// The offset of a member, and of a member of it, and so on.
    fn member(&self, structure: Die, members: &str, depth: usize) -> Option<u64> {
        let (name, rest) = members
            .split_once('.')
            .map_or((members, None), |(name, rest)| (name, Some(rest)));
        let unit = self.unit(structure.unit)?;
        let mut tree = unit.entries_tree(Some(structure.offset)).ok()?;
        let root = tree.root().ok()?;
        if name == "#size" {
            return root.entry().attr_value(dw::DW_AT_byte_size)?.udata_value();
        }
        if depth > DEEPEST {
            return None;
        }
        let mut children = root.children();
        while let Ok(Some(child)) = children.next() {
            let entry = child.entry();
            if entry.tag() != dw::DW_TAG_member {
                continue;
            }
            let location = entry.attr_value(dw::DW_AT_data_member_location);
            // A member of a union has none.
            let offset = location.map_or(Some(0), |location| location.udata_value());
            let found = match (self.name(structure.unit, entry), rest) {
                (Some(own), None) if own == name => Some(0),
                (Some(own), Some(rest)) if own == name => self
                    .member_type(structure.unit, entry)
                    .and_then(|inner| self.member(inner, rest, depth + 1)),
                // Members of a structure without a name belong to the one around it.
                (None, _) => self
                    .member_type(structure.unit, entry)
                    .and_then(|inner| self.member(inner, members, depth + 1)),
                _ => None,
            };
            if let Some(found) = found {
                return offset?.checked_add(found);
            }
        }
        None
    }

    fn member_type(&self, unit: usize, entry: &Entry<'f>) -> Option<Die> {
        self.structure(self.refer(unit, &entry.attr_value(dw::DW_AT_type)?)?)
    }
}
