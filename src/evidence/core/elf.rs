//! The headers of a core: which processor, where the notes and the memory stand in the file.
//!
//! Layouts: `Elf64_Ehdr`, `Elf64_Phdr` of the ELF specification; `PN_XNUM` (more than 65,534 segments) as in Linux'
//! `fs/binfmt_elf.c`.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use object::elf::{
    ELFCLASS32, ELFDATA2LSB, EM_386, EM_AARCH64, EM_ARM, EM_PPC64, EM_RISCV, EM_S390, EM_X86_64,
    ET_CORE, FileHeader64, Ident, PF_W, PN_XNUM, PT_LOAD, PT_NOTE, ProgramHeader64,
    SectionHeader64,
};
use object::pod::{from_bytes, slice_from_all_bytes};
use object::read::elf::ProgramHeader as _;
use object::{LittleEndian, elf};

use super::{CoreError, Problem, Segment};

/// A processor whose cores are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// x86-64.
    X86_64,
    /// 64-bit ARM, little-endian.
    Aarch64,
}

/// The headers as far as they are needed.
#[derive(Debug)]
pub(super) struct Headers {
    pub(super) machine: Machine,
    /// `PT_NOTE` segments.
    pub(super) notes: Vec<Segment>,
    /// `PT_LOAD` segments.
    pub(super) loads: Vec<Segment>,
}

type Ehdr = FileHeader64<LittleEndian>;
type Phdr = ProgramHeader64<LittleEndian>;
type Shdr = SectionHeader64<LittleEndian>;

/// More segments than a process has: Linux stops at 65,530 mappings unless `vm.max_map_count` was raised.
const MOST_SEGMENTS: u64 = 1 << 20;

/// Reads them, or says what the file is instead.
pub(super) fn read(
    path: &Path,
    file: &File,
    len: u64,
    problems: &mut Vec<Problem>,
) -> Result<Headers, CoreError> {
    let mut head = [0; size_of::<Ehdr>()];
    let got = read_up_to(file, &mut head, 0).map_err(|source| CoreError::Io {
        path: path.to_owned(),
        source,
    })?;
    refuse_others(path, &head[..got])?;
    let header: &Ehdr = from_bytes(&head)
        .map_err(|()| not_a_core(path, "unreadable"))?
        .0;
    let machine = machine(path, header)?;
    let count = segment_count(file, header);
    let wanted = count.min(MOST_SEGMENTS);
    let size = size_of::<Phdr>() as u64;
    let offset = header.e_phoff.get(LittleEndian);
    let there = len.saturating_sub(offset) / size;
    if there < wanted || count > MOST_SEGMENTS {
        problems.push(Problem::of(format!(
            "the core names {count} segments, of which {} can be read",
            there.min(wanted)
        )));
    }
    let bytes_wanted = usize::try_from(there.min(wanted) * size).unwrap_or(0);
    let mut bytes = vec![0; bytes_wanted];
    let got = read_up_to(file, &mut bytes, offset).unwrap_or(0);
    let whole = got - got % size_of::<Phdr>();
    let headers: &[Phdr] = slice_from_all_bytes(&bytes[..whole]).unwrap_or_default();
    let of_type = |kind| {
        let chosen = headers
            .iter()
            .filter(move |header| header.p_type(LittleEndian) == kind);
        chosen.map(segment).collect()
    };
    Ok(Headers {
        machine,
        notes: of_type(PT_NOTE),
        loads: of_type(PT_LOAD),
    })
}

fn segment(header: &Phdr) -> Segment {
    Segment {
        address: header.p_vaddr(LittleEndian),
        memory_size: header.p_memsz(LittleEndian),
        offset: header.p_offset(LittleEndian),
        file_size: header.p_filesz(LittleEndian),
        writable: header.p_flags(LittleEndian).contains(PF_W),
    }
}

