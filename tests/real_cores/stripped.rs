//! Interpreters without debug information: stripped, without section headers, and with their files gone.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use fixtrail::Case;
use fixtrail::stack::python::{LayoutSource, LocatedBy, PythonState};
use fixtrail::stack::{DebugFiles, Frame, PythonFrame};

use super::pythons::of_pyenv;
use super::tools;
use crate::support::cores;
use crate::support::tools::tool;

macro_rules! pythons {
    ($($test:ident: $series:literal, $located:expr;)*) => {
        $(
            #[test]
            fn $test() {
                check($series, $located);
            }
        )*
    };
}

// A static variable of the first two.
pythons! {
    python_2_7: "2.7", LocatedBy::Scan;
    python_3_6: "3.6", LocatedBy::Scan;
    python_3_7: "3.7", LocatedBy::Symbol;
    python_3_8: "3.8", LocatedBy::Symbol;
    python_3_9: "3.9", LocatedBy::Symbol;
    python_3_10: "3.10", LocatedBy::Symbol;
    python_3_11: "3.11", LocatedBy::Symbol;
    python_3_12: "3.12", LocatedBy::Symbol;
    python_3_13: "3.13", LocatedBy::Symbol;
}

/// Its name, what it does to an interpreter's file, and how the state is found then.
type Way = (&'static str, fn(&Path, &Path), LocatedBy);

fn check(series: &str, located: LocatedBy) {
    let Some((program, _)) = of_pyenv(series) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/threads.py");
    let (Some(core), Some(_)) = (
        cores::of_crash(folder.path(), &program, &[script, "abort"]),
        tool("strip"),
    ) else {
        return;
    };
    let whole = tools::ours(&core);
    assert!(count(&whole) > 30, "{}", count(&whole));
    let ways: [Way; 3] = [
        ("stripped", stripped, located),
        ("without sections", without_sections, LocatedBy::Scan),
        ("gone", |_, _| (), LocatedBy::Scan),
    ];
    for (way, copy, located) in ways {
        let sysroot = folder.path().join(way);
        copy_modules(&whole, &sysroot, copy);
        let debug_files = DebugFiles {
            sysroot: Some(sysroot),
            ..DebugFiles::default()
        };
        let case = tools::read(&core, &debug_files);
        assert_eq!(python_frames(&case), python_frames(&whole), "{way}");
        let python = case.process.python.as_ref().expect(way);
        assert_eq!(python.located_by, located, "{way}");
        assert!(python.layout.ends_with(&[LayoutSource::Table]), "{way}");
        let known = whole.process.python.as_ref().expect("a state");
        if series != "2.7" && series != "3.6" {
            assert_eq!(python.interpreters, known.interpreters, "{way}");
        } else if way == "stripped" {
            // Some of their static variables are exported.
            let holder = |python: &PythonState| python.interpreters[0].gil.as_ref()?.holder;
            assert_eq!(holder(python), holder(known));
            assert!(holder(known).is_some());
        }
    }
}

/// Files as the process saw them, below a root: interpreters are changed, the others linked to.
pub(super) fn copy_modules(case: &Case, root: &Path, copy: fn(&Path, &Path)) {
    for module in &case.process.modules {
        let original = Path::new(&module.path);
        let Ok(inner) = original.strip_prefix("/") else {
            continue;
        };
        let new = root.join(inner);
        // One that was mapped in two parts is listed twice.
        if new.symlink_metadata().is_ok() {
            continue;
        }
        fs::create_dir_all(new.parent().expect("a folder")).expect("folders");
        let name = original.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("python") || name.starts_with("libpython") {
            copy(original, &new);
        } else {
            symlink(original, new).expect("a link");
        }
    }
}

pub(super) fn stripped(original: &Path, new: &Path) {
    let mut command = Command::new("strip");
    let command = command.arg("--strip-all").arg("-o").args([new, original]);
    assert!(command.status().expect("strip").success());
}

fn without_sections(original: &Path, new: &Path) {
    stripped(original, new);
    let mut file = fs::read(new).expect("a file");
    // `e_shoff`, then `e_shnum` and `e_shstrndx`.
    for field in [0x28..0x30, 0x3c..0x40] {
        file[field].fill(0);
    }
    fs::write(new, file).expect("a file");
}

fn count(case: &Case) -> usize {
    python_frames(case)
        .iter()
        .map(|(_, frames)| frames.len())
        .sum()
}

/// The Python frames of each thread, without what comes from source files.
fn python_frames(case: &Case) -> Vec<(Option<u64>, Vec<PythonFrame>)> {
    let threads = case.process.threads.iter();
    let stacks = threads.map(|thread| {
        let frames = thread.frames.iter().filter_map(|frame| match frame {
            Frame::Python(frame) => Some(frame),
            Frame::Native(frame) => frame.python.as_ref(),
            _ => None,
        });
        let frames = frames.map(|frame| PythonFrame {
            source: None,
            ..frame.clone()
        });
        (thread.tid, frames.collect())
    });
    stacks.collect()
}
