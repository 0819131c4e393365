//! `py-bt` and `py-bt-full` of the gdb extension that CPython carries (`Tools/gdb/libpython.py`, 3.2 and later).
//!
//! ```text
//! Traceback (most recent call first):
//!   Waiting for the GIL
//!   <built-in method acquire of _thread.lock object at remote 0x7f52>
//!   File "/x.py", line 12, in g
//!     lock.acquire()
//! #7 Frame 0x7f52, for file /x.py, line 12, in g (n=600, self=<Box(n=3) at remote 0x7f53>)
//! ```

use super::lines::Line;
use super::python_line::{arguments, cut, deeper, depth, ends_as_head, file_line, marker};
use super::shape::{Head, Item, Place, Taken};
use super::traceback::ends_traceback;
use super::{FrameKind, PastedFrame, Tool};

/// Functions that nothing in Python calls: a stack that ends with one stands innermost first.
const OUTERMOST: [&str; 4] = ["<module>", "_bootstrap", "_run_module_as_main", "_run_code"];

/// What the extension prints for frames that it cannot name, and between frames.
const STATES: [&str; 7] = [
    "Waiting for the GIL",
    "Garbage-collecting",
    "(frame information optimized out)",
    "(unable to read python frame information)",
    "Unable to read information on python frame",
    "PyCFunction invocation",
    "<",
];

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    if ends_as_head(&line.text, "Traceback (most recent call first)") {
        return Some(Taken::one(Item::Head(Head {
            same_thread: true,
            ..Head::default()
        })));
    }
    let open = place.open == Some(Tool::PyBt);
    if let Some(found) = file_line(&line.text).filter(|found| found.comma) {
        let ours = match place.open {
            Some(Tool::PyBt) => found.function.is_some(),
            Some(Tool::Traceback) => false,
            _ => found.leads() && found.function.is_some() && innermost_first(place.lines),
        };
        return ours.then(|| with_source(found.frame(line.number), place.lines));
    }
    if let Some(frame) = numbered(line, open) {
        return Some(match frame.kind {
            FrameKind::Python => with_source(frame, place.lines),
            _ => Taken::frame(frame, 1),
        });
    }
    open.then(|| within(line)).flatten().map(Taken::one)
}

fn within(line: &Line<'_>) -> Option<Item> {
    let text = line.trimmed();
    if let Some(gap) = cut(text) {
        return Some(Item::Gap(gap));
    }
    state(text).then(|| Item::Frame(Box::new(marker(text, line.number))))
}

fn state(text: &str) -> bool {
    STATES.iter().any(|start| text.starts_with(start))
        && (!text.starts_with('<') || text.ends_with('>'))
}

