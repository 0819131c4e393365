//! Programs that a test compiles, and their cores.

use std::path::{Path, PathBuf};
use std::process::Command;

use fixtrail::Case;
use fixtrail::stack::{DebugFiles, Frame, NativeFrame};
use tempfile::TempDir;

use super::tools;
use crate::support::cores;
use crate::support::tools::tool;

/// The program that dies in many ways.
pub(super) const WAYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/ways.c");

/// A folder with a program.
#[derive(Debug)]
pub(super) struct Compiled {
    folder: TempDir,
    pub(super) program: PathBuf,
}

impl Compiled {
    /// Compiles a source file with what debuggers need; `None` without the compiler.
    pub(super) fn new(compiler: &str, source: &str, flags: &[&str]) -> Option<Self> {
        let compiler = tool(compiler)?;
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("program");
        let mut command = Command::new(compiler);
        command.args(["-g", source, "-o"]).arg(&program).args(flags);
        run(&mut command);
        Some(Self { folder, program })
    }

    /// The program that dies in many ways.
    pub(super) fn ways(flags: &[&str]) -> Option<Self> {
        Self::new("cc", WAYS, flags)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a tool in the folder; `false` where there is none.
    #[must_use]
    pub(super) fn tool(&self, name: &str, args: &[&str]) -> bool {
        let Some(path) = tool(name) else {
            return false;
        };
        run(Command::new(path)
            .args(args)
            .current_dir(self.folder.path()));
        true
    }

    pub(super) fn crash(&self, args: &[&str]) -> Option<PathBuf> {
        cores::of_crash(self.folder.path(), &self.program, args)
    }

    pub(super) fn hang(&self, args: &[&str]) -> Option<PathBuf> {
        cores::of_hang(self.folder.path(), &self.program, args)
    }

    /// Lets the program die, and reads its core.
    pub(super) fn dead(&self, args: &[&str]) -> Option<Case> {
        self.crash(args).map(|core| tools::ours(&core))
    }

    /// Debug files by build ID below a folder of the program's.
    pub(super) fn debug_dir(&self, name: &str) -> DebugFiles {
        DebugFiles {
            debug_dirs: vec![self.path(name)],
            ..DebugFiles::default()
        }
    }
}

fn run(command: &mut Command) {
    let output = command.output().expect("a tool");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// The functions of the thread that died, innermost first, up to `main`.
pub(super) fn names(case: &Case) -> Vec<String> {
    let frames = case.process.threads[0].frames.iter();
    let mut names = Vec::new();
    for frame in frames {
        let name = match frame {
            Frame::Signal => "<signal handler called>",
            frame => frame.function().unwrap_or("??"),
        };
        names.push(name.to_owned());
        if name == "main" {
            break;
        }
    }
    names
}

/// The innermost frame of a function in the thread that died.
pub(super) fn frame<'c>(case: &'c Case, function: &str) -> &'c NativeFrame {
    let frames = case.process.threads[0].frames.iter();
    let mut frames = frames.filter_map(Frame::native);
    let found = frames.find(|frame| frame.function.as_deref() == Some(function));
    found.unwrap_or_else(|| panic!("no {function} in {:?}", names(case)))
}

/// Whether one of the case's problems has all of some words.
pub(super) fn is_said(case: &Case, words: &[&str]) -> bool {
    let mut problems = case.problems.iter();
    problems.any(|problem| words.iter().all(|word| problem.what.contains(word)))
}

/// The file name of a path.
pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().expect("a name");
    name.to_string_lossy().into_owned()
}
