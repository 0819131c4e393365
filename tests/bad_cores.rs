//! Cores that lie: frames or one line that says why, in bounded time and memory, and never a panic.

mod damaged;
mod files;
mod formats;
mod headers;
mod interpreters;
mod python;
mod stacks;

use std::time::Duration;

use crate::support::{Env, Run};

/// Time that no core may take, on a slow machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(120);

/// Address space in KiB: 3 GiB, of which the allocator reserves one without use.
const ADDRESS_SPACE: &str = "3145728";

/// What must come of a core.
#[derive(Debug, Clone, Copy)]
enum Want<'w> {
    /// Frames, and each of the words on either stream.
    Frames(&'w [&'w str]),
    /// One line with each of the words.
    Error(&'w [&'w str]),
    /// Either, as long as it is one of them.
    Answer,
}

/// Looks at a core with the commands that read one.
fn look(name: &str, bytes: &[u8], want: Want<'_>) {
    look_with(name, bytes, &[], want);
}

/// Also with options.
fn look_with(name: &str, bytes: &[u8], options: &[&str], want: Want<'_>) {
    let env = Env::new();
    let core = env.file("core", bytes);
    for args in [&["stack", &core][..], &["signature", "--json", &core]] {
        let run = bounded(&env, &[args, options].concat());
        check(name, &run, want, args[0] == "stack");
    }
}

/// Runs the command with little memory and time.
fn bounded(env: &Env, args: &[&str]) -> Run {
    let script = format!("ulimit -v {ADDRESS_SPACE} && exec \"$0\" \"$@\"");
    let mut command = assert_cmd::Command::new("sh");
    command
        .env_clear()
        .env("HOME", env.path("home"))
        .env("COLUMNS", "100")
        .args(["-c", &script, env!("CARGO_BIN_EXE_fixtrail")])
        .args(args)
        .timeout(PATIENCE);
    let output = command.output().expect("the command");
    Run::new(&output, &env.path(""))
}

fn check(name: &str, run: &Run, want: Want<'_>, all: bool) {
    let shown: String = run.to_string().chars().take(4000).collect();
    assert!(!run.stderr.contains("panicked"), "{name}: {shown}");
    let (code, words): (_, &[&str]) = match want {
        Want::Frames(words) => (Some(0), words),
        Want::Error(words) => (Some(2), words),
        Want::Answer => (run.code.filter(|code| [0, 2].contains(code)), &[]),
    };
    assert!(code.is_some() && run.code == code, "{name}: {shown}");
    if code == Some(2) {
        let errors = run
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "));
        assert_eq!(errors.count(), 1, "{name}: {shown}");
        assert_eq!(run.stdout, "", "{name}: {shown}");
    } else if all {
        assert!(run.stdout.contains("#0"), "{name}: {shown}");
    }
    // The short form of a signature does not list all.
    for word in words.iter().filter(|_| all || code == Some(2)) {
        let there = run.stdout.contains(word) || run.stderr.contains(word);
        assert!(there, "{name}: `{word}` is missing: {shown}");
    }
}
