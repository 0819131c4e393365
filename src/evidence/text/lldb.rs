//! lldb: `bt`, `bt all`, `thread backtrace`.
//!
//! ```text
//! * thread #1, name = 'python', stop reason = signal SIGABRT
//!   * frame #0: 0x00007f01 libc.so.6`raise(sig=6) at raise.c:26:13 [opt]
//!     frame #1: 0x00007f02 python`f [inlined] g(a=1) at x.c:3:4
//!     frame #2: 0x00007f03 libsystem_kernel.dylib`__pthread_kill + 10
//! ```

use super::shape::{Place, Taken};
use super::syntax::{LONGEST, address, arguments, closing, digits, function, hex};
use super::{PastedFrame, StackRole, ThreadLabel};

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    let text = line.trimmed();
    if !text.starts_with(['*', 't', 'f', '-', '(']) {
        return None;
    }
    let text = text.strip_prefix("(lldb)").unwrap_or(text);
    let bare = text.trim_start_matches("->").trim_start_matches(['*', ' ']);
    if let Some(rest) = bare.strip_prefix("thread #") {
        return head(rest, text.starts_with('*'));
    }
    let (number, rest) = digits(bare.strip_prefix("frame #")?)?;
    let frame = PastedFrame {
        number: Some(number),
        at_line: line.number,
        ..frame(rest.strip_prefix(": ")?)?
    };
    Some(Taken::frame(frame, 1))
}

fn head(text: &str, current: bool) -> Option<Taken> {
    let (number, rest) = digits(text)?;
    let rest = &rest[..rest.floor_char_boundary(LONGEST)];
    let quoted = |key| -> Option<String> {
        let (_, value) = rest.split_once(key)?;
        let end = value.find('\'')?;
        Some(value[..end].to_owned())
    };
    let tid = rest.split_once("tid = ").and_then(|(_, value)| {
        let value = value.split([',', ' ']).next()?;
        match value.strip_prefix("0x") {
            Some(digits) => hex(digits),
            None => value.parse().ok(),
        }
    });
    let label = ThreadLabel {
        number: Some(number),
        tid,
        name: quoted("name = '"),
        current,
        state: rest
            .split_once("stop reason = ")
            .map(|(_, reason)| format!("stop reason = {reason}")),
        ..ThreadLabel::default()
    };
    (rest.is_empty() || rest.starts_with([',', ':']))
        .then(|| Taken::head(label, StackRole::Running))
}

fn frame(text: &str) -> Option<PastedFrame> {
    let mut frame = PastedFrame::default();
    let mut rest = text;
    if let Some((address, behind)) = address(text) {
        frame.address = Some(address);
        rest = behind;
    }
    let Some((module, symbol)) = rest.split_once('`') else {
        frame.module = function(rest);
        return frame.address.map(|_| frame);
    };
    frame.module = function(module);
    let mut symbol = symbol;
    // Flags at the end: [opt], [artificial], [inlined]; "f [inlined] g" is g, inlined into f.
    while let Some((front, flag)) = symbol
        .strip_suffix(']')
        .and_then(|text| text.rsplit_once(" ["))
    {
        if !["opt", "artificial", "inlined"].contains(&flag) {
            break;
        }
        frame.inlined |= flag == "inlined";
        symbol = front;
    }
    if let Some((_, callee)) = symbol.split_once(" [inlined] ") {
        frame.inlined = true;
        symbol = callee;
    }
    set_symbol(&mut frame, symbol);
    Some(frame)
}

/// `f(a=1) + 12 at x.c:3:4`.
fn set_symbol(frame: &mut PastedFrame, symbol: &str) {
    let (symbol, file) = match symbol.rsplit_once(" at ") {
        Some((symbol, file)) if !file.contains(')') => (symbol, Some(file)),
        _ => (symbol, None),
    };
    if let Some(file) = file {
        frame.set_place(file);
    }
    let Some(start) = list(symbol) else {
        frame.set_function(symbol);
        return;
    };
    let list = &symbol[start..];
    let end = closing(list).unwrap_or(list.len());
    frame.arguments = arguments(&list[1..end.max(1)]);
    frame.set_function(&format!(
        "{}{}",
        &symbol[..start],
        list.get(end + 1..).unwrap_or("")
    ));
}

/// Where the list of values begins; the one of a C++ signature is part of the name (`f(int)(x=1)`).
fn list(symbol: &str) -> Option<usize> {
    symbol
        .rfind(")(")
        .map(|at| at + 1)
        .or_else(|| symbol.find('('))
        .filter(|&at| at > 0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{frames, labels};

    #[test]
    fn every_kind() {
        for (text, expected) in [
            (
                "  * frame #0: 0x00007f01 libc.so.6`raise(sig=6) at raise.c:26:13 [opt]",
                "0 7f01 raise(sig=6) raise.c:26:13 [libc.so.6]",
            ),
            (
                "    frame #1: 0x7f02 python`f [inlined] g(a=<unavailable>, b=1) at x.c:3:4 [opt]",
                "1 7f02 g(a=<unavailable>, b=1) x.c:3:4 [python] inlined",
            ),
            (
                "    frame #2: 0x7f03 lib.dylib`__pthread_kill + 10",
                "2 7f03 __pthread_kill+0xa [lib.dylib]",
            ),
            (
                "    frame #3: 0x7f03 libpython3.6m.so.1.0`call at ceval.c:4929",
                "3 7f03 call ceval.c:4929 [libpython3.6m.so.1.0]",
            ),
            ("frame #4: 0x7f03", "4 7f03 ?"),
            (
                "    frame #5: 0x7f03 p`f(a=0x1) + 12 at x.c:9",
                "5 7f03 f(a=0x1)+0xc x.c:9 [p]",
            ),
        ] {
            assert_eq!(frames(text).join("; "), expected, "{text}");
        }
    }

    #[test]
    fn threads() {
        let text = "(lldb) bt all\n* thread #1, name = 'python', stop reason = signal SIGABRT\n  * frame #0: 0x1 a`f\n    frame #1: 0x2 a`g\n\
            \x20 thread #2, tid = 0x12, queue = 'q'\n    frame #0: 0x1 a`h\n";
        assert_eq!(
            labels(text),
            [
                "1 python current stop reason = signal SIGABRT: f g",
                "2 tid 18: h"
            ]
        );
    }
}
