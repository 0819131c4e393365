//! Where names and lines come from: files beside the program or in folders; and what is said when they are not the right
//! ones.

use std::fs;

use fixtrail::stack::DebugFiles;
use object::Object as _;

use super::compiled::{Compiled, frame, is_said, name, names};
use super::tools;

/// Takes the debug information out of the program into a file of its own.
fn strip(program: &Compiled) -> bool {
    let keep = ["--only-keep-debug", "program", "program.debug"];
    program.tool("objcopy", &keep) && program.tool("strip", &["program"])
}

/// Has the program name its debug file.
fn link(program: &Compiled) -> bool {
    let add = ["--add-gnu-debuglink=program.debug", "program"];
    program.tool("objcopy", &add)
}

fn build_id(program: &Compiled) -> String {
    let data = fs::read(&program.program).expect("a program");
    let elf = object::File::parse(&*data).expect("an ELF file");
    let id = elf.build_id().expect("notes").expect("a build ID");
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Moves a file of the program's folder into a folder of debug files.
fn store(program: &Compiled, file: &str, id: &str) {
    let folder = program.path("debug/.build-id").join(&id[..2]);
    fs::create_dir_all(&folder).expect("a folder");
    let to = folder.join(format!("{}.debug", &id[2..]));
    fs::rename(program.path(file), to).expect("a file");
}

#[test]
fn by_build_id() {
    let Some(program) = Compiled::ways(&["-O0"]) else {
        return;
    };
    if !strip(&program) {
        return;
    }
    store(&program, "program.debug", &build_id(&program));
    let Some(core) = program.crash(&["recurse"]) else {
        return;
    };
    let bare = tools::ours(&core);
    assert_eq!(frame_line(&bare), None);
    assert!(is_said(
        &bare,
        &["program", "no debug information", &build_id(&program)]
    ));
    let case = tools::read(&core, &program.debug_dir("debug"));
    assert_eq!(frame_line(&case).as_deref(), Some("ways.c"));
    assert_eq!(names(&case).len(), 8);
}

/// The file of the innermost frame, where a line is known.
pub(super) fn frame_line(case: &fixtrail::Case) -> Option<String> {
    let frame = case.process.threads[0].frames[0].native()?;
    frame.line?;
    frame.file.as_ref().map(|file| name(file.as_ref()))
}

#[test]
fn by_link() {
    let Some(program) = Compiled::ways(&["-O0"]) else {
        return;
    };
    if !(strip(&program) && link(&program)) {
        return;
    }
    let Some(core) = program.crash(&["recurse"]) else {
        return;
    };
    assert_eq!(frame_line(&tools::ours(&core)).as_deref(), Some("ways.c"));
    fs::create_dir(program.path(".debug")).expect("a folder");
    let (from, to) = (
        program.path("program.debug"),
        program.path(".debug/program.debug"),
    );
    fs::rename(from, to).expect("a file");
    assert_eq!(frame_line(&tools::ours(&core)).as_deref(), Some("ways.c"));
}

/// Without build IDs the checksum decides.
#[test]
fn by_link_of_another_build() {
    let Some(program) = Compiled::ways(&["-O0", "-Wl,--build-id=none"]) else {
        return;
    };
    if !(strip(&program) && link(&program)) {
        return;
    }
    let Some(core) = program.crash(&["recurse"]) else {
        return;
    };
    assert_eq!(frame_line(&tools::ours(&core)).as_deref(), Some("ways.c"));
    let mut debug = fs::read(program.path("program.debug")).expect("a file");
    debug.push(0);
    fs::write(program.path("program.debug"), debug).expect("a file");
    let case = tools::ours(&core);
    assert_eq!(frame_line(&case), None);
    assert!(
        is_said(&case, &["program.debug", "another build"]),
        "{:?}",
        case.problems
    );
}

/// The kernel marks a file that was deleted before the process died.
#[test]
fn deleted() {
    let Some(program) = Compiled::ways(&["-O0"]) else {
        return;
    };
    let copy = program.path("copy");
    fs::copy(&program.program, &copy).expect("a copy");
    let Some(core) = program.crash(&["deleted"]) else {
        return;
    };
    let case = tools::ours(&core);
    let said = is_said(&case, &["program", "no such file"]);
    assert!(said, "{:?}", case.problems);
    let executable = DebugFiles {
        executable: Some(copy),
        ..DebugFiles::default()
    };
    let case = tools::read(&core, &executable);
    assert_eq!(names(&case), ["leaf", "main"]);
    assert_eq!(frame(&case, "leaf").module.as_deref(), Some("program"));
}

/// A program that was compiled anew since.
#[test]
fn replaced() {
    let Some(program) = Compiled::ways(&["-O0"]) else {
        return;
    };
    let Some(core) = program.crash(&["recurse"]) else {
        return;
    };
    let before = build_id(&program);
    let Some(other) = Compiled::ways(&["-O2"]) else {
        return;
    };
    fs::copy(&other.program, &program.program).expect("a copy");
    let case = tools::ours(&core);
    assert!(
        is_said(&case, &["program", "replaced", &before, &build_id(&other)]),
        "{:?}",
        case.problems
    );
    assert_eq!(frame_line(&case), None);
}

/// A library that an update replaced while the process ran.
#[test]
fn replaced_library() {
    let library = |program: &Compiled, body: &str| {
        let source = format!("int parts(volatile int *p) {{ {body} }}\n");
        fs::write(program.path("parts.c"), source).expect("a source");
        let flags = ["-g", "-shared", "-fPIC", "-o", "libparts.so", "parts.c"];
        program.tool("cc", &flags)
    };
    let Some(program) = Compiled::ways(&[]) else {
        return;
    };
    let main = "int parts(volatile int *p);\nint main(void) { return parts(0) + 1; }\n";
    fs::write(program.path("main.c"), main).expect("a source");
    let flags = [
        "-g",
        "-o",
        "program",
        "main.c",
        "libparts.so",
        "-Wl,-rpath,$ORIGIN",
    ];
    if !(library(&program, "return *p;") && program.tool("cc", &flags)) {
        return;
    }
    let Some(core) = program.crash(&[]) else {
        return;
    };
    assert_eq!(names(&tools::ours(&core)), ["parts", "main"]);
    fs::remove_file(program.path("libparts.so")).expect("a library");
    assert!(library(&program, "return *p + 1;"));
    let case = tools::ours(&core);
    let said = is_said(&case, &["libparts.so", "replaced since"]);
    assert!(said, "{:?}", case.problems);
    // What the process had loaded still tells its callers.
    assert_eq!(names(&case).last().map(String::as_str), Some("main"));
}

#[test]
fn given_elsewhere() {
    let Some(program) = Compiled::ways(&["-O0"]) else {
        return;
    };
    let Some(core) = program.crash(&["recurse"]) else {
        return;
    };
    let moved = program.path("moved");
    fs::rename(&program.program, &moved).expect("a file");
    let case = tools::ours(&core);
    assert!(
        is_said(&case, &["program", "no such file"]),
        "{:?}",
        case.problems
    );
    let executable = DebugFiles {
        executable: Some(moved.clone()),
        ..DebugFiles::default()
    };
    assert_eq!(
        frame_line(&tools::read(&core, &executable)).as_deref(),
        Some("ways.c")
    );
    // The file system of a container, with nothing but the program.
    let root = program.path("root");
    let inside = root.join(program.program.strip_prefix("/").expect("a whole path"));
    fs::create_dir_all(inside.parent().expect("a folder")).expect("folders");
    fs::rename(moved, inside).expect("a file");
    let sysroot = DebugFiles {
        sysroot: Some(root),
        ..DebugFiles::default()
    };
    assert_eq!(
        frame_line(&tools::read(&core, &sysroot)).as_deref(),
        Some("ways.c")
    );
}
