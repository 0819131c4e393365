//! Frames that circle, have no end, or run no code.

use super::super::{Want, look};
use super::{UNREADABLE, each, look_at};
use crate::support::interpreter::Interpreter;

pub(super) const BACK: &str = "_PyInterpreterFrame.previous | _frame.f_back";
const CODE: &str = "_PyInterpreterFrame.f_executable | _PyInterpreterFrame.f_code | _frame.f_code";
pub(super) const LINES: &str = "PyCodeObject.co_linetable | PyCodeObject.co_lnotab";

#[test]
fn frames_in_a_circle() {
    each(
        |process| {
            process
                .image
                .set(process.frames[2], BACK, process.frames[0])
        },
        &[
            "#2   [Python] steer",
            // Each once.
            "#4   [Python] main  /nowhere/ship.py:2\n       ... frames missing: Python frames: they lead in a circle",
        ],
    );
}

#[test]
fn frames_without_end() {
    for series in ["3.10", "3.12"] {
        let mut process = Interpreter::new(series);
        let frames = endless(&mut process, (256 << 10) + 8);
        process.image.set(process.frames[2], BACK, frames);
        look_at(
            series,
            &process,
            &["Python frames: only the first 262144 are listed"],
        );
    }
}

/// Frames of the code of `steer` that overlap.
pub(super) fn endless(process: &mut Interpreter, count: u64) -> u64 {
    let image = &mut process.image;
    let first = image.room(count * 32 + 512);
    for frame in (first..)
        .step_by(32)
        .take(usize::try_from(count).expect("a count"))
    {
        image.set(frame, CODE, process.code);
        image.set(frame, BACK, frame + 32);
    }
    first
}

#[test]
fn freed_frames() {
    each(
        |process| {
            for name in ["_frame", "_PyInterpreterFrame"] {
                process.image.fill(process.frames[1], name, 0xdd);
            }
        },
        &["[Python] steer", UNREADABLE],
    );
}

#[test]
fn frames_of_no_code() {
    for code in [0, 8, 0xdead_beef, u64::MAX - 7] {
        each(
            |process| process.image.set(process.frames[1], CODE, code),
            &["[Python] steer", UNREADABLE],
        );
    }
    each(
        |process| process.image.set(process.frames[1], CODE, process.list),
        &["[Python] steer", UNREADABLE],
    );
}

#[test]
fn line_tables_of_any_length() {
    for length in [1 << 60, u64::MAX, 1 << 63] {
        each(
            |process| {
                let lines = process.image.get(process.code, LINES);
                process.image.set(lines, "PyVarObject.ob_size", length);
            },
            // Without the line.
            &["[Python] steer  /nowhere/ship.py\n", "[Python] main"],
        );
    }
}

#[test]
fn names_of_any_length() {
    for length in [1 << 60, u64::MAX] {
        each(
            |process| {
                let name = "PyCodeObject.co_qualname | PyCodeObject.co_name";
                let name = process.image.get(process.code, name);
                let member = if process.image.series.0 < 3 {
                    "PyVarObject.ob_size"
                } else {
                    "PyASCIIObject.length"
                };
                process.image.set(name, member, length);
            },
            &[UNREADABLE],
        );
    }
}

/// The values of a frame that waits for a lock stand at the end of the address space.
#[test]
fn values_at_the_end_of_memory() {
    for series in ["2.7", "3.8", "3.10"] {
        let mut process = Interpreter::waiting(series);
        let values = "_frame.f_valuestack";
        process.image.set(process.frames[0], values, u64::MAX - 7);
        let core = process.core().words(u64::MAX - 15, &[8, 8]).build();
        let words = ["PyThread_acquire_lock", "[Python] steer"];
        look("values", &core, Want::Frames(&words));
    }
}
