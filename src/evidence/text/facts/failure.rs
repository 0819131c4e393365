//! Failed C assertions, and what CPython says when it gives up.

use std::sync::LazyLock;

use regex::Regex;

use super::super::PastedFrame;
use super::add;
use crate::evidence::{Assertion, Facts};
use crate::pattern::regex;

/// glibc, clang and CPython: ``python: ./Modules/x.c:112: int f(void): Assertion `e' failed.`` and
/// `Modules/gcmodule.c:113: gc_decref: Assertion "e" failed: message`.
static GNU: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"([^\s:'"`]+(?:[A-Za-z]:)?[^\s:'"`]*):(\d+): (?:(.*?): )?Assertion [`'"‘“](.+)['"’”] failed(?:\.|: ?(.*))?"#,
    )
});

/// BSD and macOS: `Assertion failed: (e), function f, file x.c, line 497.` Windows: `Assertion failed: e, file
/// C:\x.c, line 922`.
static BSD: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"Assertion failed: (.+?)(?:, function ([^,]+))?, file ([^,]+), line (\d+)")
});

const FATAL: &str = "Fatal Python error: ";

pub(super) fn look(text: &str, facts: &mut Facts) {
    if text.contains("Assertion ")
        && let Some(assertion) = gnu(text).or_else(|| bsd(text))
    {
        add(&mut facts.assertions, assertion);
    }
    if let Some((_, words)) = text.split_once(FATAL) {
        // unittest prints the dump as one escaped string.
        let words = words.split("\\n").next().unwrap_or_default().trim();
        if !words.is_empty() {
            add(&mut facts.fatal_errors, words.to_owned());
        }
    }
}

fn gnu(text: &str) -> Option<Assertion> {
    let found = GNU.captures(text)?;
    let part = |at| found.get(at).map(|part: regex::Match<'_>| part.as_str());
    Some(Assertion {
        expression: part(4)?.to_owned(),
        function: part(3).and_then(bare_function),
        file: part(1).map(str::to_owned),
        line: part(2).and_then(|line| line.parse().ok()),
        message: part(5)
            .map(str::trim)
            .filter(|words| !words.is_empty())
            .map(str::to_owned),
    })
}

fn bsd(text: &str) -> Option<Assertion> {
    let found = BSD.captures(text)?;
    let part = |at| found.get(at).map(|part: regex::Match<'_>| part.as_str());
    let expression = part(1)?;
    let function = part(2).and_then(bare_function);
    // BSD puts its own brackets around the expression, Windows none.
    let bare = expression
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
        .filter(|_| function.is_some());
    Some(Assertion {
        expression: bare.unwrap_or(expression).to_owned(),
        function,
        file: part(3).map(str::to_owned),
        line: part(4).and_then(|line| line.parse().ok()),
        message: None,
    })
}

/// `_PyObject_Call` of `PyObject *_PyObject_Call(PyThreadState *, ...)`: clang gives the whole signature.
fn bare_function(signature: &str) -> Option<String> {
    let before = signature.split('(').next().unwrap_or(signature).trim_end();
    let name = before
        .rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '$' | '.')))
        .next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Assertions and fatal errors in the arguments of the functions that report them.
pub(super) fn in_frame(frame: &PastedFrame, facts: &mut Facts) {
    let Some(function) = frame.function.as_deref() else {
        return;
    };
    if function.contains("assert_fail") || function.contains("AssertFailed") {
        let expression = text_of(frame, &["assertion", "expr", "__assertion"]);
        add_assertion(expression, frame, facts);
    }
    if function.contains("Fatal") || function.starts_with("fatal_error") {
        let Some(message) = text_of(frame, &["msg", "message", "format"]) else {
            return;
        };
        let words = match text_of(frame, &["func", "prefix"]) {
            Some(function) => format!("{function}: {message}"),
            None => message,
        };
        // `Py_FatalError` further out has the message alone.
        if !facts
            .fatal_errors
            .iter()
            .any(|known| known.ends_with(&words))
        {
            add(&mut facts.fatal_errors, words);
        }
    }
}

fn add_assertion(expression: Option<String>, frame: &PastedFrame, facts: &mut Facts) {
    let Some(expression) = expression else { return };
    let line = frame
        .arguments
        .iter()
        .find(|argument| parameter(&argument.name) == "line")
        .and_then(|argument| argument.value.rsplit('=').next()?.parse().ok());
    let found = Assertion {
        expression,
        function: text_of(frame, &["function", "__function"])
            .as_deref()
            .and_then(bare_function),
        file: text_of(frame, &["file", "__file"]),
        line,
        message: text_of(frame, &["msg"]),
    };
    // glibc's frames repeat each other, and the line above the stack says the same.
    let known = facts
        .assertions
        .iter_mut()
        .find(|known| known.expression == found.expression);
    match known {
        Some(known) if known.line.is_none() || found.line.is_none() || known.line == found.line => {
            known.file = known.file.take().or(found.file);
            known.line = known.line.or(found.line);
            known.function = known.function.take().or(found.function);
        }
        _ => add(&mut facts.assertions, found),
    }
}

