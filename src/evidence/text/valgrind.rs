//! valgrind (memcheck, helgrind).
//!
//! ```text
//! ==812== Invalid read of size 8
//! ==812==    at 0x4556A2: _Py_XDECREF (object.h:497)
//! ==812==    by 0x4556A3: f (in /usr/lib/x.so)
//! ==812==  Address 0x60 is 8 bytes inside a block of size 64 free'd
//! ==812==    at 0x483: free (vg_replace_malloc.c:540)
//! ==812==  Block was alloc'd at
//! ```

use super::shape::{Item, Place, Taken};
use super::syntax::{LONGEST, function, hex};
use super::{PastedFrame, StackRole, ThreadLabel, Tool};

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    let (marked, text) = unmarked(line.trimmed());
    if !(marked || text.starts_with("at 0x") || text.starts_with("by 0x")) || text.len() > LONGEST {
        return None;
    }
    if let Some(frame) = frame(text) {
        let frame = PastedFrame {
            at_line: line.number,
            ..frame
        };
        return Some(Taken::frame(frame, 1));
    }
    let (_, next) = unmarked(place.lines.get(1)?.trimmed());
    if !text.is_empty() && next.starts_with("at 0x") {
        return Some(head(text));
    }
    let over = place.open == Some(Tool::Valgrind) && marked;
    over.then_some(Taken::one(Item::End))
}

/// Cuts `==812== ` off; whether it was there.
fn unmarked(text: &str) -> (bool, &str) {
    let marked = text.strip_prefix("==").and_then(|rest| {
        let (pid, rest) = rest.split_once("==")?;
        (!pid.is_empty() && pid.len() < 12 && pid.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| rest.trim_start())
    });
    (marked.is_some(), marked.unwrap_or(text))
}

fn head(text: &str) -> Taken {
    let role = if text.ends_with("free'd") {
        StackRole::Freed
    } else if text.ends_with("alloc'd") || text.starts_with("Block was alloc'd") {
        StackRole::Allocated
    } else if text.contains("created by") || text.contains("was created") {
        StackRole::Created
    } else {
        StackRole::Running
    };
    let label = ThreadLabel {
        state: Some(text.to_owned()),
        ..ThreadLabel::default()
    };
    Taken::head(label, role)
}

/// `at 0x4556A2: f (object.h:497)`.
fn frame(text: &str) -> Option<PastedFrame> {
    let rest = text
        .strip_prefix("at ")
        .or_else(|| text.strip_prefix("by "))?;
    let (address, rest) = rest.strip_prefix("0x")?.split_once(": ")?;
    let mut frame = PastedFrame {
        address: Some(hex(address)?),
        ..PastedFrame::default()
    };
    let (name, place) = match rest
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
    {
        Some((name, place)) => (name, Some(place)),
        None => (rest, None),
    };
    // `(below main)` is a name, not a place; it may have a place too.
    let (name, place) = if name.is_empty() {
        (rest, None)
    } else {
        (name, place)
    };
    frame.function = function(name.trim_matches(['(', ')']).trim()).map(|bare| {
        if name.starts_with('(') {
            bare
        } else {
            name.to_owned()
        }
    });
    match place.map(|place| (place, place.strip_prefix("in "))) {
        Some((_, Some(module))) => frame.module = Some(module.to_owned()),
        Some((file, None)) => frame.set_place(file),
        None => {}
    }
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{labels, shown};
    use crate::evidence::{StackRole, text::read};

    #[test]
    fn stacks() {
        let text = "==8== Invalid read of size 8\n==8==    at 0x4556A2: set_add (setobject.c:497)\n\
            ==8==    by 0x4556A3: UnknownInlinedFun (object.h:12)\n==8==    by 0x4556A4: ??? (in /usr/lib/x.so)\n\
            ==8==    by 0x1: (below main) (libc-start.c:308)\n\
            ==8==  Address 0x60 is 8 bytes inside a block of size 64 free'd\n==8==    at 0x483: free (vg.c:5)\n\
            ==8==  Block was alloc'd at\n==8==    at 0x484: malloc (vg.c:6)\n==8== \n==8== HEAP SUMMARY:\n";
        assert_eq!(
            shown(text),
            "4556a2 set_add setobject.c:497; 4556a3 UnknownInlinedFun object.h:12; 4556a4 ? [/usr/lib/x.so]; \
             1 below main libc-start.c:308 | 483 free vg.c:5 | 484 malloc vg.c:6"
        );
        let roles: Vec<StackRole> = read(text.as_bytes())
            .stacks
            .iter()
            .map(|s| s.role)
            .collect();
        assert_eq!(
            roles,
            [StackRole::Running, StackRole::Freed, StackRole::Allocated]
        );
        assert!(labels(text)[0].starts_with("Invalid read of size 8: "));
    }

    #[test]
    fn marks_may_be_lost() {
        assert_eq!(
            shown("   at 0x1F: f (a.c:1)\n   by 0x2F: g (a.c:2)\n"),
            "1f f a.c:1; 2f g a.c:2"
        );
        assert_eq!(shown("we stop at 0x1F: no\nat 0x1F we stop\n"), "");
    }
}
