//! Python's own tracebacks, outermost first, from 2.x to the coloured ones of 3.13, and those of exception groups.
//!
//! ```text
//!   + Exception Group Traceback (most recent call last):
//!   |   File "/x.py", line 12, in g
//!   |     h(1)
//!   |     ~^^^
//!   |   [Previous line repeated 996 more times]
//!   | ExceptionGroup: two of them (2 sub-exceptions)
//!   +-+---------------- 1 ----------------
//! ```

use super::lines::Line;
use super::python_line::{FileLine, cut, depth, ends_as_head, file_line};
use super::shape::{Head, Item, Place, Taken};
use super::{Gap, PastedFrame, ThreadLabel, Tool};

/// Lines under one frame: 3.13 shows up to five of a statement, each with its marks, and more stand for locals.
const MOST_UNDER_FRAME: usize = 64;

/// The lines that CPython prints between a chained exception and the next.
const CHAINED: [&str; 2] = [
    "During handling of the above exception, another exception occurred",
    "The above exception was the direct cause of the following exception",
];

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    if let Some(taken) = head(place.lines) {
        return Some(taken);
    }
    if CHAINED.iter().any(|words| line.text.contains(words)) {
        return Some(Taken::one(Item::Caused));
    }
    let open = place.open == Some(Tool::Traceback);
    if let Some(found) = file_line(&line.text) {
        let ours = found.comma
            && (open || found.leads())
            && (found.function.is_some() || open || syntax_error(place.lines));
        return ours.then(|| frame(&found, place.lines));
    }
    open.then(|| within(line)).flatten().map(Taken::one)
}

fn head(lines: &[Line<'_>]) -> Option<Taken> {
    let opens = |line: &Line<'_>| {
        ends_as_head(&line.text, "(most recent call last)")
            && ["Traceback (", "Stack ("]
                .iter()
                .any(|start| line.text.contains(start))
    };
    let head = |thread| {
        Item::Head(Head {
            thread,
            outermost_first: true,
            ..Head::default()
        })
    };
    if opens(&lines[0]) {
        return Some(Taken::one(head(ThreadLabel::default())));
    }
    // `Exception in thread Thread-1 (work):` stands right above the head.
    let name = lines[0].trimmed().strip_prefix("Exception in thread ")?;
    lines.get(1).filter(|next| opens(next)).map(|_| Taken {
        item: head(ThreadLabel {
            name: Some(name.trim_end_matches(':').to_owned()),
            ..ThreadLabel::default()
        }),
        lines: 2,
    })
}

/// What stands between frames and below the last.
fn within(line: &Line<'_>) -> Option<Item> {
    let text = &line.text[depth(&line.text)..];
    if let Some(more) = repeated(text) {
        return Some(Item::Gap(Gap {
            at: 0,
            count: Some(more),
            why: "the previous line is repeated".to_owned(),
        }));
    }
    if let Some(gap) = cut(text) {
        return Some(Item::Gap(gap));
    }
    // twisted's `--- <exception caught here> ---` stands between frames, and so do sources that a blank line parts
    // from their frame.
    let ends = ends_traceback(text).is_some();
    if text.starts_with("--- <") || (line.indent() >= 4 && !ends && !text.starts_with("+-")) {
        return Some(Item::Noise);
    }
    (ends || text.starts_with("+-")).then_some(Item::End)
}

/// The line below the last frame: type and message of `pkg.SomeError: what happened`.
pub(super) fn ends_traceback(text: &str) -> Option<(&str, Option<&str>)> {
    let (name, message) = match text.split_once(':') {
        Some((name, message)) if message.is_empty() || message.starts_with(' ') => {
            (name, Some(message.trim()))
        }
        Some(_) => return None,
        None => (text, None),
    };
    let named = name.len() < 200
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.split('.').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '<' | '>'))
        });
    named.then_some((name, message.filter(|message| !message.is_empty())))
}

fn frame(found: &FileLine<'_>, lines: &[Line<'_>]) -> Taken {
    let mut frame = found.frame(lines[0].number);
    let under = source(&mut frame, found, &lines[1..]);
    let more = lines.get(1 + under).and_then(|line| repeated(&line.text));
    frame.repeated = more.unwrap_or(0);
    Taken::frame(frame, 1 + under + usize::from(more.is_some()))
}

/// Takes the source line from below the frame; how many lines stand there with marks and further lines.
fn source(frame: &mut PastedFrame, found: &FileLine<'_>, lines: &[Line<'_>]) -> usize {
    let bare = |line: &Line<'_>| {
        line.text
            .strip_prefix(found.prefix)
            .unwrap_or(&line.text)
            .trim_start_matches([' ', '\t', '|'])
            .to_owned()
    };
    let depth_of = |line: &Line<'_>| match line.text.strip_prefix(found.prefix) {
        Some(rest) => found.prefix.len() + depth(rest),
        None => depth(&line.text),
    };
    let under = lines
        .iter()
        .take(MOST_UNDER_FRAME)
        .take_while(|line| {
            let here = depth_of(line);
            here > found.prefix.len()
                && here < line.text.len()
                && file_line(&line.text).is_none()
                && repeated(&line.text).is_none()
        })
        .count();
    if under > 0 {
        frame.source = Some(bare(&lines[0]));
        return under;
    }
    // Trackers that strip indentation leave the source at the frame's own column: it is known by what follows it.
    let flat = lines.len() > 1
        && !lines[0].text.is_empty()
        && file_line(&lines[0].text).is_none()
        && repeated(&lines[0].text).is_none()
        && (file_line(&lines[1].text).is_some()
            || (ends_traceback(bare(&lines[0]).as_str()).is_none()
                && ends_traceback(bare(&lines[1]).as_str()).is_some()));
    if flat {
        frame.source = Some(bare(&lines[0]));
    }
    usize::from(flat)
}