/// `e_phnum`, or where that is `PN_XNUM`, `sh_info` of the first section header.
fn segment_count(file: &File, header: &Ehdr) -> u64 {
    let count = header.e_phnum.get(LittleEndian);
    if count != PN_XNUM {
        return count.into();
    }
    let mut section = [0; size_of::<Shdr>()];
    let offset = header.e_shoff.get(LittleEndian);
    if offset == 0 {
        return count.into();
    }
    let section: Option<&Shdr> = match read_up_to(file, &mut section, offset) {
        Ok(got) if got == section.len() => from_bytes(&section).ok().map(|(header, _)| header),
        _ => None,
    };
    section.map_or(count.into(), |section| {
        section.sh_info.get(LittleEndian).into()
    })
}

fn machine(path: &Path, header: &Ehdr) -> Result<Machine, CoreError> {
    if header.e_type.get(LittleEndian) != ET_CORE {
        let what = "an ELF program or library";
        return Err(not_a_core(path, what));
    }
    let name = match header.e_machine.get(LittleEndian) {
        EM_X86_64 => return Ok(Machine::X86_64),
        EM_AARCH64 => return Ok(Machine::Aarch64),
        machine => machine_name(machine),
    };
    Err(unsupported(path, &format!("a core of {name}")))
}

fn machine_name(machine: elf::Machine) -> String {
    match machine {
        EM_386 => "32-bit x86".to_owned(),
        EM_ARM => "32-bit ARM".to_owned(),
        EM_PPC64 => "64-bit POWER".to_owned(),
        EM_S390 => "s390".to_owned(),
        EM_RISCV => "RISC-V".to_owned(),
        other => format!("machine {}", other.0),
    }
}

/// Other formats by their first bytes, and ELF of other classes.
fn refuse_others(path: &Path, head: &[u8]) -> Result<(), CoreError> {
    if head.starts_with(b"MDMP") {
        return Err(CoreError::Unsupported {
            path: path.to_owned(),
            what: "a minidump".to_owned(),
            reader: "minidump-stackwalk reads it: give its text to fixtrail",
        });
    }
    if head.starts_with(&[0xcf, 0xfa, 0xed, 0xfe]) {
        return Err(CoreError::Unsupported {
            path: path.to_owned(),
            what: "a Mach-O file".to_owned(),
            reader: "lldb reads it: lldb -c CORE -b -o 'bt all' | fixtrail triage -",
        });
    }
    if !head.starts_with(b"\x7fELF") {
        return Err(not_a_core(path, "no ELF file"));
    }
    if head.len() < size_of::<Ident>() {
        return Err(not_a_core(path, "an ELF file cut off in its header"));
    }
    let big_endian = head[5] != ELFDATA2LSB.0;
    if head[4] == ELFCLASS32.0 || big_endian {
        // Both classes have e_type and e_machine at the same places (16 and 18).
        let half = |at: usize| {
            let bytes = head.get(at..at + 2).unwrap_or(&[0, 0]);
            let bytes = [bytes[0], bytes[1]];
            if big_endian {
                u16::from_be_bytes(bytes)
            } else {
                u16::from_le_bytes(bytes)
            }
        };
        if half(16) != ET_CORE.0 {
            return Err(not_a_core(path, "an ELF program or library"));
        }
        return Err(unsupported(
            path,
            &format!("a core of {}", machine_name(elf::Machine(half(18)))),
        ));
    }
    if head.len() < size_of::<Ehdr>() {
        return Err(not_a_core(path, "an ELF file cut off in its header"));
    }
    Ok(())
}

fn not_a_core(path: &Path, what: &str) -> CoreError {
    CoreError::NotACore {
        path: path.to_owned(),
        what: what.to_owned(),
    }
}

fn unsupported(path: &Path, what: &str) -> CoreError {
    CoreError::Unsupported {
        path: path.to_owned(),
        what: what.to_owned(),
        reader: "gdb-multiarch and eu-stack read it: eu-stack --core CORE | fixtrail triage -",
    }
}

/// Reads until the buffer is full or the file ends; gives the count.
pub(super) fn read_up_to(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read_at(&mut buffer[done..], offset.saturating_add(done as u64)) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
