//! Facts that stand between, behind and inside the stacks.
//!
//! Each file knows one kind of fact, and looks for it in one line, or in the arguments of one frame. The long patterns
//! write out ASCII classes: with Unicode's `\d`, `\w` and `\b` they are too large for the fast ways of the regex crate,
//! and a line costs ten times as much.

mod exceptions;
mod failure;
mod hang;
mod named;
mod process;
mod sanitizer;
mod signal;
mod version;

use std::sync::LazyLock;

use regex::Regex;

use super::lines::Line;
use super::{PastedStack, Tool};
use crate::evidence::Facts;
use crate::pattern::regex;

/// What a regex may see of one line; arguments of gdb frames are the longest lines that hold facts.
const LONGEST: usize = 1 << 16;

/// Words without which no line can hold a fact: one pass over the line instead of forty.
static WORTH_A_LOOK: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)python|pyenv|pypy|cpython|cp[0-9][0-9]|pytest|/src/|/versions/|via .{0,12}v[0-9]|signal|sig[a-z]{3,5}(?-u:\b)|0xc00000|fault|",
        r"abort|bus error|trap(?-u:\b)|illegal inst|floating point|violation|segv|exc_|exception|error|assert|sanitizer|",
        r"==[0-9]+==|libfuzzer|pid|process|cmdline|command|executable|core was|package|component|\.(?:fc|el)[0-9]|\.deb(?-u:\b)|",
        r"warning|interrupt|exit|iteration|(?-u:\b)path:|rpm|coredump|",
        r"hang|hung|stuck|dead ?lock|live ?lock|freez|froze|attach|% ?(?:of )?(?:the )?cpu|infinite|endless|forever|indefinite|never |timeout"
    ))
});

/// Collects the facts of all lines, and those in frame arguments and module names of the stacks.
pub(super) fn facts(lines: &[Line<'_>], stacks: &mut [PastedStack]) -> Facts {
    let mut facts = Facts::default();
    let mut pythons = version::Sightings::default();
    let mut signals = signal::Signals::default();
    let mut in_stack = Stretches::of_stacks(stacks);
    let mut in_frames = Stretches::of_frames(stacks);
    for line in lines {
        let text = start_of(&line.text);
        let in_stack = in_stack.holds(line.number);
        let in_frames = in_frames.holds(line.number);
        if !in_stack && !in_frames {
            named::look(text, &mut facts);
        }
        if !WORTH_A_LOOK.is_match(text) {
            continue;
        }
        pythons.look(text, in_stack);
        // The words of source lines and arguments look like facts of other kinds; arguments are read below.
        if in_frames {
            continue;
        }
        signals.look(text);
        failure::look(text, &mut facts);
        hang::look(text, &mut facts);
        process::look(text, &mut facts);
        sanitizer::look(text, &mut facts);
        exceptions::look(text, &mut facts);
    }
    for stack in stacks.iter() {
        exceptions::below(stack, lines, &mut facts);
        for frame in &stack.frames {
            failure::in_frame(frame, &mut facts);
            exceptions::in_frame(frame, &mut facts);
        }
    }
    facts.pythons = pythons.ranked();
    facts.signal = signals.surest();
    facts
}

/// The beginning of a text, as far as a regex may see it.
fn start_of(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Adds what is not yet there. Facts are few; a text that shows thousands shows nothing.
fn add<T: PartialEq>(list: &mut Vec<T>, fact: T) {
    const MOST: usize = 200;
    if list.len() < MOST && !list.contains(&fact) {
        list.push(fact);
    }
}

/// Lines of stacks, asked for in rising order.
#[derive(Debug)]
struct Stretches {
    /// First line and the line behind the last, sorted.
    lines: Vec<(usize, usize)>,
    at: usize,
}

impl Stretches {
    /// All lines of all stacks.
    fn of_stacks(stacks: &[PastedStack]) -> Self {
        Self::new(
            stacks
                .iter()
                .map(|stack| (stack.lines.start, stack.lines.end)),
        )
    }

    /// The lines of frames: each line alone in native stacks, whose other lines may say what happened.
    fn of_frames(stacks: &[PastedStack]) -> Self {
        Self::new(stacks.iter().flat_map(|stack| {
            let of_python = matches!(
                stack.tool,
                Tool::PyBt | Tool::Traceback | Tool::Faulthandler | Tool::Pystack | Tool::PySpy
            );
            let last = if of_python { stack.lines.end } else { 0 };
            stack
                .frames
                .iter()
                .map(move |frame| (frame.at_line, last.max(frame.at_line + 1)))
        }))
    }

    fn new(lines: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut lines: Vec<_> = lines.collect();
        lines.sort_unstable();
        Self { lines, at: 0 }
    }

    fn holds(&mut self, line: usize) -> bool {
        while self.lines.get(self.at).is_some_and(|&(_, end)| end <= line) {
            self.at += 1;
        }
        self.lines
            .get(self.at)
            .is_some_and(|&(start, _)| start <= line)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;

    #[test]
    fn facts_of_a_whole_report() {
        let facts = read(
            b"$ python3 -X dev a.py\nFatal Python error: Segmentation fault\n\nCurrent thread 0x01 (most recent call \
              first):\n  File \"/usr/lib64/python3.9/threading.py\", line 7 in wait\n  File \"/srv/a.py\", line 9 in \
              <module>\nSegmentation fault (core dumped)\n",
        )
        .facts;
        assert_eq!(facts.fatal_errors, ["Segmentation fault"]);
        assert_eq!(
            facts.signal.map(|signal| signal.name).as_deref(),
            Some("SEGV")
        );
        assert_eq!(facts.pythons.len(), 1);
        assert!(!facts.pythons[0].exact);
        assert!(facts.exceptions.is_empty() && facts.assertions.is_empty());
    }

    #[test]
    fn odd_input_passes() {
        for text in [
            "",
            "\u{1b}[",
            "Fatal Python error:",
            "Assertion",
            "ERROR: AddressSanitizer:",
            "Python 3.",
            "Python 99999999999999.1.2",
            "/opt/python/3..1/bin/python",
            "Signal: 99999999999 (",
            "python3.99999999999",
        ] {
            assert!(read(text.as_bytes()).stacks.is_empty(), "{text}");
        }
    }
}
