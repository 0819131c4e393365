//! The DWARF of one module, read unit by unit.
//!
//! addr2line reads the headers, abbreviations and file tables of every unit before its first answer: for the 1,900
//! units of glibc that is 50 MiB and more time than all else, where a stack needs ten of them. So `.debug_aranges` tells
//! the unit of an address, and addr2line is shown that unit alone. Addresses that are not listed there, and units that
//! refer to others (link-time optimisation, dwz within one file), get all of them.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;

use gimli::{
    AttributeValue, DebugAranges, DebugInfo, DebugInfoOffset, Dwarf, EndianSlice, LittleEndian,
    Reader as _, SectionId, UnitOffset, UnitRef, constants as dw,
};

use crate::stack::modules::image::Image;

pub(in crate::stack) type Slice<'f> = EndianSlice<'f, LittleEndian>;
pub(in crate::stack) type Context<'f> = addr2line::Context<Slice<'f>>;

/// Functions and lines of a module.
pub(in crate::stack) struct ModuleDwarf<'f> {
    own: Sections<'f>,
    /// What dwz moved to a file that several debug files share.
    shared: Option<Sections<'f>>,
    /// Start, end and unit of the listed addresses, by start.
    ranges: Vec<(u64, u64, usize)>,
    units: RefCell<HashMap<usize, Option<Rc<Context<'f>>>>>,
    all_units: OnceCell<Option<Rc<Context<'f>>>>,
}

impl fmt::Debug for ModuleDwarf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModuleDwarf")
            .field("units", &self.units.borrow().len())
            .finish_non_exhaustive()
    }
}

impl<'f> ModuleDwarf<'f> {
    /// The DWARF of a program or debug file, and of the file it shares with others; `None` if it has none.
    pub(in crate::stack) fn of(image: &Image<'f>, shared: Option<&Image<'f>>) -> Option<Self> {
        let own = Sections::of(image);
        let has_units = !own.get(SectionId::DebugInfo).is_empty();
        has_units.then(|| Self {
            ranges: ranges(own.get(SectionId::DebugAranges)),
            own,
            shared: shared.map(Sections::of),
            units: RefCell::default(),
            all_units: OnceCell::new(),
        })
    }

    /// What knows the functions and lines at an address of the file.
    pub(in crate::stack) fn at(&self, address: u64) -> Option<Rc<Context<'f>>> {
        let next = self.ranges.partition_point(|&(start, ..)| start <= address);
        let range = next.checked_sub(1).and_then(|at| self.ranges.get(at));
        let listed = range.filter(|&&(_, end, _)| address < end);
        let alone = listed.and_then(|&(.., unit)| {
            let mut units = self.units.borrow_mut();
            units.entry(unit).or_insert_with(|| self.unit(unit)).clone()
        });
        alone.or_else(|| self.all_units.get_or_init(|| self.context(None)).clone())
    }

    /// One unit alone; `None` where it refers to others.
    fn unit(&self, offset: usize) -> Option<Rc<Context<'f>>> {
        let info = self.own.get(SectionId::DebugInfo);
        let section = DebugInfo::from(info);
        let header = section.header_from_offset(DebugInfoOffset(offset)).ok()?;
        let abbreviations = self.own.get(SectionId::DebugAbbrev);
        let abbreviations = abbreviations
            .slice()
            .get(header.debug_abbrev_offset().0..)?;
        if refers_to_units(abbreviations).unwrap_or(true) {
            return None;
        }
        let end = offset.checked_add(header.length_including_self())?;
        let unit = info.slice().get(offset..end)?;
        self.context(Some(EndianSlice::new(unit, LittleEndian)))
    }

    /// All sections, and those of the shared file.
    pub(in crate::stack) fn whole(&self) -> Dwarf<Slice<'f>> {
        self.dwarf(None)
    }

    fn dwarf(&self, unit: Option<Slice<'f>>) -> Dwarf<Slice<'f>> {
        let mut dwarf = self.own.dwarf(unit);
        if let Some(shared) = &self.shared {
            dwarf.set_sup(shared.dwarf(None));
        }
        dwarf
    }

    /// addr2line over one unit, or over all.
    fn context(&self, unit: Option<Slice<'f>>) -> Option<Rc<Context<'f>>> {
        Context::from_dwarf(self.dwarf(unit)).ok().map(Rc::new)
    }
}

/// The sections that functions, lines and arguments are read from.
const READ: [SectionId; 12] = [
    SectionId::DebugAbbrev,
    SectionId::DebugAddr,
    SectionId::DebugAranges,
    SectionId::DebugInfo,
    SectionId::DebugLine,
    SectionId::DebugLineStr,
    SectionId::DebugLoc,
    SectionId::DebugLocLists,
    SectionId::DebugRanges,
    SectionId::DebugRngLists,
    SectionId::DebugStr,
    SectionId::DebugStrOffsets,
];

/// The sections of a file, unpacked once.
struct Sections<'f>(HashMap<SectionId, Slice<'f>>);

