//! `backtrace_symbols` of glibc, and who uses it: CPython 3.14's faulthandler, crash handlers of libraries; Haiku's
//! column listing.
//!
//! ```text
//! Current thread's C stack trace (most recent call first):
//!   Binary file "/usr/lib/x.so", at sym+0x44 [0x7f01]      CPython 3.14
//!   Binary file "/usr/lib/x.so" [0x7f01]
//!   <truncated rest of calls>
//! python(_PyEval_EvalFrameDefault+0x2c79) [0x573db9]       glibc
//! /lib/x.so(+0x123) [0x7f01]
//! 0x7fcd01 0xff3c02 set_add + 0x1d4                        Haiku: frame pointer, return address
//! ```

use super::shape::{Item, Place, Taken};
use super::syntax::{LONGEST, address, frame_number, hex, is_name};
use super::{PastedFrame, StackRole, ThreadLabel, Tool};

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    let text = line.trimmed();
    let open = place.open == Some(Tool::BacktraceSymbols);
    if text.len() > LONGEST {
        return None;
    }
    if text.ends_with("C stack trace (most recent call first):") {
        let label = ThreadLabel {
            current: text.starts_with("Current"),
            ..ThreadLabel::default()
        };
        return Some(Taken::head(label, StackRole::Running));
    }
    if open && text == "<truncated rest of calls>" {
        return Some(Taken::gap("truncated rest of calls", None));
    }
    let frame = if text.starts_with("0x") {
        haiku(text)?
    } else if text.ends_with(']') {
        binary(text).or_else(|| glibc(text))?
    } else {
        return (open && text.is_empty()).then_some(Taken::one(Item::End));
    };
    let frame = PastedFrame {
        at_line: line.number,
        ..frame
    };
    Some(Taken::frame(frame, 1))
}

/// `Binary file "/usr/lib/x.so", at sym+0x44 [0x7f01]`.
fn binary(text: &str) -> Option<PastedFrame> {
    let (front, address) = ending_address(text)?;
    let (module, rest) = front.strip_prefix("Binary file \"")?.rsplit_once('"')?;
    let mut frame = PastedFrame {
        address: Some(address),
        module: Some(module.to_owned()),
        ..PastedFrame::default()
    };
    if let Some(symbol) = rest.strip_prefix(", at ") {
        set(&mut frame, symbol);
    }
    Some(frame)
}

/// `/lib/x.so(sym+0x12) [0x7f01]`, `./python() [0x7f01]`, `/lib/x.so [0x7f01]`; some users number the lines.
fn glibc(text: &str) -> Option<PastedFrame> {
    let (number, rest) = match frame_number(text) {
        Some((number, rest)) => (Some(number), rest),
        None => (None, text.strip_prefix("[bt] ").unwrap_or(text)),
    };
    let (front, address) = ending_address(rest)?;
    let mut frame = PastedFrame {
        number,
        address: Some(address),
        ..PastedFrame::default()
    };
    let module = match front
        .strip_suffix(')')
        .and_then(|front| front.rsplit_once('('))
    {
        Some((module, symbol)) => {
            set(&mut frame, symbol);
            module
        }
        None => front,
    };
    let is_path = module.starts_with(['/', '.']) || (front.ends_with(')') && !module.is_empty());
    frame.module = Some(module.to_owned());
    (is_path && !module.contains(char::is_whitespace)).then_some(frame)
}

fn ending_address(text: &str) -> Option<(&str, u64)> {
    let (front, address) = text.strip_suffix(']')?.rsplit_once(" [0x")?;
    Some((front, hex(address)?))
}

/// `sym+0x12`, or `+0x12` from the module's load address.
fn set(frame: &mut PastedFrame, symbol: &str) {
    match symbol.strip_prefix('+') {
        Some(offset) => frame.module_offset = hex(offset),
        None => frame.set_function(symbol),
    }
}

/// `0x7fcd01 0xff3c02 set_add + 0x1d4`.
fn haiku(text: &str) -> Option<PastedFrame> {
    let (_, rest) = address(text)?;
    let (address, rest) = address(rest)?;
    let (name, offset) = rest.rsplit_once(" + 0x")?;
    if !is_name(name) && !name.starts_with('<') {
        return None;
    }
    let mut frame = PastedFrame {
        address: Some(address),
        offset: hex(offset),
        ..PastedFrame::default()
    };
    frame.function = Some(
        name.trim_start_matches(|c| c != '>' && name.starts_with('<'))
            .trim_start_matches(['>', ' ']),
    )
    .filter(|name| !name.is_empty())
    .map(str::to_owned);
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{labels, shown};

    #[test]
    fn frames() {
        for (text, expected) in [
            (
                "python(set_add+0x2c79) [0x573d]",
                "573d set_add+0x2c79 [python]",
            ),
            ("/lib/x.so(+0x123) [0x7f01]", "7f01 ? [/lib/x.so+0x123]"),
            ("./python() [0x7f01]", "7f01 ? [./python]"),
            ("/lib/x.so [0x7f01]", "7f01 ? [/lib/x.so]"),
            (
                "  Binary file \"/l/x.so\", at set_add+0x44 [0x7f01]",
                "7f01 set_add+0x44 [/l/x.so]",
            ),
            (
                "  Binary file \"/l/x.so\", at +0x44 [0x7f01]",
                "7f01 ? [/l/x.so+0x44]",
            ),
            ("0x7fcd01 0xff3c02 set_add + 0x1d4", "ff3c02 set_add+0x1d4"),
            ("see [this] [0x1]", ""),
            ("x = a[0x7f01]", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn c_stack_of_faulthandler() {
        let text = "Current thread's C stack trace (most recent call first):\n\
            \x20 Binary file \"./python\", at _Py_DumpStack+0x44 [0x1]\n  Binary file \"./python\", at f+0x1 [0x2]\n  <truncated rest of calls>\n";
        assert_eq!(labels(text), ["current: _Py_DumpStack f"]);
        assert!(shown(text).ends_with("gap 2 truncated rest of calls"));
    }
}
