//! Cores and programs made in memory, for unit tests; shared with the tests of the command.

#[path = "../tests/support/core.rs"]
#[expect(dead_code, reason = "the tests of the command use the rest")]
pub(crate) mod core;
#[path = "../tests/support/program.rs"]
pub(crate) mod program;

use std::io::Write as _;
use std::path::Path;

use crate::evidence::core::container::Compression;
use crate::evidence::core::{Core, CoreError, Opened};

/// Reads a core from bytes.
pub(crate) fn read(bytes: &[u8]) -> Result<Core, CoreError> {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("room");
    let opened = Opened {
        file,
        len: bytes.len() as u64,
        compression: Compression::None,
        problem: None,
    };
    Core::read(Path::new("core"), opened)
}
