//! Programs that are named like an interpreter and are none, or none that is known.

use super::look_at;
use crate::support::interpreter::{Interpreter, SERIES};

/// Looks at a process that runs something else than it says.
fn refused(library: &str, has_symbols: bool, words: &[&str]) {
    let mut process = Interpreter::new("3.12");
    library.clone_into(&mut process.library);
    if !has_symbols {
        process.symbols.clear();
    }
    look_at(library, &process, words);
}

#[test]
fn a_library_without_an_interpreter() {
    for series in SERIES {
        let why = format!(
            "no Python frames: nothing in its memory is laid out as the state of CPython {series}"
        );
        refused(&format!("libpython{series}.so.1.0"), false, &[&why]);
    }
}

#[test]
fn a_series_that_is_not_known() {
    for (series, why) in [
        (
            "3.16",
            "CPython 3.16 is newer than the layouts that are known (up to 3.",
        ),
        (
            "3.99",
            "CPython 3.99 is newer than the layouts that are known (up to 3.",
        ),
        ("3.5", "the layout of CPython 3.5 is not known"),
        ("2.6", "the layout of CPython 2.6 is not known"),
    ] {
        let library = format!("libpython{series}.so.1.0");
        for has_symbols in [false, true] {
            refused(
                &library,
                has_symbols,
                &[&format!("no Python frames: {why}")],
            );
        }
    }
}

#[test]
fn another_series_than_its_name_says() {
    for (series, why) in [
        // They have no `_PyRuntime`.
        (
            "2.7",
            "no Python frames: the layout of its state is not known",
        ),
        (
            "3.6",
            "no Python frames: the layout of its state is not known",
        ),
        ("3.8", "interpreters: there is none"),
        ("3.10", "interpreters: there is none"),
        ("3.13", "leads to cannot be read"),
        ("3.14", "leads to cannot be read"),
    ] {
        refused(&format!("python{series}"), true, &[why]);
    }
}

#[test]
fn other_interpreters() {
    for (library, name) in [
        ("pypy3.10", "PyPy"),
        ("libpypy3.9-c.so", "PyPy"),
        ("graalpy", "GraalPy"),
        ("micropython", "MicroPython"),
    ] {
        let why = format!("no Python frames: it runs {name}, and only CPython's state is known");
        refused(library, false, &[&why]);
    }
}
