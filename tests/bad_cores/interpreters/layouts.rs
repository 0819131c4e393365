//! Interpreters that tell a layout which cannot be theirs.

use super::look_at;
use crate::support::interpreter::Interpreter;

/// The words before the figures: cookie, version, and whether it has no GIL.
const HEAD: u64 = 3;

/// A process that tells its layout, one word of it changed.
fn telling(series: &str, word: u64, value: u64) -> Interpreter {
    let mut process = Interpreter::telling(series);
    let at = process.runtime + word * 8;
    process.image.put_words(at, &[value]);
    process
}

/// They are not believed, and the table of the series is.
#[test]
fn figures_that_cannot_be() {
    for series in ["3.13", "3.14"] {
        for (word, value) in [
            // The cookie, an unknown version, and neither with nor without the GIL.
            (0, 0),
            (1, 0x0310_00f0),
            (1, u64::MAX),
            (2, 2),
            // The size of the runtime, and its first members.
            (HEAD, 0),
            (HEAD, u64::MAX),
            (HEAD + 1, u64::MAX),
            (HEAD + 2, 1 << 60),
            (HEAD + 20, 1 << 32),
        ] {
            let process = telling(series, word, value);
            let title = format!("python {series}  (layout from a table of the series)");
            let words = [&title, "raised   ValueError: off the map", "[Python] main"];
            look_at(&format!("{series}, word {word}"), &process, &words);
        }
    }
}

/// What is within its structure is believed: the list of interpreters begins at the number of the version.
#[test]
fn figures_that_are_wrong() {
    for series in ["3.13", "3.14"] {
        let process = telling(series, HEAD + 2, 8);
        let why =
            format!("no Python frames: its state is not laid out as that of CPython {series}");
        look_at(series, &process, &[&why]);
    }
}
