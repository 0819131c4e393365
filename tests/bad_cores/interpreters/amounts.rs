//! Lists that are bounded each, but all lead to the same elements: what is done for all of them together has a bound.

use super::frames::{BACK, LINES, endless};
use super::{bounded, check};
use crate::bad_cores::Want;
use crate::support::Env;
use crate::support::core::CoreBuilder;
use crate::support::interpreter::Interpreter;

const MOST_LOOKED_THROUGH: &str = "note: too much of the interpreter's memory was looked through";

/// Looks at a core with one command, since each takes its time.
fn look_at(name: &str, core: CoreBuilder, words: &[&str]) {
    let env = Env::new();
    let core = env.file("core", core.build());
    let run = bounded(&env, &["stack", "--locals", &core]);
    check(name, &run, Want::Frames(words), true);
}

/// Puts more thread states behind those of the main interpreter, with a `pthread_t` each; gives their addresses.
fn more_threads(process: &mut Interpreter, count: u64, ident: impl Fn(u64) -> u64) -> Vec<u64> {
    let image = &mut process.image;
    let size = image.size("_ts").max(image.size("_PyThreadStateImpl"));
    let size = size.next_multiple_of(16);
    let first = image.room(count * size);
    let all: Vec<u64> = (0..count).map(|at| first + at * size).collect();
    for (at, &thread) in (0..).zip(&all) {
        image.set(thread, "_ts.thread_id", ident(at));
        if at + 1 < count {
            image.set(thread, "_ts.next", thread + size);
        }
    }
    image.set(process.threads[1], "_ts.next", first);
    all
}

#[test]
fn threads_share_frames_without_end() {
    let mut process = Interpreter::new("3.14");
    let frames = endless(&mut process, (1 << 18) + 8);
    for thread in more_threads(&mut process, 50_000, |at| 0x1000 + at) {
        process.image.set(thread, "_ts.current_frame", frames);
    }
    let words = [
        "[Python] steer",
        "only 1048576 Python frames of all threads are listed",
    ];
    look_at("3.14", process.core(), &words);
}

#[test]
fn states_of_one_thread() {
    let mut process = Interpreter::new("3.14");
    let ident = process.image.get(process.threads[0], "_ts.thread_id");
    let frames = process.frames[1];
    for thread in more_threads(&mut process, 60_000, |_| ident) {
        process.image.set(thread, "_ts.current_frame", frames);
    }
    let words = ["Python frames: the thread has more than 256 thread states"];
    look_at("3.14", process.core(), &words);
}

/// Puts more interpreters behind the main one, with its threads and modules.
fn more_interpreters(process: &mut Interpreter, count: u64) {
    let image = &mut process.image;
    let size = image.size("_is").next_multiple_of(16);
    let first = image.room(count * size);
    let members = [
        "_is.threads.head | _is.tstate_head",
        "_is.imports.modules | _is.modules",
    ];
    let values = members.map(|member| image.get(process.interpreters[1], member));
    for at in (0..count).map(|at| first + at * size) {
        image.set(at, "_is.next", at + size);
        for (member, value) in members.into_iter().zip(values) {
            image.set(at, member, value);
        }
    }
    image.set(first + (count - 1) * size, "_is.next", 0);
    image.set(process.interpreters[1], "_is.next", first);
}

#[test]
fn interpreters_share_threads() {
    let mut process = Interpreter::new("3.8");
    more_threads(&mut process, 60_000, |at| 0x1000 + at);
    more_interpreters(&mut process, 4000);
    let words = [
        "[Python] steer",
        "thread states of interpreter 0: only the first 5533 are listed",
        "thread states of interpreter 0: only the first 0 are listed",
    ];
    look_at("3.8", process.core(), &words);
}

#[test]
fn interpreters_share_long_dictionaries() {
    let mut process = Interpreter::new("3.12");
    let image = &mut process.image;
    let key = image.string("no module");
    let dict = image.dict(&vec![(key, key); 60_000]);
    image.set(process.interpreters[1], "_is.imports.modules", dict);
    more_interpreters(&mut process, 2000);
    look_at("3.12", process.core(), &[MOST_LOOKED_THROUGH]);
}

