//! gdb-dashboard (<https://github.com/cyrus-and/gdb-dashboard>): its Stack and Threads panels.
//!
//! ```text
//! ─── Stack ──────
//! [0] from 0x00007f01 in set_add+12 at /x/setobject.c:350
//! [+]
//! ─── Threads ────
//! [2] id 812 name python3 from 0x00007f02 in f+42 at ../x.h:320
//! ```
//!
//! The other panels (Assembly, Registers, Source) have no line that begins like these.

use super::shape::{Item, Place, Taken};
use super::syntax::{address, digits};
use super::{PastedFrame, ThreadLabel, Tool};

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    let text = line.trimmed();
    let open = place.open == Some(Tool::GdbDashboard);
    let Some(rest) = text.strip_prefix('[') else {
        // The rule of the next panel, in box characters or what became of them on the way.
        let rule = open && !text.is_ascii();
        return rule.then_some(Taken::one(Item::End));
    };
    if text == "[+]" {
        return open.then(|| Taken::gap("gdb-dashboard shows the first frames only", None));
    }
    let (number, rest) = digits(rest)?;
    let rest = rest.strip_prefix("] ")?;
    if rest.starts_with("from 0x") {
        let frame = PastedFrame {
            number: Some(number),
            at_line: line.number,
            ..frame(rest)?
        };
        return Some(Taken::frame(frame, 1));
    }
    let thread = rest.strip_prefix("id ")?;
    let (label, rest) = thread.split_once(" from ")?;
    let (tid, name) = digits(label)?;
    let frame = PastedFrame {
        at_line: line.number,
        ..frame(thread.get(thread.len() - rest.len() - 5..)?)?
    };
    let label = ThreadLabel {
        number: Some(number),
        tid: Some(tid),
        name: name.trim().strip_prefix("name ").map(str::to_owned),
        ..ThreadLabel::default()
    };
    Some(Taken::row(Tool::GdbDashboard, label, frame, 1))
}

/// `from 0x00007f01 in set_add+12 at /x/setobject.c:350`.
fn frame(text: &str) -> Option<PastedFrame> {
    let (address, rest) = address(text.strip_prefix("from ")?)?;
    let mut frame = PastedFrame {
        address: Some(address),
        ..PastedFrame::default()
    };
    let Some(rest) = rest.strip_prefix("in ") else {
        return rest.is_empty().then_some(frame);
    };
    if let Some((function, file)) = rest.rsplit_once(" at ") {
        frame.set_function(function);
        frame.set_place(file);
    } else if let Some((function, module)) = rest.rsplit_once(" from ") {
        frame.set_function(function);
        frame.set_module(module);
    } else {
        frame.set_function(rest);
    }
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{labels, shown};

    #[test]
    fn stack_and_threads() {
        let text = "─── Assembly ───\n 0x00007f01  set_add+0  mov    0x28(%rdi),%rax\n\
            ─── Registers ───\n   rax 0x00007f01   rbx 0x00007f02\n─── Source ───\n 350>     f(self);\n\
            â”€ Stack â”€â\n[0] from 0x00007f01 in set_add+12 at /x/setobject.c:350\n\
            [1] from 0x00007f02 in f+1 from /lib/x.so\n[+]\n\
            ─── Threads ───\n[2] id 812 name python3 from 0x7f05 in wait+42 at ../x.h:320\n";
        assert_eq!(
            shown(text),
            "0 7f01 set_add+0xc /x/setobject.c:350; 1 7f02 f+0x1 [/lib/x.so]; \
             gap 2 gdb-dashboard shows the first frames only | 7f05 wait+0x2a ../x.h:320"
        );
        assert_eq!(labels(text)[1], "2 tid 812 python3: wait");
    }
}
