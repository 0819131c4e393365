//! Small invented sources, one or more for each rule.

mod bytecodes;
mod c;
mod compare;
mod properties;
mod python;

use super::{Language, functions};

/// The table as `name first-last`, lines from 1.
fn listed(language: Language, text: &str) -> Vec<String> {
    let rows = functions(language, text.as_bytes()).into_iter();
    rows.map(|row| format!("{} {}-{}", row.name, row.lines.start + 1, row.lines.end))
        .collect()
}

/// Checks the tables of `cases`, each a rule, a source and the rows expected.
#[track_caller]
fn check(language: Language, cases: &[(&str, &str, &[&str])]) {
    for (rule, text, expected) in cases {
        assert_eq!(listed(language, text), *expected, "{rule}");
    }
}

#[test]
fn language_is_told_by_extension() {
    let of = |path| Language::of(path);
    assert_eq!(of("Python/ceval.c"), Some(Language::C));
    assert_eq!(of("Python/generated_cases.c.h"), Some(Language::C));
    assert_eq!(of("PC/python_uwp.cpp"), Some(Language::C));
    assert_eq!(of("Lib/typing.py"), Some(Language::Python));
    assert_eq!(of("Lib/idlelib/idle.pyw"), Some(Language::Python));
    for path in [
        "Objects/typeslots.inc",
        "Makefile.pre.in",
        "a.c/README",
        "x.pyx",
        "",
    ] {
        assert_eq!(of(path), None, "{path}");
    }
}
