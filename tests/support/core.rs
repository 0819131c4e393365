//! ELF cores made in memory, honest or lying. Shared by unit tests, tests of the command and fuzz targets.
//!
//! Layouts: `Elf64_Ehdr` and `Elf64_Phdr` of the ELF specification; `struct elf_prstatus`, `struct elf_prpsinfo`,
//! `siginfo_t` and the note of mapped files of Linux (`include/linux/elfcore.h`, `fs/binfmt_elf.c`).

/// `e_machine` of x86-64.
pub(crate) const X86_64: u16 = 62;
/// `e_machine` of 64-bit ARM.
pub(crate) const AARCH64: u16 = 183;

const PT_LOAD: u32 = 1;
const PT_NOTE: u32 = 4;
const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;

/// A core; what is not set is left out.
#[derive(Debug, Clone)]
pub(crate) struct CoreBuilder {
    machine: u16,
    notes: Vec<u8>,
    loads: Vec<Load>,
    more_headers: Vec<[u8; PROGRAM_HEADER]>,
}

/// A part of memory. Its figures may lie.
#[derive(Debug, Clone, Default)]
pub(crate) struct Load {
    pub(crate) address: u64,
    pub(crate) bytes: Vec<u8>,
    /// In place of the number of bytes.
    pub(crate) memory_size: Option<u64>,
    /// In place of the number of bytes.
    pub(crate) file_size: Option<u64>,
    /// In place of where the bytes stand.
    pub(crate) offset: Option<u64>,
}

impl CoreBuilder {
    pub(crate) fn new(machine: u16) -> Self {
        Self {
            machine,
            notes: Vec::new(),
            loads: Vec::new(),
            more_headers: Vec::new(),
        }
    }

    /// Any note, by the name of its owner.
    pub(crate) fn note(mut self, owner: &str, kind: u32, content: &[u8]) -> Self {
        let owner = [owner.as_bytes(), &[0]].concat();
        let sizes =
            [owner.len(), content.len()].map(|size| u32::try_from(size).unwrap_or(u32::MAX));
        for number in [sizes[0], sizes[1], kind] {
            self.notes.extend(number.to_le_bytes());
        }
        for part in [&owner[..], content] {
            self.notes.extend(part);
            self.notes.resize(self.notes.len().next_multiple_of(4), 0);
        }
        self
    }

    /// Bytes among the notes that need be none.
    pub(crate) fn raw_notes(mut self, bytes: &[u8]) -> Self {
        self.notes.extend(bytes);
        self
    }

    /// A thread whose registers are those of its processor's `struct user_regs_struct`.
    pub(crate) fn thread(self, tid: u32, signal: u16, registers: &[u64]) -> Self {
        self.note("CORE", 1, &prstatus(tid, signal, registers))
    }

    /// A thread of which only these registers are not 0.
    pub(crate) fn thread_at(self, tid: u32, pc: u64, sp: u64, fp: u64) -> Self {
        let registers = registers(self.machine, pc, sp, fp);
        self.thread(tid, 11, &registers)
    }

    /// `NT_AUXV`.
    pub(crate) fn auxv(self, pairs: &[(u64, u64)]) -> Self {
        let words: Vec<u64> = pairs
            .iter()
            .flat_map(|&(key, value)| [key, value])
            .collect();
        self.note("CORE", 6, &little_endian(&words))
    }

    /// `NT_FILE`: start, end, offset in pages, path.
    pub(crate) fn files(self, files: &[(u64, u64, u64, &str)]) -> Self {
        let note = file_note(files.len() as u64, files);
        self.note("CORE", 0x4649_4c45, &note)
    }

    pub(crate) fn load(mut self, load: Load) -> Self {
        self.loads.push(load);
        self
    }

    /// Memory as it is.
    pub(crate) fn memory(self, address: u64, bytes: &[u8]) -> Self {
        self.load(Load {
            address,
            bytes: bytes.to_vec(),
            ..Load::default()
        })
    }

    /// Words of memory.
    pub(crate) fn words(self, address: u64, words: &[u64]) -> Self {
        self.memory(address, &little_endian(words))
    }

    /// A program header over any part of the file: type, offset, size.
    pub(crate) fn header(mut self, kind: u32, offset: u64, size: u64) -> Self {
        self.more_headers
            .push(program_header(kind, 0, offset, [size, size]));
        self
    }

    /// The file: header, program headers, notes, memory.
    pub(crate) fn build(self) -> Vec<u8> {
        let count = 1 + self.loads.len() + self.more_headers.len();
        let notes_at = HEADER + count * PROGRAM_HEADER;
        let notes = (notes_at as u64, self.notes.len() as u64);
        let mut file = header(self.machine, count);
        file.extend(program_header(PT_NOTE, 0, notes.0, [notes.1, 0]));
        let mut place = notes_at + self.notes.len();
        for load in &self.loads {
            let size = load.bytes.len() as u64;
            let sizes = [load.file_size, load.memory_size].map(|lie| lie.unwrap_or(size));
            let offset = load.offset.unwrap_or(place as u64);
            file.extend(program_header(PT_LOAD, load.address, offset, sizes));
            place += load.bytes.len();
        }
        file.extend(self.more_headers.iter().flatten());
        file.extend(&self.notes);
        for load in &self.loads {
            file.extend(&load.bytes);
        }
        file
    }
}

fn header(machine: u16, count: usize) -> Vec<u8> {
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(16, 0);
    header.extend(4_u16.to_le_bytes());
    header.extend(machine.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    // No entry point; program headers behind this; no section headers; no flags.
    header.extend(little_endian(&[0, HEADER as u64, 0]));
    header.extend(0_u32.to_le_bytes());
    let count = u16::try_from(count).unwrap_or(0xffff);
    for number in [64, 56, count, 64, 0, 0_u16] {
        header.extend(number.to_le_bytes());
    }
    header
}

fn program_header(
    kind: u32,
    address: u64,
    offset: u64,
    [file_size, memory_size]: [u64; 2],
) -> [u8; PROGRAM_HEADER] {
    // Readable, writable, executable.
    let first = u64::from(kind) | 7 << 32;
    let words = [first, offset, address, 0, file_size, memory_size, 1];
    let mut header = [0; PROGRAM_HEADER];
    header.copy_from_slice(&little_endian(&words));
    header
}

/// `struct elf_prstatus` with these general registers.
pub(crate) fn prstatus(tid: u32, signal: u16, registers: &[u64]) -> Vec<u8> {
    let mut note = vec![0; 112];
    note[12..14].copy_from_slice(&signal.to_le_bytes());
    note[32..36].copy_from_slice(&tid.to_le_bytes());
    note.extend(little_endian(registers));
    note.extend([0; 8]);
    note
}

/// General registers, 0 but for these.
pub(crate) fn registers(machine: u16, pc: u64, sp: u64, fp: u64) -> Vec<u64> {
    let (count, places) = match machine {
        AARCH64 => (34, [32, 31, 29]),
        _ => (27, [16, 19, 4]),
    };
    let mut registers = vec![0; count];
    for (place, value) in places.into_iter().zip([pc, sp, fp]) {
        registers[place] = value;
    }
    registers
}

/// The note of mapped files, whose count may lie.
pub(crate) fn file_note(count: u64, files: &[(u64, u64, u64, &str)]) -> Vec<u8> {
    let mut note = little_endian(&[count, 4096]);
    for (start, end, page, _) in files {
        note.extend(little_endian(&[*start, *end, *page]));
    }
    for (.., path) in files {
        note.extend(path.as_bytes());
        note.push(0);
    }
    note
}

pub(crate) fn little_endian(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
