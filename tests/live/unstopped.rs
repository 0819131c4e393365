//! Processes that are never stopped.

use std::thread::sleep;
use std::time::Duration;

use super::{busy, python, two};
use crate::support::{Env, Run};

/// Values that tell nothing of where they are from.
fn threads_of(run: &Run, field: &str) -> Vec<serde_json::Value> {
    let threads = run.json()["threads"].as_array().cloned();
    let threads = threads.unwrap_or_default().into_iter();
    threads.map(|thread| thread[field].clone()).collect()
}

/// A thread that is stopped gives up the processor: its count would tell.
#[test]
fn a_process_that_is_not_stopped() {
    let script = "import threading, time\n\
                  def wait_for_rain():\n    time.sleep(1000)\n\
                  threading.Thread(target=wait_for_rain, daemon=True).start()\n\
                  time.sleep(0.2)\nprint('ready', flush=True)\nwait_for_rain()";
    let Some(process) = python(script) else {
        return;
    };
    sleep(Duration::from_millis(300));
    let switches = || process.status("voluntary_ctxt_switches:");
    let before = switches();
    let env = Env::new();
    let args = ["stack", "--no-stop", "--pid", &process.pid()];
    let run = env.run(args).succeeded();
    assert_eq!(switches(), before);
    assert_eq!(
        run.stdout.matches("[Python] wait_for_rain").count(),
        2,
        "{run}"
    );
    for words in ["_PyEval_EvalFrameDefault", "__libc_start_main"] {
        assert!(run.stdout.contains(words), "`{words}`: {run}");
    }
    assert!(!run.stdout.contains("may be torn"), "{run}");
    assert!(run.stderr.contains("the process was not stopped"), "{run}");
    let looked = env.run([&args[..], &["--json"]].concat()).succeeded();
    assert_eq!(switches(), before);
    let stopped = env
        .run(["stack", "--json", "--pid", &process.pid()])
        .succeeded();
    assert_ne!(switches(), before);
    // The thread control blocks are where the registers of a stopped thread say.
    assert_eq!(
        threads_of(&looked, "pthread"),
        threads_of(&stopped, "pthread")
    );
    env.run([&args[..], &["--save-core", "x"]].concat())
        .failed_with(&["cannot be used with"]);
}

/// Functions that count on the frame pointer, which is not known.
#[test]
fn frame_pointers_of_a_process_that_is_not_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(process) = two(folder.path(), "-O0") else {
        return;
    };
    sleep(Duration::from_millis(100));
    let args = ["stack", "--no-stop", "--pid", &process.pid()];
    let run = Env::new().run(args).succeeded();
    assert_eq!(run.stdout.matches("  keep_watch").count(), 6, "{run}");
    assert!(run.stdout.contains("start_thread"), "{run}");
}

#[test]
fn threads_that_run_are_marked() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(process) = busy(folder.path()) else {
        return;
    };
    let env = Env::new();
    let args = ["stack", "--no-stop", "--pid", &process.pid()];
    let run = env.run(args).succeeded();
    assert!(run.stdout.contains("may be torn"), "{run}");
    assert!(run.stdout.contains("its registers are not known"), "{run}");
    let run = env.run([&args[..], &["--json"]].concat()).succeeded();
    assert!(threads_of(&run, "torn").contains(&true.into()), "{run}");
    process.runs_on();
    let script = "print('ready', flush=True)\ndef spin():\n    while True: pass\nspin()";
    let Some(process) = python(script) else {
        return;
    };
    let run = env
        .run(["stack", "--no-stop", "--pid", &process.pid()])
        .succeeded();
    for words in ["[Python] spin", "may be torn"] {
        assert!(run.stdout.contains(words), "`{words}`: {run}");
    }
}
