//! Structures of builds that are not at hand, by a compiler out of the headers that a Python installs: without the GIL,
//! and for aarch64. What is declared in CPython's `.c` files is missing.

use std::fmt::Write as _;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::evidence::core::Machine;

#[path = "../../../../../tests/support/tools.rs"]
mod tools;

/// A build of some headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Build {
    Usual,
    FreeThreaded,
    Aarch64,
}

impl Build {
    pub(super) const ALL: [Self; 3] = [Self::Usual, Self::FreeThreaded, Self::Aarch64];

    pub(super) fn machine(self) -> Machine {
        match self {
            Self::Usual | Self::FreeThreaded => Machine::X86_64,
            Self::Aarch64 => Machine::Aarch64,
        }
    }
}

/// As the unit is named in CPython, so that it is looked at.
const UNIT: &str = "Python/ceval.c";

const FLAGS: [&str; 6] = [
    "-w",
    "-g",
    "-fPIC",
    "-shared",
    "-nostdlib",
    // Types that nothing uses, too.
    "-fno-eliminate-unused-debug-types",
];

/// Headers beside `Python.h`, those of them that a series has.
const HEADERS: [&str; 10] = [
    "frameobject.h",
    "structmember.h",
    "internal/pystate.h",
    "internal/pycore_pystate.h",
    "internal/pycore_runtime.h",
    "internal/pycore_interp.h",
    "internal/pycore_frame.h",
    "internal/pycore_dict.h",
    "internal/pycore_moduleobject.h",
    "internal/pycore_code.h",
];

/// Compiles the headers in a folder; `None` without a compiler.
pub(super) fn compile(headers: &Path, build: Build) -> Option<(TempDir, PathBuf)> {
    let compiler = tools::tool(match build {
        Build::Usual | Build::FreeThreaded => "cc",
        Build::Aarch64 => "aarch64-linux-gnu-gcc",
    })?;
    let folder = tempfile::tempdir().unwrap();
    let mut source = "#define Py_BUILD_CORE 1\n".to_owned();
    if build == Build::FreeThreaded {
        source.push_str("#define Py_GIL_DISABLED 1\n");
    }
    let others = HEADERS.iter().filter(|name| headers.join(name).is_file());
    for name in iter::once(&"Python.h").chain(others) {
        writeln!(source, "#include <{name}>").unwrap();
    }
    fs::create_dir(folder.path().join("Python")).unwrap();
    fs::write(folder.path().join(UNIT), source).unwrap();
    let includes = ["", "internal", "internal/mimalloc"].map(|name| headers.join(name));
    let status = Command::new(compiler)
        .current_dir(folder.path())
        .args(FLAGS)
        .args(
            includes
                .iter()
                .flat_map(|include| [Path::new("-I"), include]),
        )
        .args([UNIT, "-o", "compiled"])
        .status();
    assert!(status.unwrap().success(), "{} {build:?}", headers.display());
    let file = folder.path().join("compiled");
    Some((folder, file))
}
