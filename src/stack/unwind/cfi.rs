//! Call frame information: for an address, the rules that lead to the caller's registers.
//!
//! Layouts: `.eh_frame` and `.eh_frame_hdr` of the Linux Standard Base, `.debug_frame` of DWARF 5, section 6.4.

use std::cell::OnceCell;

use gimli::{
    BaseAddresses, CieOrFde, DebugFrame, EhFrame, EhFrameHdr, EndianSlice, FrameDescriptionEntry,
    LittleEndian, ParsedEhFrameHdr, UnwindSection, Vendor,
};
use object::{Architecture, Object as _};

use super::row::Row;
use crate::stack::modules::image::Image;

type Slice<'f> = EndianSlice<'f, LittleEndian>;
type Fde<'f> = FrameDescriptionEntry<Slice<'f>>;

/// More entries than the largest programs have; a hostile section may repeat one without end.
const MOST_ENTRIES: usize = 4 << 20;

/// What a damaged entry is taken to cost, as its length is not known.
const DAMAGED: u64 = 64 << 10;

/// The call frame information of one module.
#[derive(Debug, Default)]
pub(in crate::stack) struct Cfi<'f> {
    eh_frame: Option<EhFrameTable<'f>>,
    debug_frame: Option<DebugFrame<Slice<'f>>>,
    debug_index: OnceCell<Vec<(u64, u64, usize)>>,
}

#[derive(Debug)]
struct EhFrameTable<'f> {
    section: EhFrame<Slice<'f>>,
    header: Option<ParsedEhFrameHdr<Slice<'f>>>,
    bases: BaseAddresses,
    index: OnceCell<Vec<(u64, u64, usize)>>,
}

impl<'f> Cfi<'f> {
    /// What a program or library says of its own frames; `None` if nothing.
    pub(in crate::stack) fn of_image(image: Option<&Image<'f>>) -> Option<Self> {
        let image = image?;
        let cfi = Self {
            eh_frame: EhFrameTable::of(image),
            debug_frame: debug_frame(image),
            debug_index: OnceCell::new(),
        };
        (cfi.eh_frame.is_some() || cfi.debug_frame.is_some()).then_some(cfi)
    }

    /// What a debug file says: `.eh_frame` is not copied there, `.debug_frame` is moved there.
    pub(in crate::stack) fn of_debug_file(image: Option<&Image<'f>>) -> Self {
        Self {
            debug_frame: image.and_then(debug_frame),
            ..Self::default()
        }
    }

    /// The rules at an address of the file. `to_run` is how many bytes of entries may still be run; an entry that is
    /// run for every frame may be long.
    pub(in crate::stack) fn row(&self, address: u64, to_run: &mut u64) -> Option<Row<'f>> {
        let table = self.eh_frame.as_ref();
        let by_eh_frame = table.and_then(|table| table.row(address, to_run));
        by_eh_frame.or_else(|| {
            let section = self.debug_frame.as_ref()?;
            let bases = BaseAddresses::default();
            let index = self.debug_index.get_or_init(|| index(section, &bases));
            let offset = offset_in(index, address)?;
            let fde = section.fde_from_offset(&bases, offset.into(), DebugFrame::cie_from_offset);
            Row::of(section, &bases, &fde.ok()?, address, to_run)
        })
    }
}

impl<'f> EhFrameTable<'f> {
    fn of(image: &Image<'f>) -> Option<Self> {
        let header_section = image.eh_frame_header();
        let bases = BaseAddresses::default();
        let bases = header_section.map_or(bases.clone(), |(address, _)| {
            bases.set_eh_frame_hdr(address)
        });
        // The count as every linker writes it: 4 bytes, or none. In other forms it may have 64 bits, with which the
        // search would compute.
        let header = header_section
            .filter(|(_, data)| matches!(data.get(2), Some(0x03 | 0xff)))
            .and_then(|(_, data)| EhFrameHdr::new(data, LittleEndian).parse(&bases, 8).ok());
        let (address, data) = image.section(".eh_frame").or_else(|| {
            // Without section headers the table says where it is; it ends with its segment.
            let pointer = header.as_ref()?.eh_frame_ptr();
            let address = pointer.direct().ok()?;
            Some((address, image.bytes_at(address)?))
        })?;
        let text = image.section(".text").map_or(0, |(address, _)| address);
        let got = image.section(".got").map_or(0, |(address, _)| address);
        let mut section = EhFrame::new(data, LittleEndian);
        section.set_vendor(vendor(image));
        Some(Self {
            section,
            header,
            bases: bases.set_eh_frame(address).set_text(text).set_got(got),
            index: OnceCell::new(),
        })
    }

