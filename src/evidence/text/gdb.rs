//! gdb: `bt`, `bt full`, `thread apply all bt`, `up` and `frame N`, and what prints the same (pstack, gstack, apport,
//! ABRT's `backtrace`).
//!
//! ```text
//! #0  0x00007f01 in f (a=a@entry=1, b=<optimized out>) at Objects/x.c:12
//! #1  g (c=...)                       no address: frame 0 was inlined into g
//!     at Objects/y.c:97               wrapped
//! #2  0x00007f02 in ?? () from /lib/x.so
//! #3  <signal handler called>
//! 0x00007f01 in f (a=1) at x.c:12     a stop
//! Backtrace stopped: previous frame identical to this frame (corrupt stack?)
//! ```
//!
//! Heads are in [`super::gdb_heads`], what stands within a frame is read by [`super::gdb_frame`]. Formats of gdb 6 to 16.

use super::gdb_frame::body;
use super::lines::Line;
use super::shape::{Item, Place, Taken};
use super::syntax::{
    Brackets, address, begins_argument, digits, frame_number, is_name, place as file_place,
};

/// How many lines a numbered frame may span: a pretty-printed dict can be long.
const LINES: usize = 64;

/// The same where only the look of the whole tells a frame from prose.
const LINES_UNNUMBERED: usize = 8;

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let text = typed(place.lines[0].trimmed());
    match text.as_bytes().first()? {
        b'#' => {
            let (number, rest) = frame_number(text)?;
            framed(place.lines, rest, Some(number), LINES)
        }
        b'0' if text.starts_with("0x") => {
            let rest = address(text)?.1;
            let stop = rest.starts_with("in ") && rest.contains(" (");
            stop.then(|| framed(place.lines, text, Some(0), LINES_UNNUMBERED))?
        }
        // The `#` of frame 0 is lost where the paste began behind it.
        b'0' => {
            let (number, rest) = digits::<u32>(text)?;
            let rest = rest.strip_prefix("  ")?.trim_start();
            let rest_is_frame = number == 0 && (rest.starts_with("0x") || named(rest));
            rest_is_frame.then(|| sure(place.lines, rest))?
        }
        b'B' | b'(' | b'N' | b'.' => remark(text),
        _ => named(text).then(|| sure(place.lines, text))?,
    }
}

/// The text behind prompts and behind a command that the output was glued to.
pub(super) fn typed(mut text: &str) -> &str {
    while let Some(rest) = ["(gdb)", ">>> ", "=> "]
        .iter()
        .find_map(|prompt| text.strip_prefix(prompt))
    {
        text = rest.trim_start();
    }
    if let Some(rest) = text
        .strip_prefix("bt")
        .filter(|rest| rest.starts_with("0x"))
    {
        return rest;
    }
    // `Breakpoint 1, f (a=1) at x.c:2`, `Thread 2 "python" hit Breakpoint 1, f (a=1) at x.c:2`.
    match text.split_once("reakpoint ") {
        Some((front, rest)) if front.len() < 80 && (front == "B" || front.contains(" hit ")) => {
            rest.split_once(", ").map_or(text, |(_, frame)| frame)
        }
        _ => text,
    }
}

/// Whether `name (` stands here, followed by what an argument list can begin with.
fn named(text: &str) -> bool {
    text.split_once(" (").is_some_and(|(name, list)| {
        name.len() < 256
            && is_name(name)
            && (list.starts_with(')')
                || list.is_empty()
                || begins_argument(list)
                || list.starts_with("Python Exception"))
    })
}