#[test]
fn frames_share_a_long_line_table() {
    let mut process = Interpreter::new("3.10");
    let image = &mut process.image;
    // The offsets in the frames below are large.
    let instructions = image.get(process.code, "PyCodeObject.co_code");
    image.set(instructions, "PyVarObject.ob_size", 1 << 40);
    let table = image.byte_string(&vec![0; 8 << 20]);
    image.set(process.code, LINES, table);
    let frames = endless(&mut process, 100_000);
    process.image.set(process.frames[2], BACK, frames);
    let words = ["[Python] steer", MOST_LOOKED_THROUGH];
    look_at("3.10", process.core(), &words);
}

#[test]
fn frames_share_long_names() {
    for series in ["3.10", "3.12"] {
        let mut process = Interpreter::new(series);
        for member in [
            "PyCodeObject.co_name",
            "PyCodeObject.co_qualname",
            "PyCodeObject.co_filename",
        ] {
            let name = process.image.string(&"x".repeat(4096));
            process.image.set_any(process.code, member, name);
        }
        let frames = endless(&mut process, 100_000);
        process.image.set(process.frames[2], BACK, frames);
        let words = ["only 128 MiB of Python's names and values are listed"];
        look_at(series, process.core(), &words);
    }
}

#[test]
fn threads_share_exceptions_with_long_tracebacks() {
    let mut process = Interpreter::new("3.12");
    let image = &mut process.image;
    let mut traceback = 0;
    for _ in 0..10_000 {
        let next = traceback;
        traceback = image.traceback(process.frames[0], 11);
        image.set(traceback, "_traceback.tb_next", next);
    }
    let mut context = process.context;
    for _ in 0..64 {
        context = image.exception("KeyError", "compass", context);
        image.set(context, "PyBaseExceptionObject.traceback", traceback);
    }
    image.set(process.exception, "PyBaseExceptionObject.context", context);
    let words = ["raised   ValueError", MOST_LOOKED_THROUGH];
    look_at("3.12", process.core_of_threads(30_000), &words);
}

#[test]
fn frames_share_variables_that_take_long() {
    let mut process = Interpreter::new("3.12");
    let image = &mut process.image;
    let table = image.words(&vec![0; 2 << 16]);
    let set = image.object("set", 64);
    image.set(set, "PySetObject.used", 1);
    image.set(set, "PySetObject.mask", u64::MAX - 1);
    image.set(set, "PySetObject.table", table);
    let list = image.list(&[set; 16]);
    let mut frame = process.frames[2];
    for _ in 0..1000 {
        let back = frame;
        frame = image.frame(process.code, &[set, list], back);
    }
    image.set(process.frames[1], BACK, frame);
    let words = [
        "{...1 more}",
        "[Python] main",
        "Python frames were left out: there are too many",
    ];
    look_at("3.12", process.core(), &words);
}

/// Each word of the data of a stripped library leads to an interpreter of its own, and all of them have the same threads.
#[test]
fn data_full_of_interpreters() {
    let mut process = Interpreter::new("2.7");
    process.symbols.clear();
    let image = &mut process.image;
    let threads = image.room(5000 * 16);
    for thread in (threads..).step_by(16).take(4999) {
        image.set(thread, "_ts.next", thread + 16);
    }
    let all = image.room(200_000 * 64);
    process.data = (all..).step_by(64).take(199_000).collect();
    for &interpreter in &process.data {
        let thread = interpreter + 32;
        image.set(interpreter, "_is.tstate_head", thread);
        image.set(thread, "_ts.next", threads);
        image.set(thread, "_ts.interp", interpreter);
    }
    let words = ["no Python frames: too much of the interpreter's memory was looked through"];
    look_at("2.7", process.core(), &words);
}

/// Both stacks are as long as they may be, and nothing tells which call each loop is.
#[test]
fn loops_and_calls_without_end() {
    let mut process = Interpreter::waiting("3.14");
    process.call_loop(1 << 18);
    let frames = endless(&mut process, (1 << 18) + 8);
    process.image.set(process.frames[2], BACK, frames);
    let words = [
        "... frames missing: only 262144 frames are listed",
        "... frames missing: Python frames: only the first 262144 are listed",
    ];
    look_at("3.14", process.core(), &words);
}
