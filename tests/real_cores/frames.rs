//! Stacks of every kind: signal handlers, calls that led nowhere, code that says nothing of its frames.

use fixtrail::stack::Found;

use super::agreement::{Inlines, like_eu_stack, like_gdb, stacks};
use super::compiled::{Compiled, frame, is_said, names};
use super::rows::Rows;
use super::tools;

const SIGNAL: &str = "<signal handler called>";

/// Reads a core of a way to die, and has gdb read it, too.
fn dies(way: &str, flags: &[&str], functions: &[&str]) {
    let Some(program) = Compiled::ways(flags) else {
        return;
    };
    let Some(core) = program.crash(&[way]) else {
        return;
    };
    let ours = tools::ours(&core);
    let told = names(&ours);
    let skipped: Vec<_> = told
        .iter()
        // How glibc raises a signal is its own affair.
        .filter(|name| !name.contains("raise") && !name.contains("pthread_kill"))
        .collect();
    assert_eq!(skipped, functions, "{way} {flags:?}");
    assert!(ours.process.threads[0].gaps.is_empty(), "{way} {flags:?}");
    let rows = Rows::of(&ours.process);
    let ours = stacks(&ours.process);
    if let Some(theirs) = tools::gdb(&program.program, &core) {
        for (tid, theirs) in &stacks(&theirs.process) {
            let like = like_gdb(&ours[tid], theirs, &rows);
            like.unwrap_or_else(|why| panic!("gdb, {way} {flags:?}: {why}"));
        }
    }
    // eu-stack ends where the instruction pointer leads nowhere.
    if way == "null" {
        return;
    }
    if let Some(theirs) = tools::eu_stack(&program.program, &core) {
        for (tid, theirs) in &stacks(&theirs.process) {
            let like = like_eu_stack(&ours[tid], theirs, Inlines::Shown);
            like.unwrap_or_else(|why| panic!("eu-stack, {way} {flags:?}: {why}"));
        }
    }
}

#[test]
fn recursion_and_leaf() {
    let mut expected = vec!["leaf"];
    expected.extend(["recurse"; 6]);
    expected.push("main");
    dies("recurse", &["-O0"], &expected);
    dies("recurse", &["-O0", "-no-pie"], &expected);
    dies("recurse", &["-O0", "-static"], &expected);
    dies("recurse", &["-O0", "-static-pie"], &expected);
    dies("recurse", &["-O1", "-fomit-frame-pointer"], &expected);
}

#[test]
fn signal_handlers() {
    let mut expected = vec!["leaf", "recurse", "recurse", "recurse", "handler", SIGNAL];
    for (way, interrupted) in [("fault", "traps"), ("first", "first_instruction")] {
        dies(
            way,
            &["-O0"],
            &[&expected[..], &[interrupted, "main"]].concat(),
        );
    }
    expected.push("main");
    dies("handler", &["-O0"], &expected);
    dies("own-stack", &["-O0"], &expected);
}

#[test]
fn calls_through_null() {
    for flags in [&["-O0"][..], &["-O2"]] {
        dies("null", flags, &["??", "through", "main"]);
    }
}

#[test]
fn frames_of_any_size() {
    dies("alloca", &["-O1"], &["leaf", "with_alloca", "main"]);
    dies(
        "alloca",
        &["-O2", "-fno-omit-frame-pointer"],
        &["leaf", "with_alloca", "main"],
    );
}

/// Debug information alone describes the frames.
#[test]
fn debug_frame_alone() {
    let flags = [
        "-O1",
        "-fno-asynchronous-unwind-tables",
        "-fno-unwind-tables",
    ];
    dies("alloca", &flags, &["leaf", "with_alloca", "main"]);
}

/// Guesses say that they are.
#[test]
fn code_without_frame_information() {
    for (way, function, found) in [
        ("frame-pointer", "with_frame_pointer", Found::FramePointer),
        ("scan", "without_frame_pointer", Found::Scan),
    ] {
        let Some(case) = Compiled::ways(&["-O0"]).and_then(|program| program.dead(&[way])) else {
            return;
        };
        assert_eq!(names(&case), ["leaf", function, "main"]);
        assert_eq!(frame(&case, function).found, Found::Cfi);
        assert_eq!(frame(&case, "main").found, found, "{way}");
    }
}

/// The linker's stubs have unwind information by one expression for all steps of any, and no symbols.
#[test]
fn steps_of_a_stub() {
    let Some(program) = Compiled::ways(&["-O0", "-no-pie", "-Wl,-z,lazy"]) else {
        return;
    };
    let mut gdb = vec![
        "-nx",
        "-batch",
        "-iex",
        "set debuginfod enabled off",
        "-ex",
        "break *'memset@plt'",
        "-ex",
        "run alloca",
    ];
    for step in [
        "generate-core-file 0",
        "stepi",
        "generate-core-file 1",
        "stepi",
        "generate-core-file 2",
    ] {
        gdb.extend(["-ex", step]);
    }
    gdb.push("program");
    if !program.tool("gdb", &gdb) {
        return;
    }
    for step in ["0", "1", "2"] {
        let case = tools::ours(&program.path(step));
        assert_eq!(names(&case), ["??", "with_alloca", "main"], "step {step}");
        assert_eq!(frame(&case, "with_alloca").found, Found::Cfi);
    }
}

/// A core of a process that runs on is no crash.
#[test]
fn snapshot() {
    let Some(core) = Compiled::ways(&["-O0"]).map(|program| {
        let core = program.hang(&["wait"]);
        (program, core)
    }) else {
        return;
    };
    let (_program, Some(core)) = core else {
        return;
    };
    let case = tools::ours(&core);
    assert!(!case.process.threads[0].current);
    assert_eq!(case.facts.hang_words, ["snapshot of a running process"]);
    let told = names(&case);
    assert!(told[0].contains("pause"), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("main"));
    let vdso = case
        .process
        .modules
        .iter()
        .find(|module| module.path == "[vdso]");
    assert!(vdso.is_some_and(|module| module.build_id.is_some()));
}

/// The memory of the core describes the frames where no file does.
#[test]
fn all_files_gone() {
    let Some(program) = Compiled::ways(&["-O0"]) else {
        return;
    };
    // Its own pages, private and shared, and those of files: all that `coredump_filter` knows.
    let script = format!(
        "echo 0x7f > /proc/self/coredump_filter; exec {} recurse",
        program.program.display()
    );
    std::fs::write(program.path("run"), script).expect("a script");
    let shell = std::path::Path::new("/bin/sh");
    let Some(core) = crate::support::cores::of_crash(
        program.program.parent().expect("a folder"),
        shell,
        &["run"],
    ) else {
        return;
    };
    std::fs::remove_file(&program.program).expect("a program");
    let case = tools::ours(&core);
    let thread = &case.process.threads[0];
    assert!(thread.gaps.is_empty(), "{thread:?}");
    assert!(thread.frames.len() >= 10, "{thread:?}");
    assert!(
        is_said(&case, &["program", "no such file"]),
        "{:?}",
        case.problems
    );
}