/// A line without a number is a frame only where it says its place in a source file too.
fn sure(lines: &[Line<'_>], text: &str) -> Option<Taken> {
    let (text, used) = collect(lines, text, LINES_UNNUMBERED);
    let frame = body(&text, Some(0), lines[0].number)?;
    let placed = frame.file.is_some() && frame.line.is_some();
    (placed || frame.address.is_some()).then(|| Taken::frame(frame, used))
}

fn framed(lines: &[Line<'_>], text: &str, number: Option<u32>, most: usize) -> Option<Taken> {
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric() || "_<$?~(".contains(c)) {
        return None;
    }
    let (text, used) = collect(lines, text, most);
    let frame = body(&text, number, lines[0].number)?;
    Some(Taken::frame(frame, used))
}

/// Puts a wrapped frame together: the text, and how many lines it took.
pub(super) fn collect(lines: &[Line<'_>], first: &str, most: usize) -> (String, usize) {
    let mut text = String::new();
    let mut brackets = Brackets::default();
    append(&mut text, &mut brackets, first);
    let mut used = 1;
    for line in lines.iter().take(most).skip(1) {
        let next = line.trimmed();
        if ended(&text) || next.is_empty() || begins_item(next) {
            break;
        }
        let list_missing = !text.contains('(') && next.starts_with('(');
        if brackets.open() {
            if !is_noise(next) {
                append(&mut text, &mut brackets, next);
            }
        } else if list_missing || text.ends_with(" at") || next == "at" || is_place(next) {
            append(&mut text, &mut brackets, next);
        } else {
            break;
        }
        used += 1;
    }
    (text, used)
}

fn append(text: &mut String, brackets: &mut Brackets, part: &str) {
    // gdb's own errors are printed between the arguments, at the end of a line.
    let part = part
        .find("Python Exception <")
        .map_or(part, |at| part[..at].trim_end());
    let blank = if text.is_empty() || text.ends_with('(') {
        ""
    } else {
        " "
    };
    for piece in [blank, part] {
        piece.bytes().for_each(|byte| brackets.step(byte));
        text.push_str(piece);
    }
}

/// Whether the text ends like a whole frame: `) at x.c:12` or `) from /lib/x.so`.
fn ended(text: &str) -> bool {
    text.rsplit_once(' ').is_some_and(|(front, last)| {
        (front.ends_with(") at") && file_place(last).is_some()) || front.ends_with(") from")
    })
}

fn is_place(text: &str) -> bool {
    let behind = |word| {
        text.strip_prefix(word)
            .filter(|rest: &&str| !rest.starts_with('='))
    };
    behind("at ").is_some_and(|rest| file_place(rest).is_some())
        || behind("from ").is_some_and(|rest| rest.contains('/'))
}

/// Whether a line cannot go on with the frame before.
fn begins_item(text: &str) -> bool {
    frame_number(text).is_some()
        || [
            "(gdb)",
            ">>> ",
            "Thread ",
            "[Switching",
            "[Current",
            "Backtrace stopped",
            "No locals",
            "(More stack",
        ]
        .iter()
        .any(|start| text.starts_with(start))
}

fn is_noise(text: &str) -> bool {
    [
        "Python Exception <",
        "--Type <",
        "warning: ",
        "---Type <",
        "During symbol reading",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

/// What gdb says of frames that it does not show.
fn remark(text: &str) -> Option<Taken> {
    if let Some(why) = text.strip_prefix("Backtrace stopped: ") {
        return Some(Taken::gap(&format!("backtrace stopped: {why}"), None));
    }
    if text.starts_with("(More stack frames follow") {
        return Some(Taken::gap("more stack frames follow", None));
    }
    if text.starts_with("No locals.") || text.starts_with("No symbol table info") {
        return Some(Taken::one(Item::Noise));
    }
    text.starts_with("Backtrace limit of")
        .then(|| Taken::gap("backtrace limit of gdb", None))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{frames, shown};

    #[test]
    fn frames_of_every_kind() {
        for (text, expected) in [
            (
                "#0  0x00007f01 in list_pop (self=self@entry=0x7f02, i=<optimised out>) at Objects/listobject.c:97",
                "0 7f01 list_pop(self=0x7f02, i=<optimised out>) Objects/listobject.c:97",
            ),
            (
                "#1  long_add (a=1, b=2) at a.c:9",
                "1 long_add(a=1, b=2) a.c:9",
            ),
            ("#0  long_add () at a.c:9", "0 long_add() a.c:9"),
            ("#2  0x7f in ?? () from /lib/x.so", "2 7f ?() [/lib/x.so]"),
            ("# 57 0x10a in main ()", "57 10a main()"),
            (
                "#3  <signal handler called>",
                "3 signal handler called signal",
            ),
            ("(gdb) #4  0x1 in f ()", "4 1 f()"),
            (
                "(gdb) bt\n0  set_add (so=0x1) at s.c:3\n#1  0x2 in g ()",
                "0 set_add(so=0x1) s.c:3; 1 2 g()",
            ),
            (
                "bt0x000055 in set_add (so=0x1) at s.c:3",
                "0 55 set_add(so=0x1) s.c:3",
            ),
            ("set_add (so=0x1) at /x/s.c:3", "0 set_add(so=0x1) /x/s.c:3"),
            (
                "#5  0x1 in f (a=1) at x.c:2#6  0x3 in g (b=2) at y.c:4",
                "5 1 f(a=1) x.c:2; 6 3 g(b=2) y.c:4",
            ),
            (
                "#1  0x1 in f (a='cut...(truncated), b=2) at x.c:2",
                "1 1 f(a='cut...(truncated), b=2) x.c:2",
            ),
            (
                "#1  0x1 in f (a=(1, {2, b=2) at x.c:2",
                "1 1 f(a=(1, {2, b=2) x.c:2",
            ),
            (
                "#1  0x1 in std::map<int, int>::find (this=0x1, k=2) at m.h:5",
                "1 1 std::map<int, int>::find(this=0x1, k=2) m.h:5",
            ),
            ("#1  0x1 in run", "1 1 run()"),
        ] {
            assert_eq!(frames(text).join("; "), expected, "{text}");
        }
    }

    #[test]
    fn a_traceback_within_the_arguments_is_no_head() {
        let text = "#0  0x1 in call (args=('Traceback (most recent call last):\\n  File \"a.py\", line 1, in f', \
                    'Current thread 0x01 (most recent call first):\\n'), n=2) at a.c:1\n#1  0x2 in main () at a.c:2\n";
        let stacks = crate::evidence::text::read(text.as_bytes()).stacks;
        let frames: Vec<_> = stacks
            .iter()
            .flat_map(|stack| &stack.frames)
            .map(|frame| frame.function.as_deref())
            .collect();
        assert_eq!(
            (stacks.len(), frames),
            (1, vec![Some("call"), Some("main")])
        );
    }

    #[test]
    fn a_frame_without_address_holds_the_one_before() {
        let text = "#0  0x1 in leaf (a=1) at a.c:1\n#1  0x2 in inner () at a.c:2\n\
                    #2  outer () at a.c:3\n#3  0x3 in caller () at a.c:4\n";
        let stacks = crate::evidence::text::read(text.as_bytes()).stacks;
        let inlined: Vec<bool> = stacks[0].frames.iter().map(|frame| frame.inlined).collect();
        assert_eq!(inlined, [false, true, false, false]);
    }

    #[test]
    fn wrapped_frames() {
        for (text, expected) in [
            ("#1  0x1 in f (a=1)\n    at x.c:2", "1 1 f(a=1) x.c:2"),
            (
                "#1  0x1 in f\n    (a=1,\n    b=2)\n    at\n    x.c:2",
                "1 1 f(a=1, b=2) x.c:2",
            ),
            (
                "#2  0x1 in f (Python Exception <class 'gdb.error'>: no member.\no=, n='k', \n--Type <RET> for more--\nd=0) at x.h:1\n133\t./x.h: Directory not empty.",
                "2 1 f(o=, n='k', d=0) x.h:1",
            ),
            ("#1  f (a=1,\n#2  0x1 in g ()", "1 f(a=1); 2 1 g()"),
            (
                "#1  0x1 in f (a=1)\n        at = 0x7\n        b = 3\nNo locals.\n#2  0x2 in g ()",
                "1 1 f(a=1); 2 2 g()",
            ),
        ] {
            assert_eq!(frames(text).join("; "), expected, "{text}");
        }
    }

    #[test]
    fn other_lines_are_no_frames() {
        for text in [
            "1461\t  return f (a, b);",
            "        opcode_targets = {0x55 <_PyEval_EvalFrameDefault+19>, 0x56 <f+1>}",
            "#3 fix (see below)",
            "#12345 (comment)",
            "rax            0x0                 0",
            "   0x00007f01 <+4>:\tmov    %rax,(%rsp)",
            "=> 0x00007f01 <f+4>:\tret",
            "we call foo (bar) at the end",
            "#define X (a=1)",
            "0x7f01:\t0x00000000\t0x00000001",
            "$1 = (PyObject *) 0x7f01",
        ] {
            assert_eq!(frames(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn remarks_on_missing_frames() {
        let text =
            "#0  0x1 in f ()\n#1  0x2 in g ()\nBacktrace stopped: frame did not save the PC\n";
        assert_eq!(
            shown(text),
            "0 1 f(); 1 2 g(); gap 2 backtrace stopped: frame did not save the PC"
        );
        let text = "#0  0x1 in f ()\n(More stack frames follow...)";
        assert_eq!(shown(text), "0 1 f(); gap 1 more stack frames follow");
    }
}
