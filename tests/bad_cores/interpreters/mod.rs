//! Interpreters made in memory: first that a healthy one of each series is read, then those that lie.

mod amounts;
mod exceptions;
mod frames;
mod layouts;
mod lists;
mod objects;
mod others;

use super::{Want, bounded, check};
use crate::support::Env;
use crate::support::interpreter::{Interpreter, SERIES};

/// What a frame list is named for that ends at a frame which is none.
const UNREADABLE: &str = "... frames missing: Python frames: what 0x";

/// Does damage to a healthy process of each series, and looks at it.
fn each(damage: impl Fn(&mut Interpreter), words: &[&str]) {
    for series in SERIES {
        let mut process = Interpreter::new(series);
        damage(&mut process);
        look_at(series, &process, words);
    }
}

/// Looks at a process, its variables among the rest.
fn look_at(name: &str, process: &Interpreter, words: &[&str]) {
    let env = Env::new();
    let core = env.file("core", process.core().build());
    for args in [
        &["stack", "--locals", &core][..],
        &["signature", "--json", &core],
    ] {
        let run = bounded(&env, args);
        check(name, &run, Want::Frames(words), args[0] == "stack");
    }
}

#[test]
fn healthy_interpreters() {
    for series in SERIES {
        let process = Interpreter::new(series);
        let title = format!("python {series}  (layout from a table of the series)");
        let mut words = vec![
            title.as_str(),
            "GIL held by LWP 41",
            "thread 1 (LWP 41) \"helm\", current, holds the GIL",
            "raised   ValueError: off the map",
            "handles  KeyError: 'compass'\n",
            "#2   [Python] steer  /nowhere/ship.py:11\n",
            "argument course = 270\n",
            "local marks = [270, 'north']\n",
            "local log = (None, True, 1.5, {'port': 1099511627776}, ",
            "suspended at /nowhere/crew.py:51>, <_thread.lock object at 0x7f1",
            "#3   [Python] sail  /nowhere/ship.py:21\n",
            "#4   [Python] main  /nowhere/ship.py:2\n",
            "thread 0x7ff000001700, known to the interpreter alone",
            "#0   [Python] watch  /nowhere/ship.py:31\n",
        ];
        if series != "2.7" {
            words.push("at /nowhere/ship.py:11 in steer\n");
            words.push("while handling (__context__) KeyError: 'compass'\n");
            words.push("  task watch\n    awaits 270\n");
            words.push("    in [Python] listen  /nowhere/crew.py:51\n");
            words.push("    in [Python] look_out  /nowhere/crew.py:51\n");
        }
        look_at(series, &process, &words);
    }
}

#[test]
fn interpreters_that_tell_their_layout() {
    for series in ["3.13", "3.14"] {
        let process = Interpreter::telling(series);
        let title =
            format!("python {series}  (layout from _Py_DebugOffsets, then a table of the series)");
        let words = [
            &title,
            "GIL held by LWP 41",
            "raised   ValueError: off the map   at /nowhere/ship.py:11 in steer\n",
            "local marks = [270, 'north']\n",
            "#4   [Python] main  /nowhere/ship.py:2\n",
        ];
        look_at(series, &process, &words);
    }
}

#[test]
fn interpreters_that_wait() {
    for series in SERIES {
        let words = [
            "  waits for a lock (0x7f1",
            "#0   PyThread_acquire_lock  (libpython",
            "[Python] steer  /nowhere/ship.py:11\n",
        ];
        look_at(series, &Interpreter::waiting(series), &words);
    }
}

#[test]
fn variables_are_shown_if_asked_for() {
    let env = Env::new();
    let core = env.file("core", Interpreter::new("3.12").core().build());
    let run = env.run(["stack", &core]).succeeded();
    assert!(run.stdout.contains("[Python] steer"), "{run}");
    assert!(!run.stdout.contains("course"), "{run}");
}
