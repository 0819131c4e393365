//! faulthandler's dumps, which CPython 3.3 and later print on a fatal error too.
//!
//! ```text
//! Fatal Python error: Segmentation fault
//!
//! Current thread 0x00007f52 [worker] (most recent call first):     (the name since 3.14)
//!   Garbage-collecting                                             (since 3.10)
//!   File "/x.py", line 14 in trace
//!   ...                                                            (after 100 frames)
//! ```

use super::lines::Line;
use super::python_line::{cut, ends_as_head, file_line, marker};
use super::shape::{Head, Item, Place, Taken};
use super::{ThreadLabel, Tool};

const FIRST: &str = "(most recent call first)";

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    if let Some(thread) = head(line) {
        return Some(Taken::one(Item::Head(Head {
            thread,
            ..Head::default()
        })));
    }
    if let Some(found) = file_line(&line.text).filter(|found| !found.comma) {
        let known = found.leads() || place.open == Some(Tool::Faulthandler);
        return known.then(|| Taken::frame(found.frame(line.number), 1));
    }
    (place.open == Some(Tool::Faulthandler))
        .then(|| within(line))
        .flatten()
        .map(Taken::one)
}

/// `Current thread 0x1 [name] (most recent call first):`. A log's own prefix may stand before it.
fn head(line: &Line<'_>) -> Option<ThreadLabel> {
    let end = line
        .text
        .find(FIRST)
        .filter(|_| ends_as_head(&line.text, FIRST))?;
    let before = &line.text[..end];
    if before.trim() == "Stack" {
        return Some(ThreadLabel::default());
    }
    let at = before.rfind("hread 0x")?;
    let words = before[at + "hread ".len()..].trim();
    let (address, rest) = words.split_once(' ').unwrap_or((words, ""));
    let name = rest
        .trim()
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    Some(ThreadLabel {
        pthread: u64::from_str_radix(address.strip_prefix("0x")?, 16).ok(),
        name: name.map(str::to_owned),
        current: before[..at].ends_with("Current t"),
        ..ThreadLabel::default()
    })
}

/// What stands between frames.
fn within(line: &Line<'_>) -> Option<Item> {
    let text = line.trimmed();
    if let Some(gap) = cut(text) {
        return Some(Item::Gap(gap));
    }
    if text == "Garbage-collecting" || (text.starts_with('<') && text.ends_with('>')) {
        return Some(Item::Frame(Box::new(marker(text, line.number))));
    }
    let over = ["Extension modules:", "Timeout (", "Fatal Python error"];
    over.iter()
        .any(|start| text.starts_with(start))
        .then_some(Item::End)
}

#[cfg(test)]
mod tests {
    use super::super::{FrameKind, Gap, read};
    use super::*;

    #[test]
    fn dump_of_two_threads() {
        let stacks = read(
            b"Fatal Python error: Aborted\n\nThread 0x00007f01 (most recent call first):\n  Garbage-collecting\n  \
              File \"/srv/a.py\", line 7 in spin\n  File \"/srv/a.py\", line 9 in <module>\n  ...\n\nCurrent thread \
              0x00007f02 [main loop] (most recent call first):\n  <no Python frame>\n\nExtension modules: x.y \
              (total: 1)\n",
        )
        .stacks;
        assert_eq!(stacks.len(), 2);
        assert_eq!(stacks[0].thread.pthread, Some(0x7f01));
        assert!(!stacks[0].thread.current && stacks[1].thread.current);
        assert_eq!(stacks[0].frames[0].kind, FrameKind::Marker);
        assert_eq!(stacks[0].frames[2].function.as_deref(), Some("<module>"));
        assert_eq!(
            stacks[0].gaps,
            [Gap {
                at: 3,
                count: None,
                why: "left out in the text".to_owned()
            }]
        );
        assert_eq!(stacks[1].thread.name.as_deref(), Some("main loop"));
        assert_eq!(
            stacks[1].frames[0].function.as_deref(),
            Some("no Python frame")
        );
    }

    #[test]
    fn frames_without_head_and_stack_without_thread() {
        let stacks = read(b"  File \"a.py\", line 1 in f\n\n\n\nStack (most recent call first):\n  File \"b.py\", line 2 in g\n").stacks;
        assert_eq!(stacks.len(), 2);
        assert!(stacks.iter().all(|stack| stack.tool == Tool::Faulthandler));
    }

    #[test]
    fn odd_heads_are_no_heads() {
        for text in [
            "Thread 0x (most recent call first",
            "(most recent call first)",
            "Current thread's C stack trace (most recent call first):",
            "Thread 0xZZ",
        ] {
            assert!(read(text.as_bytes()).stacks.is_empty(), "{text}");
        }
    }
}
