//! Windows: WinDbg's `k`, `kb`, `kn`, Visual Studio's call stack, Dr. Watson, mini-dump listings.
//!
//! ```text
//! 00 0000001a`0f8fe8f0 00007ffb`12345678 python312!PyEval_EvalFrameEx+0x12 [C:\x\ceval.c @ 123]
//! 01 (Inline Function) --------`-------- python312!_Py_DECREF+0x5 [C:\x\object.h @ 500]
//! 0012f6b4 1e006c6d 00000001 python26!PyObject_Call+0x45
//! > python312.dll!set_add(PySetObject * so=0x01, int n=2) Line 123 + 0x5 bytes C     (tabs)
//! python312+0x0
//! ```

use std::sync::LazyLock;

use regex::Regex;

use super::shape::{Place, Taken};
use super::syntax::{LONGEST, arguments, closing, function, hex};
use super::{Argument, PastedFrame, Tool};
use crate::pattern::regex;

/// The columns before the module: number, inline mark, addresses.
static COLUMNS: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^(?:(?P<number>[0-9a-f]{2,3}) )?\s*(?P<inline>\(Inline(?: Function)?\)\s+)?",
        r"(?P<addresses>(?:(?:[0-9a-f]{8}`?[0-9a-f]{8}|[0-9a-f]{8}|0x[0-9a-f]{8,16}|-{8}(?:`-{8})?)\s+(?::\s+)?)*)",
        r"(?::\s+)?(?P<rest>\S.*)$"
    ))
});

static SYMBOL: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^(?P<module>[\w.-]+)!(?P<symbol>[^\[\]]+?)(?: \[(?P<file>.+?) @ (?P<line>\d+)\])?$")
});

static STUDIO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^\)?\s*(?:Line (?P<line>\d+))?(?:\s*\+ 0x(?P<offset>[0-9a-f]+)(?: bytes)?)?(?:\s+(?:C|C\+\+|Unknown|Python|ASM))?$",
    )
});

static MODULE_ONLY: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?P<module>[A-Za-z_][\w.-]*)\+0x(?P<offset>[0-9a-f]{1,16})$"));

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    let text = line.trimmed();
    let open = place.open == Some(Tool::Windows);
    if text.len() > LONGEST {
        return None;
    }
    let frame = if text.contains('!') {
        studio(text).or_else(|| windbg(text))?
    } else if text.contains("+0x") {
        module_only(text, open)?
    } else {
        return (open && text.starts_with("[Frames below may be"))
            .then(|| Taken::gap("frames below may be incorrect", None));
    };
    let frame = PastedFrame {
        at_line: line.number,
        ..frame
    };
    Some(Taken::frame(frame, 1))
}

fn windbg(text: &str) -> Option<PastedFrame> {
    let columns = COLUMNS.captures(text)?;
    let addresses: Vec<Option<u64>> = columns["addresses"]
        .split_whitespace()
        .filter(|word| *word != ":")
        .map(|word| hex(&word.replace('`', "")))
        .collect();
    let found = SYMBOL.captures(&columns["rest"])?;
    let symbol = &found["symbol"];
    let offset = symbol.contains("+0x");
    // Prose such as "Warning!now" has neither an address nor an offset.
    if addresses.is_empty() && !offset || symbol.contains(' ') && !symbol.contains(['<', '(']) {
        return None;
    }
    let mut frame = PastedFrame {
        number: columns
            .name("number")
            .and_then(|number| u32::from_str_radix(number.as_str(), 16).ok()),
        module: Some(found["module"].to_owned()),
        inlined: columns.name("inline").is_some(),
        ..PastedFrame::default()
    };
    // The columns are the stack pointer and the address to return to, which lies in the next frame.
    frame.set_function(symbol);
    if let Some(line) = found.name("line") {
        frame.file = Some(found["file"].to_owned());
        frame.line = line.as_str().parse().ok();
    }
    Some(frame)
}

/// `python312.dll!set_add(PySetObject * so=0x01) Line 123`, `python26.dll!1e006c6d()`.
fn studio(text: &str) -> Option<PastedFrame> {
    let text = text.trim_start_matches(['>', ' ', '\t']);
    let (module, symbol) = text.split_once('!')?;
    let known = [".dll", ".exe", ".pyd"]
        .iter()
        .any(|end| module.ends_with(end));
    if !known || module.contains(char::is_whitespace) {
        return None;
    }
    let mut frame = PastedFrame {
        module: Some(module.to_owned()),
        ..PastedFrame::default()
    };
    let Some(start) = symbol.find('(') else {
        frame.set_function(symbol.split_whitespace().next()?);
        return Some(frame);
    };
    let list = &symbol[start..];
    let end = closing(list)?;
    let tail = STUDIO.captures(&list[end + 1..])?;
    let name = &symbol[..start];
    match hex(name).filter(|_| name.len() >= 8) {
        Some(address) => frame.address = Some(address),
        None => frame.function = function(name),
    }
    frame.arguments = arguments(&list[1..end]).into_iter().map(untyped).collect();
    frame.line = tail
        .name("line")
        .and_then(|line| line.as_str().parse().ok());
    frame.offset = tail.name("offset").and_then(|offset| hex(offset.as_str()));
    Some(frame)
}

/// `PySetObject * so=0x01` has the type before the name.
fn untyped(argument: Argument) -> Argument {
    match argument.value.split_once('=') {
        Some((front, value)) if argument.name.is_empty() => Argument {
            name: front.split_whitespace().last().unwrap_or("").to_owned(),
            value: value.to_owned(),
        },
        _ => argument,
    }
}

/// `python312+0x0`, alone or behind its address.
fn module_only(text: &str, open: bool) -> Option<PastedFrame> {
    let columns = COLUMNS.captures(text)?;
    let found = MODULE_ONLY.captures(&columns["rest"])?;
    let module = &found["module"];
    let likely =
        open || !columns["addresses"].is_empty() || module.to_lowercase().starts_with("python");
    likely.then(|| PastedFrame {
        number: columns
            .name("number")
            .and_then(|number| u32::from_str_radix(number.as_str(), 16).ok()),
        module: Some(module.to_owned()),
        module_offset: hex(&found["offset"]),
        ..PastedFrame::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;

    #[test]
    fn frames() {
        for (text, expected) in [
            (
                "00 0000001a`0f8fe8f0 00007ffb`12345678 python312!set_add+0x12 [C:\\x\\s.c @ 123]",
                "0 set_add+0x12 C:\\x\\s.c:123 [python312]",
            ),
            (
                "00 (Inline Function) --------`-------- python312!f+0x5 [C:\\o.h @ 5]",
                "0 f+0x5 C:\\o.h:5 [python312] inlined",
            ),
            (
                "0012f6b4 1e006c6d 00000001 python26!f+0x45",
                "f+0x45 [python26]",
            ),
            (
                "0000005e`1c1fe7e8 00007ff9`12345678 : 0000005e`1c1fe7e8 : ntdll!NtWait+0x14",
                "NtWait+0x14 [ntdll]",
            ),
            (
                ">\tpython312.dll!set_add(PySetObject * so=0x01, int n=2) Line 123\tC",
                "set_add(so=0x01, n=2) [python312.dll]",
            ),
            ("python26.dll!1e006c6d()", "1e006c6d ? [python26.dll]"),
            (
                "python312+0x0\npython312+0x0",
                "? [python312+0x0]; ? [python312+0x0]",
            ),
            ("Hello!world is here", ""),
            ("it crashed!", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
