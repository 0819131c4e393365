//! macOS crash reports as text (ReportCrash up to macOS 11, and what `.ips` viewers print).
//!
//! ```text
//! Thread 0 Crashed:: Dispatch queue: com.apple.main-thread
//! 0   libsystem_kernel.dylib   0x00007fff6f01 __pthread_kill + 10
//! 1   org.python.python        0x0000000103f2 0x103e8e000 + 81021
//! 2   Python                   0x0000000103f3 PyEval_EvalFrameEx + 81021 (ceval.c:3110)
//! ```

use std::sync::LazyLock;

use regex::Regex;

use super::shape::{Item, Place, Taken};
use super::syntax::{LONGEST, digits, function, hex};
use super::{PastedFrame, StackRole, ThreadLabel, Tool};
use crate::pattern::regex;

static FRAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^(?P<number>\d+)\s+(?P<module>[\w.?+-]+(?: [\w.()-]+){0,3}?)\s+(?P<address>0x[0-9a-f]{8,16})",
        r"\s+(?P<symbol>\S.*?) \+ (?P<offset>\d+)(?: \((?P<place>[^()]+:\d+)\))?(?: \[\d+\])?$"
    ))
});

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    let text = line.trimmed();
    match text.as_bytes().first()? {
        b'0'..=b'9' => {
            let frame = PastedFrame {
                at_line: line.number,
                ..frame(text)?
            };
            Some(Taken::frame(frame, 1))
        }
        b'T' if text.len() < LONGEST => head(place, text),
        b'B' if text.starts_with("Binary Images:") => Some(Taken::one(Item::End)),
        _ => None,
    }
}

fn head(place: Place<'_>, text: &str) -> Option<Taken> {
    let (number, rest) = digits(text.strip_prefix("Thread ")?)?;
    let crashed = rest.starts_with(" Crashed:");
    let bare = rest.strip_prefix(" Crashed").unwrap_or(rest);
    let name = bare
        .strip_prefix(" name:")
        .or_else(|| bare.strip_prefix("::"))
        .or_else(|| bare.strip_prefix(':'))?;
    let mut next = place.lines.iter().skip(1).take(2);
    let frame_follows = next.any(|line| frame(line.trimmed()).is_some());
    if !frame_follows && place.open != Some(Tool::MacOs) {
        return None;
    }
    // `rax: 0x1` of "Thread 0 crashed with X86 Thread State" does not come here: that line has no colon behind it.
    let label = ThreadLabel {
        number: Some(number),
        name: function(name.split("Dispatch queue: ").last().unwrap_or(name)),
        current: crashed,
        state: crashed.then(|| "crashed".to_owned()),
        ..ThreadLabel::default()
    };
    Some(Taken::head(label, StackRole::Running))
}

fn frame(text: &str) -> Option<PastedFrame> {
    if text.len() > LONGEST || !text.contains("0x") || !text.contains(" + ") {
        return None;
    }
    let found = FRAME.captures(text)?;
    let mut frame = PastedFrame {
        number: Some(found["number"].parse().ok()?),
        address: hex(&found["address"]),
        module: function(&found["module"]),
        ..PastedFrame::default()
    };
    let offset = found["offset"].parse().ok();
    let symbol = &found["symbol"];
    // Without a symbol the load address of the image stands in its place.
    if symbol.starts_with("0x") || symbol == "0" {
        frame.module_offset = offset;
    } else {
        frame.function = function(symbol);
        frame.offset = offset;
    }
    if let Some(place) = found.name("place") {
        frame.set_place(place.as_str());
    }
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{labels, shown};

    #[test]
    fn threads_of_a_report() {
        let text = "Thread 0 Crashed:: Dispatch queue: com.apple.main-thread\n\
            0   libsystem_kernel.dylib        \t0x00007fff6f01e33a __pthread_kill + 10\n\
            1   org.python.python             \t0x0000000103f2a000 0x103e8e000 + 638976\n\
            2   Python                        \t0x0000000103f2b000 set_add + 81021 (setobject.c:3110)\n\n\
            Thread 1:\n0   ???                           \t0x0000000000000000 0 + 0\n\n\
            Thread 0 crashed with X86 Thread State (64-bit):\n  rax: 0x0000000000000000  rbx: 0x00000001\n\n\
            Binary Images:\n       0x103e8e000 -        0x103f2bfff +org.python.python (3.6)\n";
        assert_eq!(
            shown(text),
            "0 7fff6f01e33a __pthread_kill+0xa [libsystem_kernel.dylib]; 1 103f2a000 ? [org.python.python+0x9c000]; \
             2 103f2b000 set_add+0x13c7d setobject.c:3110 [Python] | 0 0 ?"
        );
        assert_eq!(
            labels(text)[0],
            "0 com.apple.main-thread current crashed: __pthread_kill ? set_add"
        );
    }

    #[test]
    fn listings_are_no_frames() {
        assert_eq!(
            shown("145   x = 0x123456789 + 5\n12  foo(0x12345678 + 1)\nThread 1: I saw it\n"),
            ""
        );
    }
}
