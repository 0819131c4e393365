//! The headers of a core (elf(5)): one segment of notes, then one for each region of memory.

use object::LittleEndian as LE;
use object::elf::{
    ELFCLASS64, ELFDATA2LSB, ELFMAG, ELFOSABI_NONE, EM_AARCH64, EM_X86_64, ET_CORE, EV_CURRENT,
    FileFlags, FileHeader64, Ident, PF_R, PF_W, PF_X, PN_XNUM, PT_LOAD, PT_NOTE, ProgramFlags,
    ProgramHeader64, SHN_UNDEF, SHT_NULL, SectionFlags, SectionHeader64,
};
use object::endian::{U16, U32, U64};
use object::pod::{bytes_of, bytes_of_slice};

use super::regions::Region;
use crate::evidence::core::{Machine, Segment};

type Phdr = ProgramHeader64<LE>;
type Shdr = SectionHeader64<LE>;

/// Bytes of `Elf64_Ehdr`, `Elf64_Phdr` and `Elf64_Shdr`.
const HEADER: u16 = 64;
const PROGRAM_HEADER: u16 = 56;
const SECTION_HEADER: u16 = 64;

/// Where everything stands in a core.
#[derive(Debug)]
pub(super) struct Plan {
    /// Header, program headers and notes.
    pub(super) head: Vec<u8>,
    /// The memory, in the order of the regions, each at its `offset` behind the one before.
    pub(super) loads: Vec<Segment>,
    /// Bytes of the whole file.
    pub(super) len: u64,
}

impl Plan {
    /// A core of regions, of each so many bytes, with its notes. `page` is the size of a page in bytes.
    pub(super) fn of(machine: Machine, parts: &[(Region, u64)], notes: &[u8], page: u64) -> Self {
        let count = parts.len() + 1;
        // The count does not fit: it stands in a section header (`fs/binfmt_elf.c`, `fill_extnum_info`).
        let many = count >= usize::from(PN_XNUM);
        let headers = u64::from(HEADER) + count as u64 * u64::from(PROGRAM_HEADER);
        let notes_at = headers + if many { u64::from(SECTION_HEADER) } else { 0 };
        let mut next = (notes_at + notes.len() as u64).next_multiple_of(page);
        let data_at = next;
        let loads: Vec<Segment> = parts
            .iter()
            .map(|(region, file_size)| {
                let offset = next;
                next += file_size;
                Segment {
                    address: region.start,
                    memory_size: region.end - region.start,
                    offset,
                    file_size: *file_size,
                    writable: region.rights[1] == b'w',
                }
            })
            .collect();
        let mut head = bytes_of(&file_header(machine, count, many.then_some(headers))).to_vec();
        let note = note_header(notes_at, notes.len() as u64);
        let rows = parts.iter().zip(&loads);
        let rows = rows.map(|((region, _), segment)| load_header(region, segment, page));
        head.extend(bytes_of_slice(
            &[note].into_iter().chain(rows).collect::<Vec<_>>(),
        ));
        if many {
            head.extend(bytes_of(&section_header(count)));
        }
        head.extend(notes);
        head.resize(usize::try_from(data_at).unwrap_or(head.len()), 0);
        Self {
            head,
            loads,
            len: next,
        }
    }
}