impl<'f> Sections<'f> {
    fn of(image: &Image<'f>) -> Self {
        let names: Vec<_> = READ.iter().map(|id| id.name()).collect();
        let data = image.sections(&names).into_iter();
        let found = READ.into_iter().zip(data).filter_map(|(id, section)| {
            let (_, data) = section?;
            Some((id, EndianSlice::new(data, LittleEndian)))
        });
        Self(found.collect())
    }

    fn get(&self, id: SectionId) -> Slice<'f> {
        let empty = EndianSlice::new(&[], LittleEndian);
        self.0.get(&id).copied().unwrap_or(empty)
    }

    fn dwarf(&self, unit: Option<Slice<'f>>) -> Dwarf<Slice<'f>> {
        let load = |id| {
            Ok::<_, Infallible>(match (id, unit) {
                (SectionId::DebugInfo, Some(unit)) => unit,
                // It names units by their place in the whole section, and would give the first unit's ranges to any
                // that stands alone; every unit has its own, too.
                (SectionId::DebugAranges, Some(_)) => EndianSlice::new(&[], LittleEndian),
                _ => self.get(id),
            })
        };
        Dwarf::load(load).unwrap_or_else(|never| match never {})
    }
}

/// Looks at the entry that a reference leads to outside its unit: in another of the same file, or in what dwz moved to
/// a file that several share.
pub(in crate::stack) fn in_other_unit<'f, T>(
    unit: UnitRef<'_, Slice<'f>>,
    reference: &AttributeValue<Slice<'f>>,
    look: impl FnOnce(UnitRef<'_, Slice<'f>>, UnitOffset) -> Option<T>,
) -> Option<T> {
    let (dwarf, offset) = match *reference {
        AttributeValue::DebugInfoRef(offset) => (unit.dwarf, offset),
        AttributeValue::DebugInfoRefSup(offset) => (unit.dwarf.sup()?, offset),
        _ => return None,
    };
    let mut headers = dwarf.units();
    while let Ok(Some(header)) = headers.next() {
        if let Some(offset) = offset.to_unit_offset(&header) {
            let unit = dwarf.unit(header).ok()?;
            return look(UnitRef::new(dwarf, &unit), offset);
        }
    }
    None
}

/// `.debug_aranges` (DWARF 5, section 6.1.2); what is damaged is not listed.
fn ranges(section: Slice<'_>) -> Vec<(u64, u64, usize)> {
    let section = DebugAranges::from(section);
    let mut ranges = Vec::new();
    let mut headers = section.headers();
    while let Ok(Some(header)) = headers.next() {
        let mut entries = header.entries();
        while let Ok(Some(entry)) = entries.next() {
            let range = entry.range();
            ranges.push((range.begin, range.end, header.debug_info_offset().0));
        }
    }
    ranges.sort_unstable();
    ranges
}

/// Whether a unit's abbreviations (DWARF 5, section 7.5.3) have references beyond the unit.
fn refers_to_units(abbreviations: &[u8]) -> gimli::Result<bool> {
    let mut input = EndianSlice::new(abbreviations, LittleEndian);
    while input.read_uleb128()? != 0 {
        let _tag = input.read_uleb128()?;
        let _has_children = input.read_u8()?;
        loop {
            let name = input.read_uleb128()?;
            let form = input.read_uleb128()?;
            if form == u64::from(dw::DW_FORM_implicit_const.0) {
                input.read_sleb128()?;
            }
            if form == u64::from(dw::DW_FORM_ref_addr.0) {
                return Ok(true);
            }
            if (name, form) == (0, 0) {
                break;
            }
        }
    }
    Ok(false)
}
