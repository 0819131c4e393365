//! The units of an interpreter's DWARF, each read when it is met.

use std::cell::{Cell, OnceCell};

use gimli::{
    AttributeValue, DebugInfoOffset, DebuggingInformationEntry, Dwarf, Unit, UnitHeader,
    UnitOffset, constants as dw,
};

use crate::stack::symbols::dwarf::{ModuleDwarf, Slice};

pub(super) type Entry<'f> = DebuggingInformationEntry<Slice<'f>>;

/// The units of the file itself, then of the one that dwz moved shared entries to.
pub(super) struct Units<'f> {
    dwarf: Dwarf<Slice<'f>>,
    headers: Vec<(Part, UnitHeader<Slice<'f>>)>,
    /// Those that were met.
    units: Vec<OnceCell<Option<Unit<Slice<'f>>>>>,
    /// Members that may yet be looked at.
    pub(super) left: Cell<u32>,
}

/// Finding all that is wanted takes a hundredth of it; a structure of hostile DWARF may hold itself many times.
const MOST_MEMBERS: u32 = 1 << 18;

/// The file itself, or the one that dwz moved shared entries to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Own,
    Shared,
}

/// An entry: which unit it is in, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Die {
    pub(super) unit: usize,
    pub(super) offset: UnitOffset,
}

impl<'f> Units<'f> {
    pub(super) fn of(module: &ModuleDwarf<'f>) -> Self {
        let dwarf = module.whole();
        let mut headers = Vec::new();
        for (part, dwarf) in [(Part::Own, Some(&dwarf)), (Part::Shared, dwarf.sup())] {
            let mut units = dwarf.map(Dwarf::units);
            while let Some(Ok(Some(header))) =
                units.as_mut().map(gimli::DebugInfoUnitHeadersIter::next)
            {
                headers.push((part, header));
            }
        }
        Self {
            dwarf,
            units: headers.iter().map(|_| OnceCell::new()).collect(),
            headers,
            left: Cell::new(MOST_MEMBERS),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.headers.len()
    }

    /// The source file of a unit, if it is one of the file itself.
    pub(super) fn source(&self, unit: usize) -> Option<&'f str> {
        let (part, header) = &self.headers[unit];
        if *part == Part::Shared {
            return None;
        }
        let abbreviations = header.abbreviations(&self.dwarf.debug_abbrev).ok()?;
        let mut entries = header.entries(&abbreviations);
        let root = entries.next_dfs().ok()??;
        // Forms that need the whole unit are of split DWARF.
        let name = match root.attr_value(dw::DW_AT_name)? {
            AttributeValue::DebugStrRef(offset) => self.dwarf.string(offset).ok()?,
            AttributeValue::DebugLineStrRef(offset) => self.dwarf.line_string(offset).ok()?,
            AttributeValue::String(name) => name,
            _ => return None,
        };
        str::from_utf8(name.slice()).ok()
    }

    pub(super) fn part(&self, unit: usize) -> &Dwarf<Slice<'f>> {
        match self.headers[unit].0 {
            Part::Own => &self.dwarf,
            Part::Shared => self.dwarf.sup().unwrap_or(&self.dwarf),
        }
    }

    pub(super) fn unit(&self, unit: usize) -> Option<&Unit<Slice<'f>>> {
        let load = || self.part(unit).unit(self.headers[unit].1).ok();
        self.units.get(unit)?.get_or_init(load).as_ref()
    }

    pub(super) fn name<'e>(&'e self, unit: usize, entry: &'e Entry<'f>) -> Option<&'f str> {
        let value = entry.attr_value(dw::DW_AT_name)?;
        let name = self.part(unit).attr_string(self.unit(unit)?, value).ok()?;
        str::from_utf8(name.slice()).ok()
    }

    pub(super) fn entry(&self, die: Die) -> Option<Entry<'f>> {
        self.unit(die.unit)?.entry(die.offset).ok()
    }

    /// Where a reference leads.
    pub(super) fn refer(&self, unit: usize, reference: &AttributeValue<Slice<'f>>) -> Option<Die> {
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
}
