//! apport (Ubuntu): the `StacktraceTop` of a report, which has frames without number and address.
//!
//! ```text
//! StacktraceTop:
//!  set_add (so=0x1) at ../Objects/setobject.c:12
//!  ?? () from /usr/lib/x.so
//! ```
//!
//! The other sections (`Stacktrace`, `ThreadStacktrace`) are gdb's text, indented by one blank.

use super::gdb::collect;
use super::gdb_frame::body;
use super::shape::{Place, Taken};
use super::{PastedFrame, ThreadLabel, Tool};

/// apport keeps 5 frames.
const FRAMES: usize = 16;

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    if place.lines[0].trimmed() != "StacktraceTop:" {
        return None;
    }
    let mut at = 1;
    let mut frames: Vec<PastedFrame> = Vec::new();
    while let Some(line) = place.lines.get(at) {
        if line.indent() == 0 || frames.len() == FRAMES {
            break;
        }
        let (text, used) = collect(&place.lines[at..], line.trimmed(), 8);
        let Some(frame) = body(&text, None, line.number) else {
            break;
        };
        frames.push(frame);
        at += used;
    }
    (!frames.is_empty()).then(|| Taken::stack(Tool::Gdb, ThreadLabel::default(), frames, at))
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;

    #[test]
    fn top_and_threads() {
        let text = "ProblemType: Crash\nCoreDump: base64\n H4sICAAAAAAC\n 7f01in\nDisassembly:\n => 0x7f01:\tmov    %rax,(%rsp)\n\
            Stacktrace:\n #0  0x1 in set_add (so=0x1)\n     at s.c:1\n         i = 0\n #1  0x2 in g ()\n No symbol table info available.\n\
            StacktraceTop:\n set_add (so=0x1) at s.c:1\n ?? () from /usr/lib/x.so\nTags: focal\n";
        assert_eq!(
            shown(text),
            "0 1 set_add(so=0x1) s.c:1; 1 2 g() | set_add(so=0x1) s.c:1; ?() [/usr/lib/x.so]"
        );
    }
}
