//! Headers and notes whose figures lie.

use super::{Want, look};
use crate::support::core::{
    CoreBuilder, Load, X86_64, file_note, little_endian, prstatus, registers,
};

const NT_FILE: u32 = 0x4649_4c45;
const PT_NOTE: u32 = 4;

fn core() -> CoreBuilder {
    CoreBuilder::new(X86_64)
        .thread_at(1, 0x1_1005, 0x8000, 0x8000)
        .words(0x8000, &[0; 64])
}

fn patched(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut core = core().build();
    core[at..at + bytes.len()].copy_from_slice(bytes);
    core
}

#[test]
fn file_header() {
    let none = Want::Error(&["holds no thread"]);
    // PN_XNUM, and a first section header that says 2^32 - 1.
    let mut many = patched(56, &[0xff, 0xff]);
    let section = [&[0; 44][..], &[0xff; 4], &[0; 16]].concat();
    let end = many.len() as u64;
    many[40..48].copy_from_slice(&end.to_le_bytes());
    look(
        "PN_XNUM",
        &[many, section].concat(),
        Want::Frames(&["names 4294967295 segments"]),
    );
    look(
        "PN_XNUM alone",
        &patched(56, &[0xff, 0xff]),
        Want::Frames(&["names 65535 segments"]),
    );
    look("no segments", &patched(56, &[0, 0]), none);
    look("e_phentsize", &patched(54, &[1, 0]), Want::Frames(&[]));
    look(
        "e_phoff",
        &patched(32, &[0xff; 8]),
        Want::Error(&["segments, of which 0 can be read"]),
    );
    look(
        "e_phoff at the end",
        &patched(32, &[0, 2, 0, 0, 0, 0, 0, 0]),
        Want::Answer,
    );
    look("e_shoff", &patched(40, &[0xff; 8]), Want::Frames(&[]));
}

#[test]
fn notes() {
    let thread = prstatus(1, 11, &registers(X86_64, 1, 2, 3));
    let new = || CoreBuilder::new(X86_64);
    for (name, core) in [
        ("none", new()),
        ("zeros", new().raw_notes(&[0; 4096])),
        ("endless", new().raw_notes(&[0xff; 4096])),
        (
            "owner of 4 GiB",
            new().raw_notes(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 0, 0, 0]),
        ),
        ("no registers", new().note("CORE", 1, &[])),
        ("half the registers", new().note("CORE", 1, &thread[..200])),
        ("other owner", new().note("CORF", 1, &thread)),
        (
            "a million cut off",
            new().raw_notes(
                &[
                    5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 67, 79, 82, 69, 0, 0, 0, 0,
                ]
                .repeat(1 << 20),
            ),
        ),
    ] {
        look(name, &core.build(), Want::Error(&["holds no thread"]));
    }
    let long = core().note("CORE", 1, &[]).raw_notes(&[0xff; 12]).build();
    look(
        "damaged behind a thread",
        &long,
        Want::Frames(&["the notes are damaged", "registers of a thread are cut off"]),
    );
    let odd = core()
        .note("CORE", 3, &[1; 10])
        .note("CORE", 0x5349_4749, &[1; 3])
        .note("CORE", 6, &[1; 7]);
    look("short notes", &odd.build(), Want::Frames(&[]));
    let signal = core().note("CORE", 0x5349_4749, &[0xff; 128]);
    look("unknown signal", &signal.build(), Want::Frames(&[]));
}

/// A thousand segments of notes lead to the same megabytes.
#[test]
fn notes_again_and_again() {
    let mut core = core().raw_notes(&[0; 4 << 20]);
    for _ in 0..60_000 {
        core = core.header(PT_NOTE, 64, 1 << 22);
    }
    look("60,000 times", &core.build(), Want::Answer);
}

#[test]
fn lists_of_files() {
    let row = (0x1_0000, 0x1_2000, 0, "/bin/ship");
    let notes = [
        file_note(0, &[]),
        file_note(1, &[]),
        file_note(u64::MAX, &[row]),
        file_note(1, &[(u64::MAX, 0, u64::MAX, "/x")]),
        file_note(2, &[row, row]),
        file_note(1, &[(0, u64::MAX, 0, "/bin/ship")]),
        file_note(1, &[(0x1_0000, 0x1_2000, 0, "")]),
        little_endian(&[1]),
        Vec::new(),
    ];
    for (at, note) in notes.iter().enumerate() {
        let core = core().note("CORE", NT_FILE, note);
        look(&format!("list {at}"), &core.build(), Want::Frames(&[]));
    }
    let path = format!("/{}", "x".repeat(1 << 20));
    let core = core().files(&[(0x1_0000, 0x1_2000, 0, &path)]);
    look("path of 1 MiB", &core.build(), Want::Frames(&[]));
}

#[test]
fn many_files() {
    let rows: Vec<_> = (0..300_000_u64)
        .map(|at| (at << 12, (at + 1) << 12, 0, "a"))
        .collect();
    // Each begins at the start of its file again, so that each is a library.
    look(
        "300,000 files",
        &core().files(&rows).build(),
        Want::Frames(&["of which 262144 can be read"]),
    );
}

#[test]
fn segments() {
    let of = |address, memory_size, file_size, offset| Load {
        address,
        memory_size,
        file_size,
        offset,
        bytes: vec![0; 64],
    };
    for (name, loads) in [
        (
            "2^63 bytes",
            vec![of(0, Some(1 << 63), Some(1 << 63), None)],
        ),
        (
            "all of memory",
            vec![of(0, Some(u64::MAX), Some(u64::MAX), Some(u64::MAX))],
        ),
        (
            "the end of memory",
            vec![of(u64::MAX - 63, None, None, None)],
        ),
        ("the same twice", vec![of(0x1_1000, None, None, None); 2]),
        (
            "one in another",
            vec![
                of(0x1000, Some(1 << 20), None, None),
                of(0x1_1000, None, None, None),
            ],
        ),
        (
            "file size alone",
            vec![of(0x1_1000, Some(0), Some(1 << 40), None)],
        ),
    ] {
        let core = loads.into_iter().fold(core(), CoreBuilder::load);
        look(name, &core.build(), Want::Frames(&[]));
    }
    let core = core().memory(0x1000, &[0; 0x8000]);
    look(
        "overlap",
        &core.build(),
        Want::Frames(&["segments overlap"]),
    );
}
