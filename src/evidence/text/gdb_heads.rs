//! gdb's lines that name a thread, and the rows of `info threads`, each of which holds a frame.
//!
//! ```text
//! Thread 2 (Thread 0x7f01 (LWP 812) "python3" (Exiting)):
//! Thread 1 (LWP 101784 of process 2863):
//! Thread 1 "python" received signal SIGSEGV, Segmentation fault.
//! [Switching to thread 2 (Thread 0x7f01 (LWP 812))]
//! [Current thread is 1 (Thread 0x7f01 (LWP 812))]
//! * 1    Thread 0x7f01 (LWP 812) "python3" f (a=1) at x.c:12
//! ```

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::gdb::collect;
use super::gdb_frame::body;
use super::shape::{Place, Taken};
use super::{StackRole, ThreadLabel, Tool};
use crate::pattern::regex;

/// How much of a line can be a head; a row goes on with a frame of any length.
const HEAD: usize = 400;

/// How the system names a thread.
const TARGET: &str = concat!(
    r#"(?:Thread (?P<pthread>0x[0-9a-f]+)(?:\.0x[0-9a-f]+)?)? ?"#,
    r#"\(?(?:(?:LWP|LWP:|process|tid) (?P<tid>\d+)(?: of process \d+)?\)?)?(?: \(\w+\))?(?: "(?P<name>[^"]*)")?"#
);

static APPLY: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"^Thread (?P<number>\d+)(?:\.\d+)? \({TARGET}[^:]*\)+:$"
    ))
});

static RECEIVED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"^Thread (?P<number>\d+)(?:\.\d+)?(?: "(?P<name>[^"]*)")? (?P<state>received signal \w+)"#,
    )
});

static SWITCH: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"^\[(?:Switching to|Current) thread (?:is )?(?P<number>\d+)(?:\.\d+)? \({TARGET}"
    ))
});

static SWITCH_UNNUMBERED: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"^\[Switching to {TARGET}[^\]]*\]")));

static ROW: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"^(?P<current>\*)?\s*(?P<number>\d+)(?:\.\d+)?\s+{TARGET}\s+"
    ))
});

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let text = super::gdb::typed(place.lines[0].trimmed());
    let begin = &text[..text.floor_char_boundary(HEAD)];
    match text.as_bytes().first()? {
        b'T' if text.starts_with("Thread ") => apply(begin).or_else(|| received(begin)),
        b'P' => begin
            .starts_with("Program received signal ")
            .then(|| stopped(begin)),
        b'[' if text.starts_with("[Switching") || text.starts_with("[Current") => switch(begin),
        b'*' | b'0'..=b'9' if begin.contains("Thread 0x") || begin.contains("LWP ") => {
            row(place, text, begin)
        }
        _ => None,
    }
}

fn apply(text: &str) -> Option<Taken> {
    let label = label(&APPLY.captures(text)?);
    (label.tid.is_some() || label.pthread.is_some()).then(|| Taken::head(label, StackRole::Running))
}

fn received(text: &str) -> Option<Taken> {
    let found = RECEIVED.captures(text)?;
    let label = ThreadLabel {
        current: true,
        state: Some(found["state"].to_owned()),
        ..label(&found)
    };
    Some(Taken::head(label, StackRole::Running))
}

fn stopped(text: &str) -> Taken {
    let state = text.split(',').next().unwrap_or(text);
    let label = ThreadLabel {
        current: true,
        state: state.strip_prefix("Program ").map(str::to_owned),
        ..ThreadLabel::default()
    };
    Taken::head(label, StackRole::Running)
}

fn switch(text: &str) -> Option<Taken> {
    let found = SWITCH
        .captures(text)
        .or_else(|| SWITCH_UNNUMBERED.captures(text))?;
    // "Switching" may be the reader's own walk through the threads.
    let label = ThreadLabel {
        current: text.starts_with("[Current"),
        ..label(&found)
    };
    Some(Taken::head(label, StackRole::Running))
}