/// The extension prints one source line, stripped, or none where the file is not there.
fn with_source(mut frame: PastedFrame, lines: &[Line<'_>]) -> Taken {
    let own = depth(&lines[0].text);
    frame.source = lines
        .get(1)
        .filter(|next| deeper(&[(*next).clone()], own) == 1)
        .map(|next| next.trimmed())
        .filter(|next| !state(next) && file_line(next).is_none())
        .map(str::to_owned);
    let taken = 1 + usize::from(frame.source.is_some());
    // Python 3.11 and later lose the line number of frames that have not begun.
    frame.source = frame
        .source
        .filter(|text| text != "(failed to get frame line number)");
    Taken::frame(frame, taken)
}

/// A line of `py-bt-full`, which counts with gdb's numbers and repeats one for frames of one interpreter loop.
fn numbered(line: &Line<'_>, open: bool) -> Option<PastedFrame> {
    let (number, rest) = line.trimmed().strip_prefix('#')?.split_once(' ')?;
    let number = number.parse().ok()?;
    let rest = rest.trim_start();
    let mut frame = if let Some(text) = rest.strip_prefix("Frame 0x") {
        let (_, text) = text.split_once(", for file ")?;
        let (file, text) = text.split_once(", line ")?;
        let (at, text) = text.split_once(", in ")?;
        let (function, values) = text.split_once(" (").unwrap_or((text, ""));
        PastedFrame {
            kind: FrameKind::Python,
            function: Some(function.to_owned()),
            file: Some(file.to_owned()),
            line: at.parse().ok(),
            arguments: arguments(
                values
                    .trim_end_matches("...(truncated)")
                    .trim_end_matches(')'),
            ),
            at_line: line.number,
            ..PastedFrame::default()
        }
    } else if state(rest) && (open || rest.starts_with("<built-in")) {
        marker(rest, line.number)
    } else {
        return None;
    };
    frame.number = Some(number);
    Some(frame)
}

/// Whether frames without a head stand innermost first. Tracebacks are pasted without their head too (`traceback.rs`),
/// so only a known outermost function at the end, and none at the beginning, says so.
///
/// The run ends where the stack would: what is looked at here is then taken, so that no line is looked at twice.
fn innermost_first(lines: &[Line<'_>]) -> bool {
    const QUIET: usize = 3;
    let outermost = |name: &str| OUTERMOST.contains(&name);
    let (mut first, mut last, mut quiet, mut column) = (None, None, 0, 0);
    for line in lines {
        match file_line(&line.text).and_then(|found| found.function) {
            Some(function) => {
                first = first.or(Some(function));
                last = Some(function);
                quiet = 0;
                column = depth(&line.text);
            }
            None => quiet += 1,
        }
        let ends = depth(&line.text) <= column && ends_traceback(line.trimmed()).is_some();
        let over = line.text.is_empty() || ends;
        if over || quiet == QUIET {
            break;
        }
    }
    last.is_some_and(outermost) && !first.is_some_and(outermost)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn states_built_ins_and_sources() {
        let stacks = read(
            b"(gdb) py-bt\nTraceback (most recent call first):\n  Waiting for the GIL\n  <built-in method pop of list \
              object at remote 0x7f52>\n  File \"/srv/a.py\", line 7, in spin\n    while pop(): pass\n  File \
              \"/srv/a.py\", line ?, in <module>\n    (failed to get frame line number)\n  (frame information \
              optimized out)\n  ...\n```\n",
        )
        .stacks;
        assert_eq!(stacks.len(), 1);
        let frames = &stacks[0].frames;
        let names: Vec<_> = frames
            .iter()
            .map(|f| f.function.as_deref().unwrap_or("?"))
            .collect();
        assert_eq!(
            names,
            [
                "Waiting for the GIL",
                "built-in method pop of list object",
                "spin",
                "<module>",
                "frame information optimized out"
            ]
        );
        assert_eq!(frames[2].source.as_deref(), Some("while pop(): pass"));
        assert_eq!((frames[3].line, frames[3].source.as_deref()), (None, None));
        assert_eq!(stacks[0].gaps.len(), 1);
    }

    #[test]
    fn full_stacks_have_no_head_of_their_own() {
        let stacks = read(
            b"Traceback (most recent call first):\n  File \"/srv/a.py\", line 5, in spin\n#3 Frame 0x7f, for file \
              /srv/a.py, line 7, in spin (n=(1, 2), s='a, b')\n    pop()\n#3 Frame 0x7e, for file /srv/a.py, line 9, \
              in <module> ()\n#9 <built-in method exec of module object at remote 0x1>\n#2 Frame 0x7d, for file \
              /srv/b.py, line 1, in idle (self=<A(x=1...(truncated)\n",
        )
        .stacks;
        let sizes: Vec<_> = stacks.iter().map(|stack| stack.frames.len()).collect();
        assert_eq!(sizes, [1, 3, 1]);
        assert_eq!(stacks[1].frames[0].arguments.len(), 2);
        assert!(stacks[1].gaps.is_empty());
    }

    #[test]
    fn order_of_frames_without_head() {
        for (text, tool, first) in [
            (
                "  File \"a.py\", line 1, in f\n    x\n  File \"a.py\", line 9, in <module>\n",
                Tool::PyBt,
                "f",
            ),
            (
                "  File \"a.py\", line 9, in <module>\n  File \"a.py\", line 1, in f\n",
                Tool::Traceback,
                "f",
            ),
            (
                "  File \"a.py\", line 9, in g\n  File \"a.py\", line 1, in f\n",
                Tool::Traceback,
                "f",
            ),
        ] {
            let stacks = read(text.as_bytes()).stacks;
            assert_eq!(stacks.len(), 1, "{text}");
            assert_eq!(stacks[0].tool, tool, "{text}");
            assert_eq!(
                stacks[0].frames[0].function.as_deref(),
                Some(first),
                "{text}"
            );
        }
    }
}