/// The string among a frame's arguments: gdb prints `msg=msg@entry=0x6d4fc8 <text+8> "words"`.
fn text_of(frame: &PastedFrame, names: &[&str]) -> Option<String> {
    let argument = frame
        .arguments
        .iter()
        .find(|argument| names.contains(&parameter(&argument.name)))?;
    let (_, rest) = argument.value.split_once('"')?;
    let mut text = String::new();
    let mut letters = rest.chars();
    loop {
        match letters.next() {
            Some('\\') => text.extend(letters.next()),
            Some('"') | None => break,
            Some(letter) => text.push(letter),
        }
    }
    Some(text).filter(|text| !text.is_empty())
}

/// `msg` of `msg=msg@entry`.
fn parameter(name: &str) -> &str {
    name.split(['=', '@']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::super::super::Argument;
    use super::*;

    #[test]
    fn assertion_spellings() {
        for (text, expression, function, file, line, message) in [
            (
                "python: ./Modules/a.c:12: close: Assertion `x->n == 0' failed.",
                "x->n == 0",
                Some("close"),
                "./Modules/a.c",
                12,
                None,
            ),
            (
                "fuzz: Objects/b.c:3: PyObject *ns_f(PyObject *, int): Assertion `!g(\"a\")' failed.",
                "!g(\"a\")",
                Some("ns_f"),
                "Objects/b.c",
                3,
                None,
            ),
            (
                "test_x ... python: P/c.c:1: _Bool f(cfg *): Assertion ‘a’ failed.",
                "a",
                Some("f"),
                "P/c.c",
                1,
                None,
            ),
            (
                "Assertion failed: (a > (b)), function f, file x.c, line 497.",
                "a > (b)",
                Some("f"),
                "x.c",
                497,
                None,
            ),
            (
                r"Assertion failed: a > b, file C:\p\x.c, line 922",
                "a > b",
                None,
                r"C:\p\x.c",
                922,
                None,
            ),
            (
                "Modules/gc.c:113: gc_x: Assertion \"n > 0\" failed: too small: 1",
                "n > 0",
                Some("gc_x"),
                "Modules/gc.c",
                113,
                Some("too small: 1"),
            ),
        ] {
            let mut facts = Facts::default();
            look(text, &mut facts);
            let wanted = Assertion {
                expression: expression.to_owned(),
                function: function.map(str::to_owned),
                file: Some(file.to_owned()),
                line: Some(line),
                message: message.map(str::to_owned),
            };
            assert_eq!(facts.assertions, [wanted], "{text}");
        }
    }

    #[test]
    fn fatal_errors() {
        let mut facts = Facts::default();
        for text in [
            "Fatal Python error: _Py_X: no luck",
            "x Fatal Python error: Aborted\\n\\nCurrent",
            "Fatal Python error: ",
        ] {
            look(text, &mut facts);
        }
        assert_eq!(facts.fatal_errors, ["_Py_X: no luck", "Aborted"]);
    }

    #[test]
    fn failures_in_arguments() {
        let frame = |function: &str, arguments: &[(&str, &str)]| PastedFrame {
            function: Some(function.to_owned()),
            arguments: arguments
                .iter()
                .map(|(name, value)| Argument {
                    name: (*name).to_owned(),
                    value: (*value).to_owned(),
                })
                .collect(),
            ..PastedFrame::default()
        };
        let mut facts = Facts::default();
        for frame in [
            frame(
                "__assert_fail_base.cold",
                &[
                    ("fmt", "0x1 \"%s\""),
                    ("assertion", "assertion@entry=0x2 \"s[\\\"a\\\"]\""),
                    ("line", "line@entry=7"),
                ],
            ),
            frame(
                "__GI___assert_fail",
                &[
                    ("assertion", "0x2 \"s[\\\"a\\\"]\""),
                    ("file", "0x3 \"x.c\""),
                    ("line", "7"),
                    ("function", "0x4 <f> \"f\""),
                ],
            ),
            frame(
                "_Py_FatalErrorFunc",
                &[
                    ("func", "func@entry=0x6 <__func__.23> \"f\""),
                    ("msg", "0x1 \"no luck\""),
                ],
            ),
            frame("Py_FatalError", &[("msg", "0x1 \"no luck\"")]),
            frame("fatal_error", &[("msg", "<optimized out>")]),
        ] {
            in_frame(&frame, &mut facts);
        }
        assert_eq!(facts.fatal_errors, ["f: no luck"]);
        assert_eq!(facts.assertions.len(), 1);
        let found = &facts.assertions[0];
        assert_eq!(
            (
                found.expression.as_str(),
                found.line,
                found.function.as_deref()
            ),
            ("s[\"a\"]", Some(7), Some("f"))
        );
    }
}
