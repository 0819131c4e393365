//! The Pythons of this machine: pyenv's of each series, and the distribution's.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtrail::Case;

use super::agreement::{Inlines, Stacks, Step, like_eu_stack, like_gdb, like_pystack, stacks};
use super::rows::Rows;
use super::tools;
use crate::support::tools::tool;
use crate::support::{cores, pyenv};

/// How the main thread dies.
const ABORT: &str = "abort";
const KILL: &str = "kill";
const NULL: &str = "null";

macro_rules! pyenv {
    ($($test:ident: $series:literal, $how:expr;)*) => {
        $(
            #[test]
            fn $test() {
                if let Some((program, version)) = of_pyenv($series) {
                    check(&program, &version, $how, Inlines::Shown);
                }
            }
        )*
    };
}

pyenv! {
    python_2_7: "2.7", ABORT;
    python_3_6: "3.6", NULL;
    python_3_7: "3.7", KILL;
    python_3_8: "3.8", ABORT;
    python_3_9: "3.9", NULL;
    python_3_10: "3.10", KILL;
    python_3_11: "3.11", ABORT;
    python_3_12: "3.12", NULL;
    python_3_13: "3.13", KILL;
}

/// Stripped, with its debug information in files that dwz shared out.
#[test]
fn python_of_debian() {
    if let Some((program, version)) = of_debian() {
        check(&program, &version, ABORT, Inlines::NotFromDwz);
    }
}

/// The distribution's Python, and its version.
pub(crate) fn of_debian() -> Option<(PathBuf, String)> {
    let program = tool("python3.11").map(|_| PathBuf::from("/usr/bin/python3.11"))?;
    if !program.exists() {
        pyenv::skip("/usr/bin/python3.11");
        return None;
    }
    let print = "import platform; print(platform.python_version())";
    let output = Command::new(&program).args(["-c", print]).output();
    let version = String::from_utf8(output.expect("a Python").stdout).expect("a version");
    Some((program, version.trim().to_owned()))
}

/// The program of a series, and its version. Where there is no pyenv at all the distribution's Python must do.
pub(crate) fn of_pyenv(series: &str) -> Option<(PathBuf, String)> {
    let (folder, version) = pyenv::newest(series)?;
    Some((folder.join(format!("bin/python{series}")), version))
}

fn check(program: &Path, version: &str, how: &str, inlines: Inlines) {
    let folder = tempfile::tempdir().expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/threads.py");
    let Some(core) = cores::of_crash(folder.path(), program, &[script, how]) else {
        return;
    };
    let ours = tools::ours(&core);
    let seen = &ours.facts.pythons[0];
    assert_eq!(
        (seen.version.to_string().as_str(), seen.exact),
        (version, true)
    );
    let whole = ours
        .process
        .threads
        .iter()
        .all(|thread| thread.gaps.is_empty());
    assert!(whole, "a stack ends early: {:?}", ours.process);
    let rows = Rows::of(&ours.process);
    compare("gdb", &ours, tools::gdb(program, &core), |ours, theirs| {
        like_gdb(ours, theirs, &rows)
    });
    compare(
        "eu-stack",
        &ours,
        tools::eu_stack(program, &core),
        |ours, theirs| like_eu_stack(ours, theirs, inlines),
    );
    // pystack reads no Python 2.
    if !version.starts_with("2.") {
        compare(
            "pystack",
            &ours,
            tools::pystack(program, &core),
            like_pystack,
        );
    }
}

fn compare(
    tool: &str,
    ours: &Case,
    theirs: Option<Case>,
    like: impl Fn(&[Step], &[Step]) -> Result<(), String>,
) {
    let Some(theirs) = theirs else {
        return;
    };
    let python = &ours.facts.pythons[0];
    let (ours, theirs) = (stacks(&ours.process), stacks(&theirs.process));
    let tids = |stacks: &Stacks| stacks.keys().copied().collect::<Vec<_>>();
    assert_eq!(tids(&ours), tids(&theirs), "{tool}");
    let mut differences = String::new();
    for (tid, theirs) in &theirs {
        if let Err(why) = like(&ours[tid], theirs) {
            writeln!(differences, "{tool}, thread {tid}: {why}").expect("memory");
        }
    }
    let count = |stacks: &Stacks| stacks.values().map(Vec::len).sum::<usize>();
    assert!(differences.is_empty(), "{differences}");
    #[expect(clippy::print_stderr, reason = "shown by the test runner")]
    {
        let (threads, python) = (ours.len(), &python.version);
        eprintln!(
            "{tool}, Python {python}: {threads} threads, {} frames of it, {} of ours",
            count(&theirs),
            count(&ours)
        );
    }
}
