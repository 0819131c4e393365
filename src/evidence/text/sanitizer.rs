//! AddressSanitizer, MemorySanitizer, ThreadSanitizer, LeakSanitizer, UBSan, libFuzzer.
//!
//! ```text
//! ==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x6f ...
//! READ of size 8 at 0x60 thread T0
//!     #0 0x6f1d77 in f cpython/Objects/x.c:44:32
//!     #1 0x6f1d78 in g (/lib64/lib.so+0x188fdb) (BuildId: 00ff)
//!     #2 0x6f1d79 (Python:x86_64+0xb0119)
//!     #3 h x.c:12:5 (python+0x4d)                  ThreadSanitizer
//! freed by thread T0 here:
//! SUMMARY: AddressSanitizer: heap-use-after-free /x/y.c:854:5 in f
//! ```
//!
//! Heads are in [`heads`].

mod heads;

use super::PastedFrame;
use super::shape::{Place, Taken};
use super::syntax::{LONGEST, address, frame_number, function, is_name, place as file_place};
use super::{StackRole, Tool};

/// The state of a stack that a summary line gave.
pub(super) const SUMMARY: &str = "summary";

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    let text = line.trimmed();
    if text.len() > LONGEST {
        return None;
    }
    if text.starts_with('#') {
        let (number, rest) = frame_number(text)?;
        let frame = PastedFrame {
            number: Some(number),
            at_line: line.number,
            ..frame(rest, place.open == Some(Tool::Sanitizer))?
        };
        return Some(Taken::frame(frame, 1));
    }
    heads::take(place, text)
}

fn frame(text: &str, open: bool) -> Option<PastedFrame> {
    let mut frame = PastedFrame::default();
    let (rest, module) = module(text);
    let Some((address, behind)) = address(rest) else {
        // ThreadSanitizer prints no address, but a module behind every place.
        module.filter(|_| !rest.starts_with("0x"))?;
        set(&mut frame, rest, module)?;
        return Some(frame);
    };
    frame.address = Some(address);
    match behind.strip_prefix("in ") {
        Some(rest) => set(&mut frame, rest, module)?,
        None if behind.is_empty() && (module.is_some() || open) => set(&mut frame, "", module)?,
        None => return None,
    }
    Some(frame)
}

/// Cuts `(/lib64/lib.so+0x188fdb) (BuildId: 00ff)` off the end.
fn module(text: &str) -> (&str, Option<&str>) {
    let text = match text.rsplit_once(" (BuildId: ") {
        Some((front, _)) => front.trim_end(),
        None => text,
    };
    let found = text.strip_suffix(')').and_then(|front| {
        let (front, module) = front.rsplit_once('(')?;
        let known = module.contains("+0x") || module == "<unknown module>";
        (known && !module.contains([' ', '=']) || module == "<unknown module>")
            .then_some((front.trim_end(), Some(module)))
    });
    found.unwrap_or((text, None))
}

/// Takes over `f x.c:44:32` and the module.
fn set(frame: &mut PastedFrame, text: &str, module: Option<&str>) -> Option<()> {
    if let Some(module) = module {
        frame.set_module(module);
        // macOS: `Python:x86_64+0xb0119`.
        if let Some((name, "x86_64" | "x86_64h" | "arm64" | "arm64e" | "i386")) = frame
            .module
            .as_deref()
            .and_then(|module| module.rsplit_once(':'))
        {
            frame.module = Some(name.to_owned());
        }
    }
    let (name, file) = match text.rsplit_once(' ') {
        Some((name, file)) if file_place(file).is_some() || is_path(file) => (name, Some(file)),
        Some((name, "<null>")) => (name, None),
        _ => (text, None),
    };
    // gdb's frames look alike, but have a blank before their list of arguments, and "at".
    let gdb = name.ends_with(" at")
        || name.ends_with(" from")
        || name.contains('=') && !name.contains("operator");
    let list = name.contains(" (") && !name.contains("(anonymous");
    if gdb || list || (module.is_none() && file.is_none()) {
        return None;
    }
    if file.is_none() && !name.is_empty() && !is_name(name) && !name.contains(['(', '<', '+']) {
        return None;
    }
    match name.rsplit_once("+0x") {
        Some(_) => frame.set_function(name),
        None => frame.function = function(name),
    }
    if let Some(file) = file {
        frame.set_place(file);
    }
    Some(())
}

