//! Exceptions: below tracebacks, alone on a line, and in the arguments of frames.

use std::sync::LazyLock;

use regex::Regex;

use super::super::lines::Line;
use super::super::python_line::{cut, depth};
use super::super::traceback::ends_traceback;
use super::super::{PastedFrame, PastedStack, Tool};
use super::{add, start_of};
use crate::evidence::{Exception, Facts};
use crate::pattern::regex;

/// How far below the last frame its exception may stand: a gap and a blank line between.
const BELOW: usize = 3;

/// What a frame's argument may show of itself; whole object graphs are printed.
const LONGEST_ARGUMENT: usize = 1 << 14;

/// A type by the endings that exceptions have: `asyncio.exceptions.CancelledError`, `KeyboardInterrupt`.
macro_rules! named {
    () => {
        r"((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration|ExceptionGroup))"
    };
}

/// `pkg.SomeError: message` alone on a line, also behind pytest's `E   `.
static LINE: LazyLock<Regex> =
    LazyLock::new(|| regex(concat!(r"^(?:E {2,})?", named!(), r"(?:: (\S.*))?$")));

/// Values of gdb's Python printers: `<SomeError at remote 0x7f..>`, `<SomeError(args=()) at remote 0x7f..>`.
static REMOTE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"<",
        named!(),
        r"(?:\(([^<>]{0,300})\))? at (?:remote )?0x"
    ))
});

/// Where a repr such as `KeyError('a',)` begins.
static REPR: LazyLock<Regex> =
    LazyLock::new(|| regex(concat!(r"(?:^|[\s=(\[{,])", named!(), r"\(")));

pub(super) fn look(text: &str, facts: &mut Facts) {
    let Some(found) = LINE.captures(text) else {
        return;
    };
    let message = found.get(2).map(|words| words.as_str());
    // `Exception` and `Warning` alone begin many a sentence; below a traceback they are known.
    let name = &found[1];
    if matches!(name, "Exception" | "Warning" | "Error" | "Exit")
        || (message.is_none() && !name.contains('.'))
    {
        return;
    }
    report(facts, name, message, false);
}

/// The exception below a traceback.
pub(super) fn below(stack: &PastedStack, lines: &[Line<'_>], facts: &mut Facts) {
    if stack.tool != Tool::Traceback {
        return;
    }
    let rest = lines.get(stack.lines.end - 1..).unwrap_or_default();
    let ends = rest
        .iter()
        .take(BELOW)
        .map(|line| {
            let text = start_of(&line.text);
            // A log's own prefix stands before the name too; its last blank or bar parts them.
            &text[depth(text)..]
        })
        .filter(|text| !text.is_empty() && cut(text).is_none())
        .find_map(|text| ends_traceback(text).or_else(|| behind_prefix(text)));
    if let Some((name, message)) = ends {
        report(facts, name, message, false);
    }
}

/// `web_1  | ValueError: no`
fn behind_prefix(text: &str) -> Option<(&str, Option<&str>)> {
    let (_, rest) = text.split_once("| ")?;
    ends_traceback(rest.trim())
}

/// Exceptions that a frame was called with.
pub(super) fn in_frame(frame: &PastedFrame, facts: &mut Facts) {
    for argument in &frame.arguments {
        let value = &argument.value[..argument.value.floor_char_boundary(LONGEST_ARGUMENT)];
        if ![
            "Error",
            "Exception",
            "Warning",
            "Interrupt",
            "Exit",
            "Iteration",
        ]
        .iter()
        .any(|end| value.contains(end))
        {
            continue;
        }
        for found in REMOTE.captures_iter(value) {
            report(
                facts,
                &found[1],
                found.get(2).map(|words| words.as_str()),
                true,
            );
        }
        for found in REPR.captures_iter(value) {
            let rest = &value[found.get_match().end()..];
            if let Some(words) = to_bracket(rest) {
                report(facts, &found[1], Some(words), true);
            }
        }
    }
}

/// The text to the bracket that closes a call, over quoted brackets.
fn to_bracket(text: &str) -> Option<&str> {
    const MOST: usize = 2000;
    let (mut nested, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices().take(MOST) {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => nested += 1,
            (None, ')') if nested == 0 => return Some(&text[..at]),
            (None, ')') => nested -= 1,
            (None, _) => {}
        }
    }
    None
}

fn report(facts: &mut Facts, name: &str, message: Option<&str>, in_arguments: bool) {
    let message = message
        .map(str::trim)
        .filter(|words| !words.is_empty())
        .map(str::to_owned);
    let found = Exception {
        type_name: name.to_owned(),
        message,
        in_arguments,
        in_flight: false,
    };
    let twin =
        |known: &Exception| known.type_name == found.type_name && known.message == found.message;
    if !facts.exceptions.iter().any(twin) {
        add(&mut facts.exceptions, found);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Argument, read};
    use super::*;

    fn found(facts: &Facts) -> Vec<(&str, Option<&str>)> {
        facts
            .exceptions
            .iter()
            .map(|e| (e.type_name.as_str(), e.message.as_deref()))
            .collect()
    }

    #[test]
    fn below_tracebacks_and_alone() {
        for (text, wanted) in [
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\npkg.Bad: no: (1)\nmore\n",
                vec![("pkg.Bad", Some("no: (1)"))],
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    ...\nStopIteration\n",
                vec![("StopIteration", None)],
            ),
            (
                "web_1 | Traceback (most recent call last):\nweb_1 |   File \"a.py\", line 1, in f\nweb_1 | Bad: no\n",
                vec![("Bad", Some("no"))],
            ),
            (
                "SystemError: f returned NULL\n",
                vec![("SystemError", Some("f returned NULL"))],
            ),
            (
                "E   pkg.SomeError: no\n",
                vec![("pkg.SomeError", Some("no"))],
            ),
            (
                "Exception: see below\nthe ValueError: is\nValueError\n",
                vec![],
            ),
        ] {
            assert_eq!(found(&read(text.as_bytes()).facts), wanted, "{text}");
        }
    }

    #[test]
    fn in_arguments() {
        let frame = PastedFrame {
            arguments: [
                "StopIteration()",
                "KeyError('a)',)",
                "(<type at remote 0x1>, <pkg.LostError at remote 0x2>)",
                "<traceback at remote 0x3>",
                "OSError(",
            ]
            .iter()
            .map(|value| Argument {
                name: "x".to_owned(),
                value: (*value).to_owned(),
            })
            .collect(),
            ..PastedFrame::default()
        };
        let mut facts = Facts::default();
        in_frame(&frame, &mut facts);
        assert_eq!(
            found(&facts),
            [
                ("StopIteration", None),
                ("KeyError", Some("'a)',")),
                ("pkg.LostError", None)
            ]
        );
        assert!(
            facts
                .exceptions
                .iter()
                .all(|exception| exception.in_arguments)
        );
    }
}
