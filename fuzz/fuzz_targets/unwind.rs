//! A stack and a program with fuzzed unwind and debug information, from registers to named frames.
#![no_main]

#[path = "../../tests/support/core.rs"]
#[allow(dead_code, reason = "shared with tests that use the rest")]
mod core;
#[path = "../../tests/support/program.rs"]
#[allow(dead_code, reason = "shared with tests that use the rest")]
mod program;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use fixtrail::Case;
use fixtrail::evidence::core::container::Compression;
use fixtrail::evidence::core::{Core, Opened};
use fixtrail::stack::{DebugFiles, Variables};
use libfuzzer_sys::fuzz_target;

use self::core::{AARCH64, CoreBuilder, X86_64, registers};
use self::program::{Program, Section};

/// Where the program is mapped, and the stack.
const AT: u64 = 0x5555_0000_0000;
const STACK: u64 = 0x7fff_0000_0000;

/// What an input holds, each part led by its length in two bytes: flags, registers, code, stack, then sections.
const SECTIONS: [&str; 15] = [
    ".eh_frame",
    ".eh_frame_hdr",
    ".debug_frame",
    ".debug_info",
    ".debug_abbrev",
    ".debug_line",
    ".debug_str",
    ".debug_line_str",
    ".debug_aranges",
    ".debug_rnglists",
    ".debug_ranges",
    ".debug_loclists",
    ".symtab",
    ".strtab",
    ".gnu_debugdata",
];

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let flags = part(&mut rest).first().copied().unwrap_or(0);
    let machine = if flags & 1 == 0 { X86_64 } else { AARCH64 };
    let given = part(&mut rest);
    let code = part(&mut rest);
    let stack = part(&mut rest).to_vec();
    let mut image = Program::new(machine, code);
    image.build_id = vec![7; 20];
    for name in SECTIONS {
        let bytes = part(&mut rest);
        if !bytes.is_empty() {
            image.sections.push(section(name, bytes));
        }
    }
    let image = image.build();
    // The file itself, with all its sections, or only what a process has of it.
    let file = memory_file(&image);
    let path = Path::new("/proc/self/fd").join(fd(&file));
    let on_disk = flags & 2 == 0;
    let executable = if on_disk {
        path
    } else {
        PathBuf::from("/nowhere/program")
    };
    let end = AT + (image.len() as u64).next_multiple_of(4096);
    let core = CoreBuilder::new(machine)
        .thread(1, 11, &words(machine, given))
        .thread_at(2, AT + 0x1001, STACK, STACK)
        .auxv(&[(9, AT + 0x1000)])
        .files(&[(AT, end, 0, "/nowhere/program")])
        .memory(AT, &image)
        .memory(STACK, &stack)
        .build();
    let opened = Opened {
        file: memory_file(&core),
        len: core.len() as u64,
        compression: Compression::None,
        problem: None,
    };
    let core = Core::read(Path::new("core"), opened).expect("two threads");
    let debug_files = DebugFiles {
        sysroot: Some(PathBuf::from("/nowhere")),
        executable: Some(executable),
        ..DebugFiles::default()
    };
    let case = Case::from_core(&core, &debug_files, Variables::Shown);
    assert_eq!(case.process.threads.len(), 2);
    assert!(
        case.process
            .threads
            .iter()
            .all(|thread| !thread.frames.is_empty())
    );
    drop(case.signature());
});

fn part<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let Some((len, bytes)) = rest.split_first_chunk::<2>() else {
        return &[];
    };
    let len = usize::from(u16::from_le_bytes(*len)).min(bytes.len());
    let (part, after) = bytes.split_at(len);
    *rest = after;
    part
}

/// Registers: those given, in words; else the first instruction and the stack's begin.
fn words(machine: u16, given: &[u8]) -> Vec<u64> {
    let mut all = registers(machine, AT + 0x1001, STACK, STACK + 16);
    for (slot, word) in all.iter_mut().zip(given.as_chunks::<8>().0) {
        *slot = u64::from_le_bytes(*word);
    }
    all
}

fn section(name: &'static str, bytes: &[u8]) -> Section {
    let loaded = name.starts_with(".eh");
    Section {
        name,
        kind: match name {
            ".symtab" => 2,
            ".strtab" => 3,
            _ => 1,
        },
        flags: if loaded { 2 } else { 0 },
        bytes: bytes.to_vec(),
        link: if name == ".symtab" { ".strtab" } else { "" },
        entry: if name == ".symtab" { 24 } else { 0 },
    }
}

fn memory_file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile_in("/dev/shm").expect("a temporary file");
    file.write_all(bytes).expect("room");
    file
}

fn fd(file: &File) -> String {
    use std::os::fd::AsRawFd as _;
    file.as_raw_fd().to_string()
}
