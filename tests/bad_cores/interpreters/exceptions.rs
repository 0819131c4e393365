//! Exceptions that are their own cause, stand in circles, or have no end.

use super::look_at;
use crate::support::interpreter::{Interpreter, SERIES};

const CONTEXT: &str = "PyBaseExceptionObject.context";

/// Those of 2.7 have no context.
fn each(damage: impl Fn(&mut Interpreter), words: &[&str]) {
    for series in SERIES.into_iter().filter(|series| *series != "2.7") {
        let mut process = Interpreter::new(series);
        damage(&mut process);
        look_at(series, &process, words);
    }
}

#[test]
fn an_exception_that_is_its_own_context() {
    each(
        |process| {
            process
                .image
                .set(process.exception, CONTEXT, process.exception)
        },
        &["└─ its __context__ is itself: a cycle of 1"],
    );
}

#[test]
fn contexts_in_a_circle() {
    each(
        |process| {
            let third = process
                .image
                .exception("OSError", "adrift", process.exception);
            process.image.set(process.context, CONTEXT, third);
        },
        &["└─ its __context__ leads back to ValueError: off the map: a cycle of 3"],
    );
}

/// The first exception is not in the circle.
#[test]
fn contexts_that_lead_into_a_circle() {
    each(
        |process| process.image.set(process.context, CONTEXT, process.context),
        &[
            "raised      ValueError",
            "└─ its __context__ is itself: a cycle of 1",
        ],
    );
}

#[test]
fn ten_thousand_contexts() {
    each(
        |process| {
            for _ in 0..10_000 {
                let context = process.context;
                process.context = process.image.exception("KeyError", "deeper", context);
            }
            process
                .image
                .set(process.exception, CONTEXT, process.context);
        },
        &[
            "KeyError: 'deeper'",
            "... and so on: only the first are shown",
        ],
    );
}

#[test]
fn contexts_that_are_no_exceptions() {
    for context in [8, 0xdead_beef, u64::MAX - 7] {
        each(
            |process| process.image.set(process.exception, CONTEXT, context),
            &[&format!(
                "its __context__ leads to {context:#x}, where no exception is"
            )],
        );
    }
    each(
        |process| process.image.set(process.exception, CONTEXT, process.list),
        &["its __context__ leads to 0x7f1", "where no exception is"],
    );
}

#[test]
fn tracebacks_in_a_circle() {
    each(
        |process| {
            let image = &mut process.image;
            let traceback = image.get(process.exception, "PyBaseExceptionObject.traceback");
            image.set(traceback, "_traceback.tb_next", traceback);
        },
        &["ValueError: off the map   at /nowhere/ship.py:11 in steer"],
    );
}

/// A name up to the end of memory.
#[test]
fn type_names_without_an_end() {
    let name = format!("raised   {}: off the map", "x".repeat(512));
    each(
        |process| {
            let image = &mut process.image;
            let class = image.class("ValueError");
            let name = image.data(&[b'x'; 1000]);
            image.bytes.truncate(image.bytes.len() - 8);
            image.set(class, "_typeobject.tp_name", name);
        },
        &[&name],
    );
}
