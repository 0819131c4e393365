//! Cores of aarch64, which qemu writes: without a list of mapped files, and without the pages of files.

use std::path::PathBuf;
use std::process::Command;

use fixtrail::stack::DebugFiles;

use super::agreement::{like_gdb, stacks};
use super::compiled::{Compiled, WAYS, names};
use super::rows::Rows;
use super::tools;
use crate::support::tools::tool;

const SIGNAL: &str = "<signal handler called>";

/// Dies under qemu, which names its core after the program; what the kernel may write is qemu's own.
fn crash(program: &Compiled, way: &str) -> Option<PathBuf> {
    let folder = program.program.parent().expect("a folder");
    let status = Command::new("sh")
        .args(["-c", "ulimit -c unlimited && exec \"$@\"", "sh"])
        .arg(tool("qemu-aarch64")?)
        .args(["program", way])
        .current_dir(folder)
        .status();
    assert!(status.expect("qemu").code().is_none(), "no signal ended it");
    let mut entries = folder.read_dir().expect("a folder").flatten();
    let core = entries.find(|entry| entry.file_name().to_string_lossy().starts_with("qemu_"));
    Some(core.expect("a core").path())
}

fn dies(way: &str, flags: &[&str], functions: &[&str]) {
    let flags = [&["-static"], flags].concat();
    let Some(program) = Compiled::new("aarch64-linux-gnu-gcc", WAYS, &flags) else {
        return;
    };
    let Some(core) = crash(&program, way) else {
        return;
    };
    let debug_files = DebugFiles {
        executable: Some(program.program.clone()),
        ..DebugFiles::default()
    };
    let ours = tools::read(&core, &debug_files);
    let told = names(&ours);
    let own = told.iter().filter(|name| {
        // How glibc raises a signal is its own affair.
        !name.contains("raise") && !name.contains("pthread_kill")
    });
    assert_eq!(own.collect::<Vec<_>>(), functions, "{way} {flags:?}");
    let whole = ours.process.threads[0].gaps.is_empty();
    assert!(whole, "{way} {flags:?}");
    // gdb does not find the trampoline of signal handlers in qemu's page, and looks for the handler's caller for ever.
    let most = told.iter().position(|name| name == SIGNAL);
    let most = most.map_or(usize::MAX, |at| at - 1);
    let Some(theirs) = tools::gdb_up_to("gdb-multiarch", most, &program.program, &core) else {
        return;
    };
    let rows = Rows::of(&ours.process);
    let (ours, theirs) = (stacks(&ours.process), stacks(&theirs.process));
    for (tid, theirs) in &theirs {
        // It also ends where a return address is signed: qemu does not say which bits of it are the signature
        // (`NT_ARM_PAC_MASK`).
        let ours = ours[tid].get(..theirs.len()).expect("as many frames");
        like_gdb(ours, theirs, &rows).unwrap_or_else(|why| panic!("{way} {flags:?}: {why}"));
    }
}

#[test]
fn recursion_and_leaf() {
    let mut expected = vec!["leaf"];
    expected.extend(["recurse"; 6]);
    expected.push("main");
    for flags in [&["-O0"][..], &["-O1"], &["-O1", "-fomit-frame-pointer"]] {
        dies("recurse", flags, &expected);
    }
}

#[test]
fn signed_return_addresses() {
    for protection in ["standard", "pac-ret", "pac-ret+leaf"] {
        let flag = format!("-mbranch-protection={protection}");
        let mut expected = vec!["leaf"];
        expected.extend(["recurse"; 6]);
        expected.push("main");
        dies("recurse", &["-O1", &flag], &expected);
        dies("null", &["-O1", &flag], &["??", "through", "main"]);
    }
}

#[test]
fn signal_handlers() {
    let expected = ["leaf", "recurse", "recurse", "recurse", "handler", SIGNAL];
    for flags in [&["-O0"][..], &["-O1", "-mbranch-protection=standard"]] {
        dies("handler", flags, &[&expected[..], &["main"]].concat());
        dies(
            "fault",
            flags,
            &[&expected[..], &["traps", "main"]].concat(),
        );
        dies("own-stack", flags, &[&expected[..], &["main"]].concat());
    }
}

#[test]
fn abort_and_alloca() {
    dies("abort", &["-O1"], &["abort", "main"]);
    dies("alloca", &["-O1"], &["leaf", "with_alloca", "main"]);
}
