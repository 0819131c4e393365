//! Chains of exceptions as text.

use std::fmt::Write as _;

use super::style::printable;
use crate::stack::python::{ExceptionChain, ExceptionInfo, ExceptionLink};

/// The longest message that is shown.
const LONGEST_MESSAGE: usize = 200;

/// A line for each exception, the newest first; one that closes a circle is drawn back to where it leads:
///
/// ```text
///   handles  ValueError: x  at f.py:12 in f
///         ┌> its context  KeyError: 'k'  at f.py:9 in g
///         └─ its context  KeyError: 'l'  at f.py:9 in g  leads back by its context: a cycle of 2
/// ```
pub(super) fn chain_text(how: &str, chain: &ExceptionChain) -> String {
    let mut text = String::new();
    let back_to = chain.cycle.map(|cycle| cycle.back_to);
    let last = chain.exceptions.len().saturating_sub(1);
    for (number, exception) in chain.exceptions.iter().enumerate() {
        let mark = match back_to {
            Some(first) if first == number && number == last => "⟲ ",
            Some(first) if first == number => "┌>",
            Some(first) if first < number && number < last => "│ ",
            Some(_) if number == last => "└─",
            _ => "  ",
        };
        let link = match exception.link {
            ExceptionLink::First => how,
            ExceptionLink::Cause => "  caused by (__cause__)",
            ExceptionLink::Context => "  while handling (__context__)",
        };
        let _ = write!(text, "  {mark} {link} {}", exception_text(exception));
        if let (Some(cycle), true) = (chain.cycle, number == last) {
            let attribute = cycle.link.attribute();
            let length = last - cycle.back_to + 1;
            let _ = write!(text, "  whose {attribute} leads back: a cycle of {length}");
        }
        text.push('\n');
    }
    if chain.cut {
        text.push_str("     and more\n");
    }
    if let Some(why) = &chain.broken {
        let _ = writeln!(text, "     then it ends: {}", printable(why));
    }
    text
}

/// `ValueError: x  at f.py:12 in f`.
fn exception_text(exception: &ExceptionInfo) -> String {
    let mut text = printable(&exception.type_name);
    if let Some(message) = &exception.message {
        let first = message.lines().next().unwrap_or_default();
        let shown: String = first.chars().take(LONGEST_MESSAGE).collect();
        let more = if shown.len() < message.len() {
            "..."
        } else {
            ""
        };
        let _ = write!(text, ": {}{more}", printable(&shown));
    }
    if let Some(entry) = exception.traceback.first() {
        let file = entry.file.as_deref().unwrap_or("?");
        let line = entry.line.unwrap_or_default();
        let function = entry.function.as_deref().unwrap_or("?");
        let place = format!("{file}:{line} in {function}");
        let _ = write!(text, "  at {}", printable(&place));
    }
    text
}
