//! A core file, from its bytes to what it says of its process; some memory is read.
#![no_main]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use fixtrail::evidence::core::container::Compression;
use fixtrail::evidence::core::{Core, Opened};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(core) = Core::read(Path::new("core"), opened(bytes)) else {
        return;
    };
    assert!(!core.threads().is_empty());
    assert!(core.problems.len() <= 100);
    drop(core.facts());
    let segments = core.memory.segments();
    for pair in segments.windows(2) {
        assert!(pair[0].address <= pair[1].address);
        assert!(pair[0].address.saturating_add(pair[0].memory_size) <= pair[1].address);
    }
    let cached = core.memory.cached();
    for segment in segments.iter().take(64) {
        for address in [
            segment.address,
            segment
                .address
                .wrapping_add(segment.file_size)
                .wrapping_sub(4),
            segment.address.wrapping_add(segment.memory_size),
            segment.address.wrapping_sub(1),
        ] {
            let plain = core.memory.bytes(address, 8);
            let word = cached.word(address).map(|word| word.to_le_bytes().to_vec());
            assert_eq!(plain, word, "{address:#x}");
            core.memory.string(address, 64);
        }
    }
    for thread in core.threads().iter() {
        core.mapping_at(thread.registers.pc);
        cached.word(thread.registers.sp().unwrap_or(0));
    }
});

fn opened(bytes: &[u8]) -> Opened {
    let mut file: File = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("room");
    Opened {
        file,
        len: bytes.len() as u64,
        compression: Compression::None,
        problem: None,
    }
}
