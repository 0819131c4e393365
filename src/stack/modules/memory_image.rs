//! ELF files out of the memory of a process: the vDSO, and modules whose file is gone.
//!
//! Of a file that was mapped, the kernel dumps at least the first page, with the program headers and mostly the build
//! ID (`core(5)`, bit 4 of `coredump_filter`), and the pages that were written to; with bits 2 and 3 all of it.

use std::ops::Range;

use object::elf::{FileHeader64, PT_LOAD, PT_NOTE, ProgramHeader64};
use object::pod::{bytes_of, from_bytes};
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use object::{LittleEndian, U16, U64};

use super::files::Files;
use super::image::Image;
use crate::evidence::core::Core;

type Elf = FileHeader64<LittleEndian>;

/// Larger images are not put together.
const LARGEST: u64 = 256 << 20;

/// All images together, and what was unpacked before them.
const MOST: u64 = 1 << 30;

/// Programs have up to four segments of notes, of some hundred bytes each.
const MOST_NOTES: usize = 8;
const LONGEST_NOTE: u64 = 8 << 10;

/// Program headers stand in the first page.
const HEAD: usize = 4096;

/// The build ID of the ELF file mapped at an address.
pub(in crate::stack) fn build_id(core: &Core, start: u64) -> Option<Vec<u8>> {
    let head = head(core, start)?;
    let header = Elf::parse(&head[..]).ok()?;
    let headers = header.program_headers(LittleEndian, &head[..]).ok()?;
    let first = headers
        .iter()
        .find(|header| header.p_type(LittleEndian) == PT_LOAD)?;
    let bias = start.wrapping_sub(first.p_vaddr(LittleEndian) - first.p_vaddr(LittleEndian) % 4096);
    let notes = headers
        .iter()
        .filter(|header| header.p_type(LittleEndian) == PT_NOTE);
    notes.take(MOST_NOTES).find_map(|header| {
        let size = header.p_memsz(LittleEndian).min(LONGEST_NOTE);
        let address = bias.wrapping_add(header.p_vaddr(LittleEndian));
        let bytes = core.memory.bytes(address, usize::try_from(size).ok()?)?;
        let align = header.p_align(LittleEndian);
        let notes =
            object::read::elf::NoteIterator::<Elf>::new(LittleEndian, align, &bytes).ok()?;
        let mut notes = notes.map_while(Result::ok);
        let note = notes.find(|note| {
            note.name() == object::elf::ELF_NOTE_GNU
                && note.n_type(LittleEndian) == object::elf::NT_GNU_BUILD_ID
        })?;
        // SHA-512 has 64 bytes, and no linker writes more; an empty one tells nothing apart.
        let id = Some(note.desc().to_vec());
        id.filter(|id| (1..=64).contains(&id.len()))
    })
}

/// The file as far as memory has it: each segment at its place in the file. Section headers are kept where they are
/// in memory, as the vDSO's are.
pub(in crate::stack) fn read<'f>(
    core: &Core,
    range: &Range<u64>,
    files: &'f Files,
) -> Option<Image<'f>> {
    let head = head(core, range.start)?;
    let header = Elf::parse(&head[..]).ok()?;
    let headers = header.program_headers(LittleEndian, &head[..]).ok()?;
    let loads = parts(headers)?;
    let loaded = loads.iter().map(|part| part.bytes.end).max().unwrap_or(0);
    // The vDSO is one mapping that holds more than its segment: its section headers.
    let mapped = range.end.saturating_sub(range.start).min(1 << 20);
    let rest = if headers.len() <= 8 { mapped } else { 0 };
    let rest = usize::try_from(rest).ok()?;
    let size = loaded.max(rest).max(HEAD);
    files.reserve(size as u64, MOST)?;
    let mut bytes = vec![0; size];
    for part in loads {
        let start = range.start.wrapping_add(part.address);
        copy(core, start, &mut bytes[part.bytes]);
    }
    if loaded < rest {
        let start = range.start.wrapping_add(loaded as u64);
        copy(core, start, &mut bytes[loaded..rest]);
    }
    without_lost_sections(&mut bytes);
    Image::of_memory(files, files.keep(bytes))
}

/// A segment of an ELF file.
struct Part {
    /// Its first address, counted from where the file begins in memory.
    address: u64,
    /// Its place in the file.
    bytes: Range<usize>,
}

/// The segments; `None` if they are too large together.
fn parts(headers: &[ProgramHeader64<LittleEndian>]) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut base = None;
    let mut left = LARGEST;
    for load in headers
        .iter()
        .filter(|header| header.p_type(LittleEndian) == PT_LOAD)
    {
        let (address, offset) = (load.p_vaddr(LittleEndian), load.p_offset(LittleEndian));
        let base = *base.get_or_insert(address.wrapping_sub(offset));
        let size = load.p_filesz(LittleEndian);
        // A thousand segments may be one part of the file.
        left = left.checked_sub(size)?;
        let end = offset.checked_add(size).filter(|&end| end <= LARGEST)?;
        parts.push(Part {
            address: address.wrapping_sub(base),
            bytes: usize::try_from(offset).ok()?..usize::try_from(end).ok()?,
        });
    }
    Some(parts)
}

/// Fills a buffer with what was dumped, the rest with zeros.
fn copy(core: &Core, start: u64, into: &mut [u8]) {
    let mut done = 0;
    while done < into.len() {
        let address = start.wrapping_add(done as u64);
        match core.memory.read_some(address, &mut into[done..]) {
            // A page that was not dumped, up to the next whole page.
            0 => done += 4096 - usize::try_from(address % 4096).unwrap_or(0),
            got => done += got,
        }
    }
}

