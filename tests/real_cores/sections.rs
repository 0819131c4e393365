//! Names and lines in every form that compilers and distributions put into files.

use std::fs;

use super::compiled::{Compiled, frame, is_said, names};
use super::debug_files::frame_line;
use super::tools;

const STATIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/static.c");
const INLINED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/inlined.c");

/// The symbols of static functions, as Fedora leaves them in stripped programs.
#[test]
fn by_mini_debug_info() {
    let Some(program) = Compiled::new("cc", STATIC, &["-O0"]) else {
        return;
    };
    let keep = ["--only-keep-debug", "program", "full"];
    let symbols =
        "nm program --format=posix --defined-only | awk '$2 ~ /^[Tt]$/ { print $1 }' > symbols";
    let cut = [
        "-S",
        "--remove-section=.gdb_index",
        "--remove-section=.comment",
        "--keep-symbols=symbols",
        "full",
        "mini",
    ];
    let done = program.tool("objcopy", &keep)
        && program.tool("sh", &["-c", symbols])
        && program.tool("objcopy", &cut)
        && program.tool("xz", &["mini"])
        && program.tool("strip", &["program"])
        && program.tool(
            "objcopy",
            &["--add-section", ".gnu_debugdata=mini.xz", "program"],
        );
    if !done {
        return;
    }
    let Some(case) = program.dead(&[]) else {
        return;
    };
    assert_eq!(names(&case), ["fails", "main"]);
}

#[test]
fn compressed_sections() {
    for how in ["zlib", "zlib-gnu", "zstd"] {
        let Some(program) = Compiled::ways(&["-O0"]) else {
            return;
        };
        let flag = format!("--compress-debug-sections={how}");
        if !program.tool("objcopy", &[&flag, "program"]) {
            return;
        }
        let Some(case) = program.dead(&["recurse"]) else {
            return;
        };
        assert_eq!(frame_line(&case).as_deref(), Some("ways.c"), "{how}");
    }
}

#[test]
fn versions_of_dwarf() {
    for flags in [
        &["-gdwarf-4"][..],
        &["-gdwarf-5"],
        &["-gdwarf-4", "-fdebug-types-section"],
        &["-g1"],
    ] {
        let flags = [flags, &["-O0"]].concat();
        let Some(program) = Compiled::ways(&flags) else {
            return;
        };
        let Some(case) = program.dead(&["recurse"]) else {
            return;
        };
        assert_eq!(frame_line(&case).as_deref(), Some("ways.c"), "{flags:?}");
    }
}

/// The functions stand in another file, which is not read; symbols still name them.
#[test]
fn split_dwarf() {
    let Some(program) = Compiled::ways(&["-O0", "-gsplit-dwarf"]) else {
        return;
    };
    let Some(case) = program.dead(&["recurse"]) else {
        return;
    };
    assert_eq!(names(&case).len(), 8, "{:?}", names(&case));
    assert_eq!(names(&case)[0], "leaf");
}

#[test]
fn shared_by_dwz() {
    let Some(program) = Compiled::new("cc", INLINED, &["-O2"]) else {
        return;
    };
    // dwz shares what two files have.
    fs::copy(&program.program, program.path("other")).expect("a copy");
    if !program.tool(
        "dwz",
        &[
            "-m",
            "common.debug",
            "-M",
            &program.path("common.debug").to_string_lossy(),
            "program",
            "other",
        ],
    ) {
        return;
    }
    let Some(core) = program.crash(&[]) else {
        return;
    };
    let case = tools::ours(&core);
    let told = names(&case);
    assert_eq!(told, ["deepest", "deeper", "outer", "main"]);
    assert!(frame(&case, "deeper").inlined);
    fs::remove_file(program.path("common.debug")).expect("a file");
    let case = tools::ours(&core);
    assert!(
        is_said(&case, &["common.debug", "missing"]),
        "{:?}",
        case.problems
    );
    assert_eq!(names(&case).last().map(String::as_str), Some("main"));
}
