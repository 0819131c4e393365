//! Processes that hang, each in a way of its own, and what is said of them.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::Env;

/// A script that hangs, with the processes that it starts.
struct Hanging(Child);

impl Hanging {
    /// Starts a script, and waits until it hangs.
    fn start(python: &Path, script: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hangs");
        let mut command = Command::new(python);
        command
            .arg("-u")
            .arg(folder.join(script).with_extension("py"));
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        let mut child = command.spawn().expect("a Python");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n", "{script}");
        Self(child)
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.0.id().cast_signed());
        let _ended = killpg(group, Signal::SIGKILL);
        drop(self.0.wait());
    }
}

/// What a script is to be called, and what shows it: what the thread waits for, or the call that does not return.
type Expected = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const EXPECTED: &[Expected] = &[
    ("two_locks", "deadlocked", "", None),
    ("two_rlocks", "deadlocked", "", None),
    ("import_lock", "deadlocked", "", None),
    (
        "native_lock",
        "deadlocked",
        "",
        Some("gil-held-in-native-code"),
    ),
    ("queue_get", "waiting", "queue", None),
    ("socket_read", "waiting", "socket", None),
    ("child_wait", "waiting", "child", None),
    ("pool_lost_worker", "waiting", "result", None),
    ("sleeper", "waiting", "clock", None),
    ("asyncio_future", "waiting", "events", None),
    (
        "gil_held",
        "waiting",
        "clock",
        Some("gil-held-in-native-code"),
    ),
    ("finalizing", "waiting", "lock", Some("daemon-threads")),
    ("regex", "spinning", "match", None),
    ("while_true", "spinning", "spin", None),
    ("python_loop", "spinning", "step", None),
    (
        "recursion",
        "runaway-recursion",
        // Python's function, or the destructor of the tracebacks that it left.
        "",
        Some("deep-recursion"),
    ),
    ("progress", "progressing", "", None),
];

crate::real_cores::with_pythons!(all, and of Debian);

fn all(python: &Path, version: &str) {
    for &expected in EXPECTED {
        // There is no asyncio.
        if !version.starts_with("2.") || expected.0 != "asyncio_future" {
            check(python, expected);
        }
    }
}

fn check(python: &Path, (script, doing, shown, finding): Expected) {
    let hanging = Hanging::start(python, script);
    let pid = hanging.0.id().to_string();
    // A machine that tests other things meanwhile gives few looks a second, and it is the exception that is deep most of
    // the time: what it left is cleared.
    let sample = if script == "recursion" { "8" } else { "0.6" };
    let args = ["--json", "signature", "--sample", sample, "--pid", &pid];
    let run = Env::new().run(args).succeeded();
    let answer: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let diagnosis = &answer["diagnosis"];
    let what = format!("{} {script}: {diagnosis:#}", python.display());
    assert_eq!(diagnosis["verdict"]["doing"], doing, "{what}");
    // Where all wait none is named, and the main thread shows it.
    let thread = diagnosis["verdict"]["thread"].as_u64().unwrap_or(0);
    let thread = &diagnosis["threads"][usize::try_from(thread).expect("a thread")];
    let place = match doing {
        "waiting" => &thread["waits_for"]["what"],
        "spinning" => &thread["unreturned"]["function"],
        "runaway-recursion" => &thread["recursion"]["function"],
        _ => &Value::Null,
    };
    let place = place.as_str().unwrap_or_default();
    assert!(place.contains(shown), "{what}");
    let findings = diagnosis["findings"].as_array().expect("findings");
    let kinds: Vec<&str> = findings
        .iter()
        .filter_map(|each| each["kind"].as_str())
        .collect();
    assert_eq!(kinds.first().copied(), finding, "{what}");
    let state = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    assert!(state.contains("TracerPid:\t0\n"), "{state}");
}
