//! `coredumpctl info` and the journal's entry of systemd-coredump.
//!
//! ```text
//! Stack trace of thread 812:
//! #0  0x00007f01 set_add (libpython3.9.so.1.0 + 0x18d57e)      systemd 234 and later
//! #1  0x00007f02 n/a (/usr/bin/python3.9 + 0x12)
//! #2  0x00007f03 _start (python3.9)                            systemd before 234
//! ELF object binary architecture: AMD x86-64
//! ```

use super::shape::{Item, Place, Taken};
use super::syntax::{address, digits, frame_number, function, is_name};
use super::{PastedFrame, StackRole, ThreadLabel, Tool};

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    let text = line.trimmed();
    let open = place.open == Some(Tool::Coredumpctl);
    match text.as_bytes().first()? {
        b'#' => frame(text, open, line.number),
        b'E' | b'M' if open => {
            let over = text.starts_with("ELF object") || text.starts_with("Module ");
            over.then_some(Taken::one(Item::End))
        }
        // The word "Message:" or "Found module" may stand on the head's line.
        b'S' | b'M' => head(text),
        _ => None,
    }
}

fn head(text: &str) -> Option<Taken> {
    let (_, rest) = text.split_once("Stack trace of thread ")?;
    let (tid, rest) = digits(rest)?;
    let label = ThreadLabel {
        tid: Some(tid),
        ..ThreadLabel::default()
    };
    (rest == ":").then(|| Taken::head(label, StackRole::Running))
}

fn frame(text: &str, open: bool, at_line: usize) -> Option<Taken> {
    let (number, rest) = frame_number(text)?;
    let (address, rest) = address(rest)?;
    let mut frame = PastedFrame {
        number: Some(number),
        address: Some(address),
        at_line,
        ..PastedFrame::default()
    };
    match rest
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
    {
        Some((name, module)) => {
            let known =
                module.contains(" + 0x") || (!module.contains('=') && module.len() > 1 && open);
            if !known || name.starts_with("in ") {
                return None;
            }
            frame.function = function(name);
            frame.set_module(module);
        }
        None if open && (rest.is_empty() || rest == "n/a" || is_name(rest)) => {
            frame.function = function(rest);
        }
        None => return None,
    }
    Some(Taken::frame(frame, 1))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{labels, shown};

    #[test]
    fn frames_and_threads() {
        let text = "       Message: Process 812 (python3) of user 1000 dumped core.\n\n\
            \x20               Module libc.so.6 with build-id 00ff\n\
            \x20               Stack trace of thread 812:\n\
            \x20               #0  0x00007f01 set_add (libpython3.9.so.1.0 + 0x18d)\n\
            \x20               #1  0x00007f02 n/a (/usr/bin/python3.9 + 0x12)\n\
            \x20               #2  0x00007f03 _start (python3.9)\n\
            \x20               #3  0x0000000000000000 n/a (n/a + 0x0)\n\
            \x20               #4  0x00007f04 main\n\n\
            \x20               Stack trace of thread 813:\n\
            \x20               #0  0x00007f05 wait (libc.so.6 + 0x1)\n\
            \x20               ELF object binary architecture: AMD x86-64\n";
        assert_eq!(
            shown(text),
            "0 7f01 set_add [libpython3.9.so.1.0+0x18d]; 1 7f02 ? [/usr/bin/python3.9+0x12]; \
             2 7f03 _start [python3.9]; 3 0 ?; 4 7f04 main | 0 7f05 wait [libc.so.6+0x1]"
        );
        assert_eq!(labels(text)[1], "tid 813: wait");
    }

    #[test]
    fn the_cap_of_64_frames_is_a_gap() {
        let text: String = (0..64)
            .map(|i| format!("#{i}  0x00007f{i:02x} f (x.so + 0x{i})\n"))
            .collect();
        assert!(shown(&text).ends_with("gap 64 systemd-coredump shows at most 64 frames"));
        assert!(!shown(&text.replace("#63 ", "no ")).contains("gap"));
    }

    #[test]
    fn syslog_escapes() {
        let text = "Stack trace of thread 8:#012#0  0x1 f (a.so + 0x1)#012#1  0x2 g (a.so + 0x2)";
        assert_eq!(labels(text), ["tid 8: f g"]);
    }
}