/// `[Previous line repeated 996 more times]`
fn repeated(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once("[Previous line repeated ")?;
    rest.split(' ').next()?.parse().ok()
}

/// Whether a frame line without a function is that of a `SyntaxError` whose traceback has no head.
fn syntax_error(lines: &[Line<'_>]) -> bool {
    lines.iter().skip(1).take(4).any(|line| {
        ["SyntaxError", "IndentationError", "TabError"]
            .iter()
            .any(|name| line.trimmed().starts_with(name))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{PastedStack, StackRole, read};

    fn stacks(text: &str) -> Vec<PastedStack> {
        read(text.as_bytes()).stacks
    }

    fn names(stack: &PastedStack) -> Vec<&str> {
        stack
            .frames
            .iter()
            .map(|frame| frame.function.as_deref().unwrap_or("?"))
            .collect()
    }

    #[test]
    fn chained_exceptions() {
        let found = stacks(
            "Exception in thread Pool-1 (run):\nTraceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    \
             f(\n    ~^\n      1,\n    ...<2 lines>...\n    )\n  File \"a.py\", line 4, in f\n    f()\n  [Previous line \
             repeated 9 more times]\n  File \"<frozen importlib._bootstrap>\", line 7, in h\npkg.Bad: no: no\nnext line\n\n\
             During handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  \
             File \"b.py\", line 2, in g\n    raise Worse\nWorse\nplain words\n",
        );
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].role, StackRole::EarlierException);
        assert_eq!(found[0].thread.name.as_deref(), Some("Pool-1 (run)"));
        assert_eq!(names(&found[0]), ["h", "f", "<module>"]);
        assert_eq!(found[0].frames[1].repeated, 9);
        assert_eq!(found[0].frames[2].source.as_deref(), Some("f("));
        assert_eq!(
            (found[1].role, names(&found[1])),
            (StackRole::Running, vec!["g"])
        );
    }

    #[test]
    fn exception_groups() {
        let found = stacks(
            "  + Exception Group Traceback (most recent call last):\n  |   File \"a.py\", line 1, in f\n  |     raise \
             Group\n  | ExceptionGroup: two (2 sub-exceptions)\n  +-+---------------- 1 ----------------\n    | Traceback \
             (most recent call last):\n    |   File \"a.py\", line 5, in g\n    |     1 / 0\n    |     ~~^~~\n    | \
             ZeroDivisionError: by zero\n    | a note: here\n    +---------------- 2 ----------------\n    | OSError: \
             [Errno 2] no\n    +------------------------------------\n",
        );
        assert_eq!(found.iter().map(names).collect::<Vec<_>>(), [["f"], ["g"]]);
        assert_eq!(found[1].frames[0].source.as_deref(), Some("1 / 0"));
    }

    #[test]
    fn damaged_tracebacks() {
        for (text, expected) in [
            (
                "File: '/a.py', line 5, in sync\n  return f()\nFile: '/b.py', line 1, in put\n  wake()\n",
                vec!["put", "sync"],
            ),
            (
                "Traceback (most recent call last):\nFile \"a.py\", line 5, in f\ng()\nFile \"a.py\", line 6, in g\nraise X()\nX: no\n",
                vec!["g", "f"],
            ),
            (
                "Traceback (most recent call last):\n\n  File \"a.py\", line 5, in f\n\n    g()\n\n  File \"a.py\", line 6, in g\n\n",
                vec!["g", "f"],
            ),
            (
                "web_1  | Traceback (most recent call last):\nweb_1  |   File \"a.py\", line 5, in f\nweb_1  |     g()\nweb_1  |   File \"a.py\", line 6, in g\nweb_1  | X: no\n",
                vec!["g", "f"],
            ),
            (
                "  File \"a.py\", line 9\n    raise a from\n                ^\nSyntaxError: invalid syntax\n",
                vec!["?"],
            ),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 9, in f\n  [...]\n  File \"a.py\", line 1, in g\n",
                vec!["g", "f"],
            ),
        ] {
            let found = stacks(text);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(names(&found[0]), expected, "{text}");
        }
        assert_eq!(stacks("web_1  | Traceback (most recent call last):\nweb_1  |   File \"a.py\", line 5, in f\nweb_1  |     g()\n")[0].frames[0].source.as_deref(), Some("g()"));
    }

    #[test]
    fn prose_is_no_frame() {
        for text in [
            "see File \"a.py\", line 3, in f for more",
            "File \"a.py\", line 3\nis where it happens",
            "The Traceback (most recent call last) is missing",
            "    print('File \"a.py\", line 3, in f')",
        ] {
            assert!(stacks(text).is_empty(), "{text}");
        }
    }
}
