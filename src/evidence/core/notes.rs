//! The notes of a core: threads, process, signal, mapped files.

use std::fs::File;

use object::LittleEndian;
use object::elf::{
    FileHeader64, NT_ARM_TLS, NT_AUXV, NT_FILE, NT_PRPSINFO, NT_PRSTATUS, NT_SIGINFO, NoteType,
};
use object::read::elf::NoteIterator;

use super::auxv::Auxv;
use super::elf::read_up_to;
use super::process::{ProcessInfo, SignalInfo, u32_at};
use super::{CoreThread, FileMapping, Machine, Segment, mappings, registers};
use crate::evidence::Problem;

/// How much of all note segments is read: room for the registers of some 20,000 threads, vector registers included. A
/// thousand segments may lead to the same notes.
const LONGEST: u64 = 256 << 20;

/// More threads than this are left out; Linux stops at 32,768 processes unless told otherwise.
const MOST_THREADS: usize = 32 << 10;

/// What the notes hold.
#[derive(Debug)]
pub(super) struct Notes {
    machine: Machine,
    pub(super) threads: Vec<CoreThread>,
    pub(super) info: Option<ProcessInfo>,
    pub(super) signal: Option<SignalInfo>,
    pub(super) first_signal: Option<SignalInfo>,
    pub(super) mappings: Vec<FileMapping>,
    pub(super) auxv: Auxv,
    left: u64,
}

type Elf = FileHeader64<LittleEndian>;

impl Notes {
    pub(super) fn new(machine: Machine) -> Self {
        Self {
            machine,
            threads: Vec::new(),
            info: None,
            signal: None,
            first_signal: None,
            mappings: Vec::new(),
            auxv: Auxv::default(),
            left: LONGEST,
        }
    }

    /// Reads one segment of notes, as far as it is whole.
    pub(super) fn read(
        &mut self,
        file: &File,
        len: u64,
        segment: &Segment,
        problems: &mut Vec<Problem>,
    ) {
        let there = len.saturating_sub(segment.offset);
        let wanted = segment.file_size.min(there).min(self.left);
        self.left -= wanted;
        if wanted < segment.file_size {
            let size = segment.file_size;
            let what = format!("notes of {size} bytes, of which {wanted} can be read");
            super::note(problems, what);
        }
        let mut bytes = vec![0; usize::try_from(wanted).unwrap_or(0)];
        let got = read_up_to(file, &mut bytes, segment.offset).unwrap_or(0);
        let Ok(mut notes) = NoteIterator::<Elf>::new(LittleEndian, 4, &bytes[..got]) else {
            return;
        };
        loop {
            match notes.next() {
                Ok(Some(note)) => {
                    let kind = note.n_type(LittleEndian);
                    self.note(note.name(), kind, note.desc(), problems);
                }
                Ok(None) => return,
                Err(error) => {
                    super::note(problems, format!("the notes are damaged: {error}"));
                    return;
                }
            }
        }
    }

    fn note(&mut self, name: &[u8], kind: NoteType, note: &[u8], problems: &mut Vec<Problem>) {
        match (name, kind) {
            (b"CORE", NT_PRSTATUS) => self.thread(note, problems),
            (b"CORE", NT_PRPSINFO) if self.info.is_none() => self.info = ProcessInfo::read(note),
            (b"CORE", NT_SIGINFO) if self.signal.is_none() => self.signal = SignalInfo::read(note),
            (b"CORE", NT_AUXV) => self.auxv = Auxv::read(note),
            (b"CORE", NT_FILE) if self.mappings.is_empty() => {
                self.mappings = mappings::read(note, problems);
            }
            // Follows the registers of its thread.
            (b"LINUX", NT_ARM_TLS) => {
                let pointer = note.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
                if let Some(thread) = self.threads.last_mut() {
                    thread.pthread = pointer;
                }
            }
            _ => {}
        }
    }

    fn thread(&mut self, note: &[u8], problems: &mut Vec<Problem>) {
        const PR_CURSIG: usize = 12;
        const PR_PID: usize = 32;
        if self.threads.len() == MOST_THREADS {
            let what = format!("only the first {MOST_THREADS} threads were read");
            super::note(problems, what);
            return;
        }
        let words = registers::words(note);
        let read = u32_at(note, PR_PID);
        let read = read.and_then(|tid| CoreThread::of_words(tid, self.machine, &words));
        let Some(thread) = read else {
            super::note(problems, "the registers of a thread are cut off");
            return;
        };
        if self.threads.is_empty() {
            let signal = note.get(PR_CURSIG..PR_CURSIG + 2);
            let number = signal.map_or(0, |bytes| {
                u32::from(u16::from_le_bytes([bytes[0], bytes[1]]))
            });
            self.first_signal = Some(number)
                .filter(|&number| number > 0)
                .map(SignalInfo::number);
        }
        self.threads.push(thread);
    }
}
