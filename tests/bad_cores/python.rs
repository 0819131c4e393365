//! Interpreters whose memory was damaged, as it is when they crash: freed, overwritten, and leading in circles.

use std::fs;
use std::path::PathBuf;

use object::read::elf::{ElfFile64, FileHeader as _, ProgramHeader as _};
use object::{LittleEndian, elf};

use super::{Want, look};
use crate::support::tools::tool;
use crate::support::{cores, pyenv};

/// Threads, generators, exceptions and deep calls: something of everything that is read.
const SCRIPT: &str = "
import os, threading
def deep(n):
    try:
        raise ValueError(n)
    except ValueError:
        if n:
            return max([1], key=lambda _: deep(n - 1))
        event = threading.Event()
        for _ in range(2):
            threading.Thread(target=event.wait, daemon=True).start()
        next(last())
def last():
    yield os.abort()
deep(8)
";

/// What memory is overwritten with: nothing, the fillings of freed memory, almost a pointer, the largest numbers.
const FILLINGS: [u64; 8] = [
    0,
    1,
    0xdddd_dddd_dddd_dddd,
    0xcbcb_cbcb_cbcb_cbcb,
    0xfdfd_fdfd_fdfd_fdfd,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
    1 << 60,
];

/// Rounds of damage for each Python.
const ROUNDS: u64 = 12;

#[test]
fn damaged_interpreters() {
    for python in pythons() {
        let dir = tempfile::tempdir().expect("a folder");
        let script = dir.path().join("script.py");
        fs::write(&script, SCRIPT).expect("a script");
        let Some(core) = cores::of_crash(dir.path(), &python, &[script.to_str().expect("UTF-8")])
        else {
            return;
        };
        let core = fs::read(core).expect("a core");
        let pointers = pointers(&core);
        assert!(pointers.len() > 10_000, "{}", pointers.len());
        let name = python.display().to_string();
        look(
            &name,
            &core,
            Want::Frames(&["[Python] deep", "holds the GIL"]),
        );
        for round in 0..ROUNDS {
            let mut damaged = core.clone();
            damage(&mut damaged, &pointers, round);
            look(&format!("{name}, round {round}"), &damaged, Want::Answer);
        }
    }
}

/// Two of pyenv's, whose frames are kept in different ways, else the one on the path.
fn pythons() -> Vec<PathBuf> {
    let program = |series| {
        let (folder, _) = pyenv::newest(series)?;
        Some(folder.join(format!("bin/python{series}")))
    };
    let found: Vec<_> = ["3.6", "3.13"].into_iter().filter_map(program).collect();
    if found.is_empty() {
        return tool("python3").into_iter().collect();
    }
    found
}

/// Where in the core words stand that lead to memory that the process could write to.
fn pointers(core: &[u8]) -> Vec<usize> {
    let file = ElfFile64::<LittleEndian>::parse(core).expect("a core");
    let headers = file
        .elf_header()
        .program_headers(LittleEndian, core)
        .expect("headers");
    let writable: Vec<_> = headers
        .iter()
        .filter(|header| header.p_type(LittleEndian) == elf::PT_LOAD)
        .filter(|header| header.p_flags(LittleEndian).0 & elf::PF_W.0 != 0)
        .map(|header| {
            let (start, size) = (header.p_vaddr(LittleEndian), header.p_filesz(LittleEndian));
            (start..start + size, header.p_offset(LittleEndian))
        })
        .collect();
    let mut pointers = Vec::new();
    for (range, offset) in &writable {
        let offset = usize::try_from(*offset).expect("an offset");
        let size = usize::try_from(range.end - range.start).expect("a size");
        for (at, word) in core[offset..offset + size].chunks_exact(8).enumerate() {
            let word = u64::from_le_bytes(word.try_into().expect("8 bytes"));
            if writable.iter().any(|(range, _)| range.contains(&word)) {
                pointers.push(offset + at * 8);
            }
        }
    }
    pointers
}

/// Overwrites one pointer in so many, from one in 16,000 in the first rounds to one in 8 in the last: with a filling, or
/// with another pointer, which makes lists that meet and circles.
fn damage(core: &mut [u8], pointers: &[usize], round: u64) {
    let mut state = round + 1;
    // Knuth's MMIX generator: the same damage in each run.
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits")
    };
    let one_in = 16_384 >> round;
    for &at in pointers {
        if random() % one_in.max(8) != 0 {
            continue;
        }
        let choice = random() % (FILLINGS.len() * 2);
        let word = match FILLINGS.get(choice) {
            Some(filling) => filling.to_le_bytes(),
            None => {
                let other = pointers[random() % pointers.len()];
                core[other..other + 8].try_into().expect("8 bytes")
            }
        };
        core[at..at + 8].copy_from_slice(&word);
    }
}