fn is_path(text: &str) -> bool {
    text.contains('/') && !text.contains(['(', ')', '=', ','])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{frames, labels, shown};

    #[test]
    fn frames_of_every_kind() {
        for (text, expected) in [
            (
                "#0 0x6f in set_add cpython/Objects/s.c:44:32",
                "0 6f set_add cpython/Objects/s.c:44:32",
            ),
            ("    #0 0x6f in set_add s.c:458", "0 6f set_add s.c:458"),
            ("#0 0x6f (Python:x86_64+0xb0)", "0 6f ? [Python+0xb0]"),
            (
                "#0 0x6f in f (/lib64/l.so+0x18) (BuildId: 00ff)",
                "0 6f f [/lib64/l.so+0x18]",
            ),
            ("#0 0x6f (l.so+0x1)", "0 6f ? [l.so+0x1]"),
            ("#0 0x6f  (<unknown module>)", "0 6f ?"),
            ("#0 f s.c:4:5 (python+0x4d)", "0 f s.c:4:5 [python+0x4d]"),
            ("#0 malloc <null> (python+0x4d)", "0 malloc [python+0x4d]"),
            (
                "#0 0x6f in fuzzer::Run(unsigned char const*, unsigned long) /l/F.cpp:61:15",
                "0 6f fuzzer::Run(unsigned char const*, unsigned long) /l/F.cpp:61:15",
            ),
            ("#0 0x6f in f Parser/p.c:0", "0 6f f Parser/p.c"),
            (
                "  | #0 0x6f in f a.c:1:2\n  | #1 0x6f in g a.c:3:4",
                "0 6f f a.c:1:2 inlined; 1 6f g a.c:3:4",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn stacks_of_a_report() {
        let text = "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x6f bp 0x1 sp 0x2\n\
            READ of size 8 at 0x60 thread T0\n    #0 0x1 in f a.c:1:2\n    #1 0x2 in g a.c:3:4\n\n\
            0x60 is located 0 bytes inside of 8-byte region [0x60,0x68)\nfreed by thread T0 here:\n    #0 0x3 in free (py+0x1)\n\n\
            previously allocated by thread T1 here:\n    #0 0x4 in malloc (py+0x2)\n\n\
            Thread T1 created by T0 here:\n    #0 0x5 in pthread_create (py+0x3)\n\n\
            SUMMARY: AddressSanitizer: heap-use-after-free a.c:1:2 in f\n\
            Shadow bytes around the buggy address:\n  0x0c52: fa fa fa fa\n==7==ABORTING\n";
        assert_eq!(
            labels(text),
            [
                "0 current heap-use-after-free: f",
                "0: free",
                "1: malloc",
                "1: pthread_create"
            ]
            .map(|label| label.replace(
                ": f",
                if label.contains("after") {
                    ": f g"
                } else {
                    ": f"
                }
            ))
        );
    }

    #[test]
    fn single_lines() {
        for (text, expected) in [
            (
                "SUMMARY: AddressSanitizer: heap-use-after-free /x/s.c:854:5 in set_add",
                "set_add /x/s.c:854:5",
            ),
            (
                "AddressSanitizer: heap-buffer-overflow /src/s.c:4:28 in set_add",
                "set_add /src/s.c:4:28",
            ),
            (
                "Objects/s.c:12:3: runtime error: signed integer overflow: 1 + 2",
                "? Objects/s.c:12:3",
            ),
            (
                "s.c:12:3: runtime error: null pointer\n    #0 0x1 in f s.c:12:3\n",
                "0 1 f s.c:12:3",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        for text in [
            "SUMMARY: AddressSanitizer: 12 byte(s) leaked in 1 allocation(s).",
            "#0 0x6f in f (a=1, b=x.c:3",
        ] {
            assert!(
                frames(text).iter().all(|frame| frame.contains('(')),
                "{text}"
            );
        }
    }
}