/// `sections` is where the one section header stands, if there is one.
fn file_header(machine: Machine, count: usize, sections: Option<u64>) -> FileHeader64<LE> {
    let half = |number| U16::new(LE, number);
    let has_section = u16::from(sections.is_some());
    FileHeader64 {
        e_ident: Ident {
            magic: ELFMAG,
            class: ELFCLASS64,
            data: ELFDATA2LSB,
            version: EV_CURRENT,
            os_abi: ELFOSABI_NONE,
            abi_version: 0,
            padding: [0; 7],
        },
        e_type: U16::new(LE, ET_CORE),
        e_machine: U16::new(
            LE,
            match machine {
                Machine::X86_64 => EM_X86_64,
                Machine::Aarch64 => EM_AARCH64,
            },
        ),
        e_version: U32::new(LE, EV_CURRENT.0.into()),
        e_entry: U64::new(LE, 0),
        e_phoff: U64::new(LE, HEADER.into()),
        e_shoff: U64::new(LE, sections.unwrap_or(0)),
        e_flags: U32::new(LE, FileFlags(0)),
        e_ehsize: half(HEADER),
        e_phentsize: half(PROGRAM_HEADER),
        e_phnum: half(u16::try_from(count).unwrap_or(PN_XNUM)),
        e_shentsize: half(has_section * SECTION_HEADER),
        e_shnum: half(has_section),
        e_shstrndx: U16::new(LE, SHN_UNDEF),
    }
}

fn section_header(count: usize) -> Shdr {
    let (word, long) = (|number| U32::new(LE, number), |number| U64::new(LE, number));
    Shdr {
        sh_name: word(0),
        sh_type: U32::new(LE, SHT_NULL),
        sh_flags: U64::new(LE, SectionFlags(0)),
        sh_addr: long(0),
        sh_offset: long(0),
        // How many sections there are: this one.
        sh_size: long(1),
        sh_link: word(0),
        sh_info: word(u32::try_from(count).unwrap_or(u32::MAX)),
        sh_addralign: long(0),
        sh_entsize: long(0),
    }
}

fn note_header(offset: u64, len: u64) -> Phdr {
    let long = |number| U64::new(LE, number);
    Phdr {
        p_type: U32::new(LE, PT_NOTE),
        p_flags: U32::new(LE, ProgramFlags(0)),
        p_offset: long(offset),
        p_vaddr: long(0),
        p_paddr: long(0),
        p_filesz: long(len),
        p_memsz: long(0),
        p_align: long(4),
    }
}

fn load_header(region: &Region, segment: &Segment, page: u64) -> Phdr {
    let long = |number| U64::new(LE, number);
    let rights = region
        .rights
        .iter()
        .zip([(b'r', PF_R), (b'w', PF_W), (b'x', PF_X)]);
    let flags = rights
        .filter(|(is, (letter, _))| *is == letter)
        .map(|(_, (_, flag))| flag.0);
    Phdr {
        p_type: U32::new(LE, PT_LOAD),
        p_flags: U32::new(LE, ProgramFlags(flags.sum())),
        p_offset: long(segment.offset),
        p_vaddr: long(segment.address),
        p_paddr: long(0),
        p_filesz: long(segment.file_size),
        p_memsz: long(segment.memory_size),
        p_align: long(page),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::core::{Core, Limits};

    /// One thread's registers, so that it is a core.
    fn notes() -> Vec<u8> {
        let status = [0; 336];
        let mut notes: Vec<u8> = Vec::new();
        for number in [5, 336, 1_u32] {
            notes.extend(number.to_le_bytes());
        }
        notes.extend(b"CORE\0\0\0\0");
        notes.extend(status);
        notes
    }

    #[test]
    fn more_segments_than_the_header_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("core");
        for count in [3, 65_533, 65_534, 70_000] {
            let parts: Vec<_> = (0..count)
                .map(|at| {
                    let region = Region {
                        start: at * 0x2000,
                        end: at * 0x2000 + 0x1000,
                        rights: *b"rw-",
                        ..Region::default()
                    };
                    (region, 0)
                })
                .collect();
            let plan = Plan::of(Machine::X86_64, &parts, &notes(), 4096);
            assert_eq!(plan.head.len() as u64, plan.len);
            std::fs::write(&path, &plan.head).unwrap();
            let core = Core::open(&path, &Limits::new(folder.path())).unwrap();
            assert_eq!(core.memory.segments().len() as u64, count);
            assert_eq!(core.threads().len(), 1);
            assert_eq!(core.problems, []);
        }
    }
}
