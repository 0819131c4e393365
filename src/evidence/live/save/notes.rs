//! The notes of a core: threads, process, mapped files.
//!
//! Layouts: `struct elf_prstatus` and `struct elf_prpsinfo` of Linux (`include/linux/elfcore.h`), and the note of mapped
//! files (`fs/binfmt_elf.c`, `fill_files_note`). The order is the kernel's: registers of the main thread, the process,
//! then the other threads. Times and signals that wait are left at 0: nothing here or in gdb asks for them.

use std::fs;

use nix::unistd::Pid;
use object::LittleEndian;
use object::elf::{
    NT_AUXV, NT_FILE, NT_FPREGSET, NT_PRPSINFO, NT_PRSTATUS, NoteHeader64, NoteType,
};
use object::endian::U32;
use object::pod::bytes_of;

use super::regions::Region;
use crate::evidence::live::{files, registers};

/// Bytes of `struct elf_prstatus` before its registers, which `pr_fpvalid` follows.
const BEFORE_REGISTERS: usize = 112;
const PR_PID: usize = 32;

/// Bytes of `pr_fname` and `pr_psargs`.
const NAME: usize = 16;
const ARGUMENTS: usize = 80;

/// What the notes are made of; bytes come out.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<u8>);

impl Notes {
    /// All notes of a process whose threads stand still, the main one first.
    pub(super) fn of(pid: u32, threads: &[Pid], regions: &[Region], page: u64) -> Vec<u8> {
        let mut notes = Self::default();
        let parents = Parents::of(pid);
        let mut threads = threads.iter().map(|&tid| (tid, registers::float(tid)));
        let main = threads.next();
        if let Some((tid, float)) = &main {
            notes.registers(*tid, float.is_some(), &parents);
        }
        notes.add(NT_PRPSINFO, &process(pid, &parents));
        notes.add(
            NT_AUXV,
            &fs::read(format!("/proc/{pid}/auxv")).unwrap_or_default(),
        );
        notes.add(NT_FILE, &mapped_files(regions, page));
        if let Some((_, Some(float))) = main {
            notes.add(NT_FPREGSET, &float);
        }
        for (tid, float) in threads {
            notes.registers(tid, float.is_some(), &parents);
            if let Some(float) = float {
                notes.add(NT_FPREGSET, &float);
            }
        }
        notes.0
    }

    fn registers(&mut self, tid: Pid, has_float: bool, parents: &Parents) {
        let Some(words) = registers::words(tid) else {
            return;
        };
        let mut status = vec![0; BEFORE_REGISTERS];
        put(&mut status, PR_PID, tid.as_raw().unsigned_abs());
        for (at, number) in [parents.parent, parents.group, parents.session]
            .into_iter()
            .enumerate()
        {
            put(&mut status, PR_PID + 4 * (at + 1), number);
        }
        status.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        status.extend(u64::from(has_float).to_le_bytes());
        self.add(NT_PRSTATUS, &status);
    }

    /// A note by `CORE`, as all of these are; its name and content end at multiples of 4.
    fn add(&mut self, kind: NoteType, content: &[u8]) {
        const OWNER: &[u8] = b"CORE\0";
        let size =
            |bytes: &[u8]| U32::new(LittleEndian, u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        let header = NoteHeader64 {
            n_namesz: size(OWNER),
            n_descsz: size(content),
            n_type: U32::new(LittleEndian, kind),
        };
        self.0.extend(bytes_of(&header));
        for part in [OWNER, content] {
            self.0.extend(part);
            self.0.resize(self.0.len().next_multiple_of(4), 0);
        }
    }
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    if let Some(place) = bytes.get_mut(at..at + 4) {
        place.copy_from_slice(&number.to_le_bytes());
    }
}

/// What `/proc/PID/stat` says of a process (proc_pid_stat(5)).
#[derive(Debug, Default)]
struct Parents {
    parent: u32,
    group: u32,
    session: u32,
}

impl Parents {
    fn of(pid: u32) -> Self {
        let stat = files::stat(&format!("/proc/{pid}/stat"));
        let mut numbers = stat
            .iter()
            .skip(1)
            .map(|word| word.parse().unwrap_or_default());
        let mut number = || numbers.next().unwrap_or_default();
        Self {
            parent: number(),
            group: number(),
            session: number(),
        }
    }
}

/// `struct elf_prpsinfo`: state, flags, user and group, numbers, name, arguments.
fn process(pid: u32, parents: &Parents) -> Vec<u8> {
    let (name, arguments) = files::info(pid)
        .map(|info| (info.name, info.command_line))
        .unwrap_or_default();
    let mut note = vec![0; 40];
    note[1] = b'R';
    let ids = [files::status(pid, "Uid:"), files::status(pid, "Gid:")];
    let [uid, gid] = ids.map(Option::unwrap_or_default);
    let numbers = [
        uid,
        gid,
        pid,
        parents.parent,
        parents.group,
        parents.session,
    ];
    for (at, number) in numbers.into_iter().enumerate() {
        put(&mut note, 16 + 4 * at, number);
    }
    for (text, room) in [(name, NAME), (arguments, ARGUMENTS)] {
        let text = text.as_bytes();
        // The last byte ends the text.
        let len = text.len().min(room - 1);
        note.extend(&text[..len]);
        note.resize(note.len() + room - len, 0);
    }
    note
}

/// Count, page size, for each mapping start, end and offset in pages, then the names.
fn mapped_files(regions: &[Region], page: u64) -> Vec<u8> {
    let mapped = || regions.iter().filter(|region| region.path.starts_with('/'));
    let rows = mapped().flat_map(|region| [region.start, region.end, region.offset / page]);
    let words = [mapped().count() as u64, page].into_iter().chain(rows);
    let names = mapped().flat_map(|region| region.path.bytes().chain([0]));
    words.flat_map(u64::to_le_bytes).chain(names).collect()
}