/// Takes out the reference to section headers that are not there, which would make the whole file unreadable.
fn without_lost_sections(bytes: &mut [u8]) {
    let Ok((header, _)) = from_bytes::<Elf>(bytes) else {
        return;
    };
    let sound = header
        .sections(LittleEndian, &*bytes)
        .is_ok_and(|sections| {
            sections.iter().skip(1).any(|section| {
                use object::read::elf::SectionHeader as _;
                section.sh_size(LittleEndian) > 0
            })
        });
    if sound {
        return;
    }
    let mut header = *header;
    header.e_shoff = U64::new(LittleEndian, 0);
    header.e_shnum = U16::new(LittleEndian, 0);
    header.e_shstrndx = object::U16::new(LittleEndian, object::elf::SHN_UNDEF);
    let fixed = bytes_of(&header);
    bytes[..fixed.len()].copy_from_slice(fixed);
}

/// Mapped ELF files of a core that does not name them (before Linux 3.7, or with a damaged list): segments that begin
/// with an ELF header, up to the next that does.
pub(in crate::stack) fn unnamed(core: &Core) -> impl Iterator<Item = Range<u64>> {
    let segments = core.memory.segments();
    let is_start = |address| {
        let mut magic = [0; 4];
        core.memory.read_some(address, &mut magic) == 4 && &magic == b"\x7fELF"
    };
    let vdso = core.auxv.vdso;
    let starts: Vec<u64> = segments
        .iter()
        .map(|segment| segment.address)
        .filter(|&address| Some(address) != vdso && is_start(address))
        .collect();
    let ranges: Vec<_> = starts
        .iter()
        .filter_map(|&start| {
            let size = extent(core, start)?;
            Some(start..start.checked_add(size)?)
        })
        .collect();
    ranges.into_iter()
}

/// How far the segments of an ELF file in memory reach from its start.
fn extent(core: &Core, start: u64) -> Option<u64> {
    let head = head(core, start)?;
    let header = Elf::parse(&head[..]).ok()?;
    let headers = header.program_headers(LittleEndian, &head[..]).ok()?;
    let loads = headers
        .iter()
        .filter(|header| header.p_type(LittleEndian) == PT_LOAD);
    let mut ends = loads.map(|load| {
        let first = load.p_vaddr(LittleEndian);
        (first, first.saturating_add(load.p_memsz(LittleEndian)))
    });
    let (first, mut last) = ends.next()?;
    for (_, end) in ends {
        last = last.max(end);
    }
    last.checked_sub(first - first % 4096)
        .filter(|&size| size > 0)
}

fn head(core: &Core, start: u64) -> Option<Vec<u8>> {
    let mut head = vec![0; HEAD];
    let got = core.memory.read_some(start, &mut head);
    head.truncate(got);
    head.starts_with(b"\x7fELF").then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::core::{CoreBuilder, X86_64};
    use crate::synthetic::program::Program;
    use crate::synthetic::read as core;

    fn program(build_id: &[u8]) -> Vec<u8> {
        let program = Program {
            build_id: build_id.to_vec(),
            ..Program::new(X86_64, &[0x90; 64])
        };
        program.section(".debug_info", &[1; 16]).build()
    }

    fn process(image: &[u8]) -> Core {
        let builder = CoreBuilder::new(X86_64).thread_at(1, 1, 2, 3);
        core(&builder.memory(0x1_0000, image).build()).unwrap()
    }

    #[test]
    fn build_ids() {
        for (len, found) in [(0, false), (1, true), (20, true), (64, true), (65, false)] {
            let id = vec![7; len];
            let core = process(&program(&id));
            assert_eq!(build_id(&core, 0x1_0000), found.then_some(id), "{len}");
            assert_eq!(build_id(&core, 0x1_0001), None);
        }
    }

    #[test]
    fn images() {
        let file = program(&[7; 20]);
        let core = process(&file);
        let files = Files::default();
        let image = read(&core, &(0x1_0000..0x1_2000), &files).unwrap();
        assert_eq!(&image.bytes()[..file.len()], file);
        assert_eq!(image.build_id(), Some(&[7; 20][..]));
        let end = 0x1_0000 + file.len() as u64;
        assert_eq!(unnamed(&core).next(), Some(0x1_0000..end));
        // The first page alone: what is not there is zero, and the section headers are lost.
        let core = process(&file[..4096]);
        let image = read(&core, &(0x1_0000..0x1_2000), &files).unwrap();
        assert_eq!(image.bytes_at(0x1000).map(|bytes| bytes[0]), Some(0));
        assert!(image.section(".debug_info").is_none());
    }

    /// What a process has no use for is not in its memory.
    #[test]
    fn sections_that_are_not_loaded() {
        let mut program = Program::new(X86_64, &[0x90; 64]).section(".eh_frame", &[1; 16]);
        program = program.section(".debug_info", &[1; 16]);
        program.sections[1].flags = 0;
        let core = process(&program.build());
        let files = Files::default();
        let image = read(&core, &(0x1_0000..0x1_2000), &files).unwrap();
        assert!(image.section(".eh_frame").is_some());
        assert!(image.section(".debug_info").is_none() && !image.has_dwarf());
    }

    #[test]
    fn sizes_that_lie() {
        let files = Files::default();
        // Offset, address, size in the file and in memory of the segment.
        for field in [8, 16, 32, 40] {
            for value in [1_u64 << 28, 1 << 40, u64::MAX - 4095, u64::MAX] {
                let mut file = program(&[7; 20]);
                file[64 + field..72 + field].copy_from_slice(&value.to_le_bytes());
                let core = process(&file);
                build_id(&core, 0x1_0000);
                let image = read(&core, &(0x1_0000..0x1_2000), &files);
                assert!(field == 40 || field == 16 || image.is_none() || value == 1 << 28);
                assert!(unnamed(&core).count() <= 1);
            }
        }
    }
}
