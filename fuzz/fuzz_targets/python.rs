//! A synthetic interpreter of any series with fuzzed memory, from its core to frames, variables and signature.
#![no_main]

#[path = "../../tests/support/core.rs"]
#[allow(dead_code, reason = "shared with tests that use the rest")]
mod core;
#[path = "../../tests/support/interpreter/mod.rs"]
#[allow(dead_code, reason = "shared with tests that use the rest")]
mod interpreter;
#[path = "../../tests/support/program.rs"]
#[allow(dead_code, reason = "shared with tests that use the rest")]
mod program;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use fixtrail::Case;
use fixtrail::evidence::core::container::Compression;
use fixtrail::evidence::core::{Core, Opened};
use fixtrail::report::{Frames, stack_text};
use fixtrail::stack::{DebugFiles, Variables};
use libfuzzer_sys::fuzz_target;

use self::interpreter::{BASE, Interpreter, SERIES};

/// Healthy ones, in the order of [`SERIES`], two that tell their own layout, and those that wait.
static HEALTHY: LazyLock<Vec<Interpreter>> = LazyLock::new(|| {
    let all = SERIES.into_iter().map(Interpreter::new);
    let telling = ["3.13", "3.14"].into_iter().map(Interpreter::telling);
    let waiting = SERIES.into_iter().map(Interpreter::waiting);
    let all = all.chain(telling).chain(waiting).map(|mut process| {
        // Where lists and tables go on that have no end.
        process.image.room(ROOM);
        process
    });
    all.collect()
});

/// Memory of zeros behind all that is used.
const ROOM: u64 = 128 << 10;

/// Bytes of a patch: its sort, where it is in the memory, and what is put there.
const PATCH: usize = 13;

/// More than threads of so little memory have together.
const MOST_FRAMES: usize = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let Some((&series, patches)) = bytes.split_first() else {
        return;
    };
    let series = usize::from(series) % HEALTHY.len();
    let mut process = HEALTHY[series].clone();
    for patch in patches.as_chunks::<PATCH>().0 {
        apply(&mut process.image.bytes, patch);
    }
    let bytes = process.core().build();
    let mut file: File = tempfile::tempfile_in("/dev/shm").expect("a temporary file");
    file.write_all(&bytes).expect("room");
    let opened = Opened {
        file,
        len: bytes.len() as u64,
        compression: Compression::None,
        problem: None,
    };
    let core = Core::read(Path::new("core"), opened).expect("a thread");
    let debug_files = DebugFiles {
        sysroot: Some(PathBuf::from("/nowhere")),
        ..DebugFiles::default()
    };
    let case = Case::from_core(&core, &debug_files, Variables::Shown);
    let threads = &case.process.threads;
    assert!(!threads.is_empty() && !threads[0].frames.is_empty());
    let frames: usize = threads.iter().map(|thread| thread.frames.len()).sum();
    assert!(frames <= MOST_FRAMES, "{frames} frames");
    assert!(case.problems.len() < 200, "{:?}", case.problems);
    drop(case.signature());
    drop(stack_text(&case.process, Frames::All));
});

/// Puts a word, a pointer into the memory, an `int` or a byte somewhere.
fn apply(memory: &mut [u8], patch: &[u8; PATCH]) {
    let [sort, place @ .., _, _, _, _, _, _, _, _] = patch;
    let word = u64::from_le_bytes(*patch.last_chunk().expect("8 bytes"));
    let used = memory.len() - usize::try_from(ROOM).expect("a size");
    let place = u32::from_le_bytes(*place) as usize % (used - 8);
    let (place, bytes) = match sort % 4 {
        0 => (place & !7, word.to_le_bytes()),
        1 => {
            let pointer = BASE + (word % memory.len() as u64 & !7);
            (place & !7, pointer.to_le_bytes())
        }
        2 => (place & !3, word.to_le_bytes()),
        _ => (place, word.to_le_bytes()),
    };
    let len = [8, 8, 4, 1][usize::from(sort % 4)];
    memory[place..place + len].copy_from_slice(&bytes[..len]);
}