    fn row(&self, address: u64, to_run: &mut u64) -> Option<Row<'f>> {
        let fde = self.by_header(address, to_run).or_else(|| {
            if self
                .header
                .as_ref()
                .is_some_and(|header| header.table().is_some())
            {
                return None;
            }
            let index = self.index.get_or_init(|| index(&self.section, &self.bases));
            self.fde(offset_in(index, address)?)
        })?;
        Row::of(&self.section, &self.bases, &fde, address, to_run)
    }

    /// By the sorted table of `.eh_frame_hdr`.
    fn by_header(&self, address: u64, to_run: &mut u64) -> Option<Fde<'f>> {
        let header = self.header.as_ref()?;
        let pointer = header.table()?.lookup(address, &self.bases).ok()?;
        let start = header.eh_frame_ptr().direct().ok()?;
        let offset = pointer.direct().ok()?.checked_sub(start)?;
        let Some(fde) = self.fde(usize::try_from(offset).ok()?) else {
            *to_run = to_run.saturating_sub(DAMAGED);
            return None;
        };
        fde.contains(address).then_some(fde)
    }

    fn fde(&self, offset: usize) -> Option<Fde<'f>> {
        let cie = EhFrame::cie_from_offset;
        self.section
            .fde_from_offset(&self.bases, offset.into(), cie)
            .ok()
    }
}

fn debug_frame<'f>(image: &Image<'f>) -> Option<DebugFrame<Slice<'f>>> {
    let (_, data) = image.section(".debug_frame")?;
    let mut section = DebugFrame::new(data, LittleEndian);
    section.set_vendor(vendor(image));
    Some(section)
}

/// Whose instructions beyond DWARF's own stand in the rules: aarch64's say where return addresses are signed.
fn vendor(image: &Image<'_>) -> Vendor {
    match image.elf().architecture() {
        Architecture::Aarch64 => Vendor::AArch64,
        _ => Vendor::Default,
    }
}

/// Start, end and place of every entry, by start.
fn index<'f, S>(section: &S, bases: &BaseAddresses) -> Vec<(u64, u64, usize)>
where
    S: UnwindSection<Slice<'f>>,
    S::Offset: gimli::UnwindOffset<usize>,
{
    let mut entries = section.entries(bases);
    let mut index = Vec::new();
    // Most entries share one.
    let mut last = None;
    // The first damaged entry ends the list: where the next begins is not known.
    while let Ok(Some(entry)) = entries.next() {
        if let CieOrFde::Fde(partial) = entry
            && let Ok(fde) = partial.parse(|section, bases, offset| {
                shared(&mut last, offset, || section.cie_from_offset(bases, offset))
            })
        {
            let start = fde.initial_address();
            index.push((start, start.saturating_add(fde.len()), fde.offset()));
        }
        if index.len() == MOST_ENTRIES {
            break;
        }
    }
    index.sort_unstable();
    index
}

/// What was made for the key before, else anew.
fn shared<K: Copy + PartialEq, V: Clone, E>(
    last: &mut Option<(K, V)>,
    key: K,
    make: impl FnOnce() -> Result<V, E>,
) -> Result<V, E> {
    if let Some((known, value)) = last
        && *known == key
    {
        return Ok(value.clone());
    }
    let value = make()?;
    *last = Some((key, value.clone()));
    Ok(value)
}

fn offset_in(index: &[(u64, u64, usize)], address: u64) -> Option<usize> {
    let next = index.partition_point(|&(start, ..)| start <= address);
    let (_, end, offset) = *index.get(next.checked_sub(1)?)?;
    (address < end).then_some(offset)
}