fn row(place: Place<'_>, text: &str, begin: &str) -> Option<Taken> {
    let found = ROW.captures(begin)?;
    let label = ThreadLabel {
        current: found.name("current").is_some(),
        ..label(&found)
    };
    if label.pthread.is_none() && label.tid.is_none() {
        return None;
    }
    let (frame, used) = collect(place.lines, &text[found[0].len()..], 16);
    let mut frame = body(&frame, Some(0), place.lines[0].number)?;
    frame.number = None;
    Some(Taken::row(Tool::Gdb, label, frame, used))
}

fn label(found: &Captures<'_>) -> ThreadLabel {
    let get = |name| found.name(name).map(|group| group.as_str());
    ThreadLabel {
        number: get("number").and_then(|text| text.parse().ok()),
        tid: get("tid").and_then(|text| text.parse().ok()),
        pthread: get("pthread").and_then(super::syntax::hex),
        name: get("name").map(str::to_owned),
        current: false,
        state: None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::labels;

    #[test]
    fn heads() {
        for (head, expected) in [
            (
                "Thread 2 (Thread 0x7f01 (LWP 81)):",
                "2 tid 81 pthread 7f01",
            ),
            (
                "Thread 2 (Thread 0x7f01 (LWP 81) \"py: 3\" (Exiting)):",
                "2 tid 81 pthread 7f01 py: 3",
            ),
            ("Thread 1 (LWP 101 of process 28):", "1 tid 101"),
            ("Thread 1 (process 28):", "1 tid 28"),
            (
                "Thread 1 \"python\" received signal SIGSEGV, Segmentation fault.",
                "1 python current received signal SIGSEGV",
            ),
            (
                "Thread 1 \"python\" received signal SIGSEGV, Segmentation fault.\n[Switching to Thread 0x7f01 (LWP 81)]",
                "1 tid 81 pthread 7f01 python current received signal SIGSEGV",
            ),
            (
                "[Switching to thread 2 (Thread 0x7f01 (LWP 81))]",
                "2 tid 81 pthread 7f01",
            ),
            (
                "[Switching to Thread 0x7f01 (LWP 81)]",
                "tid 81 pthread 7f01",
            ),
            (
                "[Current thread is 1 (Thread 0x7f01 (LWP 81))]",
                "1 tid 81 pthread 7f01 current",
            ),
            (
                "Program received signal SIGABRT, Aborted.",
                "current received signal SIGABRT",
            ),
        ] {
            let text = format!("{head}\n#0  0x1 in f ()\n");
            assert_eq!(labels(&text), [format!("{expected}: f")], "{head}");
        }
    }

    #[test]
    fn rows_of_info_threads() {
        let text = "  Id   Target Id         Frame \n\
            * 1    Thread 0x7f01 (LWP 81) \"py\" futex_wait (private=0, \n    word=0x1) at ../futex.h:320\n\
            \x20 2    Thread 0x7f02 (LWP 82) \"py\" 0x0056 in set_add (so=<synthetic pointer>)\n    at s.c:470\n\
            \x20 3    Thread 0x7f03 (LWP 83) (running)\n";
        assert_eq!(
            labels(text),
            [
                "1 tid 81 pthread 7f01 py current: futex_wait",
                "2 tid 82 pthread 7f02 py: set_add"
            ]
        );
    }

    #[test]
    fn a_stop_and_its_backtrace_are_one_stack() {
        let text = "[Current thread is 1 (Thread 0x7f01 (LWP 81))]\n#0  0x1 in f () at x.c:1\n\n\
            Thread 2 (Thread 0x7f02 (LWP 82)):\n#0  0x5 in g ()\n\n\
            Thread 1 (Thread 0x7f01 (LWP 81)):\n#0  0x1 in f () at x.c:1\n#1  0x2 in h ()\n";
        assert_eq!(
            labels(text),
            [
                "2 tid 82 pthread 7f02: g",
                "1 tid 81 pthread 7f01 current: f h"
            ]
        );
    }
}
