//! The moment that is looked at, saved as a core.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use regex::Regex;

use super::{python, two};
use crate::support::tools::tool;
use crate::support::{Env, Run, files};

/// Stacks without the words that tell where they are from.
fn stacks(run: &Run) -> String {
    let shown = run.stdout.replace("from the process", "from the core");
    // A core names the process alone, not its threads.
    let named = Regex::new(r#"(thread \d+ \(LWP \d+\)) "[^"]*""#).expect("a pattern");
    named.replace_all(&shown, "$1").into_owned()
}

#[test]
fn a_core_of_a_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(process) = two(folder.path(), "-O1") else {
        return;
    };
    let env = Env::new();
    let core = env.path_text("moment.core");
    let args = ["stack", "--pid", &process.pid(), "--save-core", &core];
    let run = env.run(args).succeeded();
    assert!(
        run.stderr.contains("saved ") && run.stderr.contains("stood still for"),
        "{run}"
    );
    assert_eq!(run.stdout.matches("keep_watch").count(), 6, "{run}");
    process.runs_on();
    let again = env.run(["stack", &core]).succeeded();
    assert_eq!(stacks(&again), stacks(&run));
    let metadata = fs::metadata(&core).expect("a core");
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o600);
    // Memory that was never touched takes no room.
    assert!(
        metadata.len() > 64 << 20 && metadata.blocks() * 512 < 8 << 20,
        "{metadata:?}"
    );
    // What is there stays.
    env.run(args)
        .failed_with(&["exists already", "name another file"]);
    assert_eq!(fs::metadata(&core).expect("a core").len(), metadata.len());
    let nowhere = env.path_text("nowhere/moment.core");
    env.run(["stack", "--pid", &process.pid(), "--save-core", &nowhere])
        .failed_with(&["cannot be written", "No such file"]);
    let beside = files::names(Path::new(&core).parent().expect("a folder"));
    let left = beside.iter().any(|name| name.ends_with(".part"));
    assert!(!left, "{beside:?}");
    process.runs_on();
    by_gdb(&core, &folder.path().join("ship"));
}

/// What gdb shows of the core.
fn by_gdb(core: &str, program: &Path) {
    let Some(gdb) = tool("gdb") else {
        return;
    };
    let mut command = Command::new(gdb);
    command.args([
        "-nx",
        "-batch",
        "-ex",
        "thread apply all bt",
        "-ex",
        "info registers xmm0",
        "-ex",
        "p kept[(33 << 20) - 1]",
    ]);
    let output = command.arg(program).arg(core).output().expect("gdb");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    for words in ["in main () at", "=5) at", "=0) at", "v4_float"] {
        assert!(text.contains(words), "`{words}`: {text}\n{errors}");
    }
    let complaints = ["may not match", "truncated", "Can't read", "corrupt core"];
    let complains = complaints.iter().any(|words| errors.contains(words));
    assert!(!complains, "{errors}");
}

#[test]
fn a_core_of_python() {
    let script = "import time\ndef wait_for_rain():\n    print('ready', flush=True)\n    time.sleep(1000)\nwait_for_rain()";
    let Some(process) = python(script) else {
        return;
    };
    let env = Env::new();
    let core = env.path_text("moment.core");
    let args = [
        "stack",
        "--locals",
        "--pid",
        &process.pid(),
        "--save-core",
        &core,
    ];
    let run = env.run(args).succeeded();
    assert!(run.stdout.contains("[Python] wait_for_rain"), "{run}");
    let again = env.run(["stack", "--locals", &core]).succeeded();
    assert_eq!(stacks(&again), stacks(&run));
    assert_eq!(again.stderr, "");
}
