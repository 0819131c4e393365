//! Lists of interpreters and threads that circle or lead nowhere, and states that are none.

use super::{each, look_at};
use crate::support::interpreter::{Interpreter, SERIES};

#[test]
fn threads_in_a_circle() {
    each(
        |process| {
            let [first, second] = process.threads;
            process.image.set(second, "_ts.next", first);
        },
        &[
            "thread states of interpreter 0: they lead in a circle back to 0x",
            "steer",
            "watch",
        ],
    );
}

#[test]
fn interpreters_in_a_circle() {
    each(
        |process| {
            let [newer, main] = process.interpreters;
            process.image.set(main, "_is.next", newer);
        },
        &[
            "interpreters: they lead in a circle back to 0x",
            "steer",
            "watch",
        ],
    );
}

#[test]
fn threads_that_lead_nowhere() {
    each(
        |process| {
            process
                .image
                .set(process.threads[1], "_ts.next", 0xdead_beef)
        },
        &[
            "thread states of interpreter 0: what 0xdeadbeef leads to cannot be read",
            "steer",
        ],
    );
}

#[test]
fn interpreters_that_lead_nowhere() {
    each(
        |process| {
            process
                .image
                .set(process.interpreters[0], "_is.next", u64::MAX)
        },
        &["interpreters: what 0xffffffffffffffff leads to cannot be read"],
    );
}

#[test]
fn a_freed_interpreter() {
    for series in SERIES {
        let mut process = Interpreter::new(series);
        process.image.fill(process.interpreters[0], "_is", 0xdd);
        let why = format!(
            "no Python frames: its state is not laid out as that of CPython {series}, and it has no debug information"
        );
        look_at(series, &process, &[&why]);
    }
}

/// Before it is started and after it was shut down.
#[test]
fn no_interpreter() {
    for series in SERIES {
        let mut process = Interpreter::new(series);
        if process.image.series < (3, 7) {
            process.image.put_words(process.runtime, &[0]);
        } else {
            let head = "pyruntimestate.interpreters.head";
            process.image.set(process.runtime, head, 0);
        }
        look_at(
            series,
            &process,
            &["interpreters: there is none: it was not started yet, or has ended"],
        );
    }
}

/// One that is being made, or memory that was wiped.
#[test]
fn a_thread_state_of_zeros() {
    for series in SERIES {
        let mut process = Interpreter::new(series);
        process.image.fill(process.threads[0], "_ts", 0);
        // Nothing is left that leads to the system's thread.
        look_at(
            series,
            &process,
            &["thread 1 (LWP 41), current, from the core"],
        );
    }
}

/// It is known by its number, but nothing else is there yet.
#[test]
fn a_thread_state_that_has_only_begun() {
    for series in ["3.11", "3.12"] {
        let mut process = Interpreter::new(series);
        process.image.set(process.threads[0], "_ts.cframe", 0);
        let words = ["Python frames: the thread state at 0x", "cannot be read"];
        look_at(series, &process, &words);
    }
}

#[test]
fn freed_thread_states() {
    each(
        |process| {
            let ident = process.image.get(process.threads[0], "_ts.thread_id");
            process.image.fill(process.threads[0], "_ts", 0xdd);
            process
                .image
                .set(process.threads[0], "_ts.thread_id", ident);
        },
        &["thread states of interpreter 0: what 0xdddddddddddddddd leads to cannot be read"],
    );
}

#[test]
fn a_lock_that_leads_nowhere() {
    for series in ["3.12", "3.13", "3.14"] {
        for gil in [8, 0xdead_beef, u64::MAX - 7] {
            let mut process = Interpreter::new(series);
            process
                .image
                .set(process.interpreters[1], "_is.ceval.gil", gil);
            // Of a lock that cannot be read nothing is said.
            look_at(series, &process, &["  interpreter 0\n", "steer"]);
        }
    }
}
