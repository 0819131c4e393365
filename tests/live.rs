//! Processes that run: looked at, and left as they were.

#![cfg(target_os = "linux")]

mod saved;
mod unstopped;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use nix::sys::ptrace;
use nix::unistd::Pid;

use crate::support::tools::tool;
use crate::support::{Env, Run, crasher};

/// A program that runs until it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    /// Starts it, and waits for its first line.
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a program");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        Self(child)
    }

    fn pid(&self) -> String {
        self.0.id().to_string()
    }

    fn status(&self, field: &str) -> String {
        let text = fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("a process");
        let line = text.lines().find_map(|line| line.strip_prefix(field));
        line.expect(field).trim().to_owned()
    }

    /// It is neither stopped nor traced.
    fn runs_on(&self) {
        let mut state = self.status("State:");
        // A thread that was let go is still marked for a moment.
        for _ in 0..100 {
            if !state.starts_with(['t', 'T']) {
                break;
            }
            sleep(Duration::from_millis(10));
            state = self.status("State:");
        }
        assert!(state.starts_with(['R', 'S']), "{state}");
        assert_eq!(self.status("TracerPid:"), "0");
    }
}

/// A Python process; `None` where there is no Python.
fn python(script: &str) -> Option<Running> {
    let mut command = Command::new(tool("python3")?);
    command.args(["-c", script]);
    Some(Running::start(command))
}

/// A compiled program that counts in one thread, and starts and ends others all the time.
const BUSY: &str = r#"
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static volatile unsigned long counted;
static void *leaf(void *arg) { (void) arg; counted++; return 0; }
static void *gardener(void *arg) {
    (void) arg;
    for (;;) { pthread_t one; if (!pthread_create(&one, 0, leaf, 0)) pthread_join(one, 0); }
}
__attribute__((noinline)) static void count_for_ever(void) { for (;;) counted++; }
int main(void) {
    pthread_t threads[3];
    for (int at = 0; at < 3; at++) pthread_create(&threads[at], 0, gardener, 0);
    puts("ready"); fflush(stdout);
    count_for_ever();
}
"#;

fn busy(folder: &Path) -> Option<Running> {
    let program: PathBuf = crasher::compile(folder, BUSY, &["-O1", "-pthread"])?;
    Some(Running::start(Command::new(program)))
}

/// A compiled program with a thread that waits, and memory that was never touched.
const TWO: &str = r#"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
char *kept;
__attribute__((noinline)) static void keep_watch(int depth) {
    volatile char space[64]; space[0] = (char) depth;
    if (depth) keep_watch(depth - 1); else for (;;) pause();
    space[1] = space[0];
}
static void *watch(void *arg) { (void) arg; keep_watch(5); return 0; }
int main(void) {
    pthread_t thread;
    // Memory of which most was never touched.
    kept = malloc(64 << 20);
    memset(kept + (32 << 20), 7, 1 << 20);
    pthread_create(&thread, 0, watch, 0);
    puts("ready"); fflush(stdout);
    pthread_join(thread, 0);
}
"#;

fn two(folder: &Path, optimised: &str) -> Option<Running> {
    let program = crasher::compile(folder, TWO, &[optimised, "-pthread"])?;
    Some(Running::start(Command::new(program)))
}

#[test]
fn python_and_native_frames() {
    let script = "import time\ndef wait_for_rain():\n    print('ready', flush=True)\n    time.sleep(1000)\nwait_for_rain()";
    let Some(process) = python(script) else {
        return;
    };
    let env = Env::new();
    let run = env.run(["stack", "--pid", &process.pid()]).succeeded();
    for words in [
        "from the process",
        "[Python] wait_for_rain",
        "_PyEval_EvalFrameDefault",
        "__libc_start_main",
    ] {
        assert!(run.stdout.contains(words), "`{words}`: {run}");
    }
    assert!(!run.stderr.contains("as the process ran on"), "{run}");
    process.runs_on();
    let run = env.run(["signature", "--pid", &process.pid()]).succeeded();
    for words in [
        "kind       hang (waiting)",
        "process    waiting",
        "waits for the clock",
    ] {
        assert!(run.stdout.contains(words), "`{words}`: {run}");
    }
    // Variables stay hidden unless asked for.
    let args = ["stack", "--locals", "--pid", &process.pid()];
    env.run(args).succeeded();
    process.runs_on();
}

/// Whatever happens to us, the process runs on.
#[test]
fn killed_while_a_process_stands_still() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(process) = busy(folder.path()) else {
        return;
    };
    // From before the first stop to after the last.
    for moment in (0..crate::interrupted::kills(60)).map(|round| u64::from(round) * 5 % 300) {
        let core = folder.path().join(format!("{moment}.core"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_fixtrail"));
        command.args(["stack", "--pid", &process.pid()]);
        // While its memory is being copied, too.
        if moment % 10 == 5 {
            command.arg("--save-core").arg(core);
        }
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command");
        sleep(Duration::from_millis(moment));
        drop(child.kill());
        child.wait().expect("the end");
        process.runs_on();
    }
}

#[test]
fn threads_that_come_and_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(process) = busy(folder.path()) else {
        return;
    };
    let env = Env::new();
    for _ in 0..30 {
        let run = env.run(["stack", "--pid", &process.pid()]).succeeded();
        assert!(run.stdout.contains("count_for_ever"), "{run}");
        process.runs_on();
    }
}

fn refused(env: &Env, pid: &str) -> Run {
    env.run(["triage", "--pid", pid])
}

#[test]
fn processes_that_cannot_be_looked_at() {
    let env = Env::new();
    refused(&env, "999999999").failed_with(&["there is no process 999999999"]);
    env.run(["stack", "--pid", "1", "report.txt"])
        .failed_with(&["cannot be used with"]);
    // The shell becomes the command, which has its number then.
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "exec \"$0\" stack --pid $$",
        env!("CARGO_BIN_EXE_fixtrail"),
    ]);
    let output = shell.output().expect("a shell");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        words.contains("is this one, which cannot stop itself"),
        "{words}"
    );
    // A child that nobody waits for.
    let mut ended = Command::new("true").spawn().expect("a program");
    let pid = ended.id().to_string();
    let is_zombie = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.is_ok_and(|stat| stat.contains(") Z "))
    };
    while !is_zombie() {
        sleep(Duration::from_millis(5));
    }
    refused(&env, &pid).failed_with(&["has ended; it is a zombie"]);
    ended.wait().expect("the end");
    // Threads of the kernel, where they can be seen.
    if fs::read_link("/proc/2/exe").is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
        && Path::new("/proc/2").exists()
    {
        refused(&env, "2").failed_with(&["process 2 is a thread of the kernel"]);
    }
}

#[test]
fn a_process_with_a_debugger() {
    let mut command = Command::new("sh");
    command.args(["-c", "echo ready; exec sleep 1000"]);
    let process = Running::start(command);
    let traced = Pid::from_raw(process.0.id().cast_signed());
    // By this thread, which must be the one to let it go.
    let seized = ptrace::seize(traced, ptrace::Options::empty());
    seized.expect("a child may be traced");
    let env = Env::new();
    let tracer = format!("is traced by process {}", std::process::id());
    refused(&env, &process.pid()).failed_with(&[&tracer, "end that first", "--no-stop"]);
    // Reading alone is possible beside it.
    let args = ["stack", "--no-stop", "--pid", &process.pid()];
    env.run(args).succeeded();
}
