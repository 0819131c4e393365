//! Items to stacks: which frames belong together, where a stack starts again, where frames are missing.

mod finish;
mod open;

use std::mem;

use super::document::Documents;
use super::lines::Line;
use super::shape::{Head, Item, Place, Taken};
use super::shapes::SHAPES;
use super::{Gap, PastedFrame, PastedStack, StackRole, ThreadLabel, Tool};
use crate::evidence::Problem;
use finish::{mark_cut, mark_inlined, without_prefixes, without_summaries};
use open::Open;

/// Lines that no shape knows, after which a stack of unnumbered frames is over. Two, since a blank line and a
/// `(gdb)` prompt stand between the frames of some.
const QUIET_LINES: usize = 2;

/// The same for numbered frames, whose numbers prove that they belong together; `bt full` prints hundreds of lines
/// of locals for one frame.
const QUIET_LINES_NUMBERED: usize = 2000;

/// How many frames of a text are read. A C stack of 8 MiB that overflowed has at most about 150,000; a frame with all
/// that the stages make of it takes some 2 kB. Unit tests, which are not optimised, have a small one.
const MOST_FRAMES: usize = if cfg!(test) { 4000 } else { 400_000 };

/// Why the last stack that is read may have no end.
const TOO_MANY: &str = "too many frames stand before";

/// Every stack of the text, in its order; what was left out goes to the problems.
pub(super) fn stacks(lines: &[Line<'_>], problems: &mut Vec<Problem>) -> Vec<PastedStack> {
    let mut assembly = Assembly::default();
    let mut documents = Documents::new(lines);
    let mut at = 0;
    while at < lines.len() {
        if assembly.frames >= MOST_FRAMES {
            assembly.cut(TOO_MANY);
            assembly.full(lines[at].number);
            break;
        }
        if let Some((stacks, used)) = documents.read(&lines[at..], &mut assembly.problems) {
            assembly.close();
            stacks.into_iter().for_each(|stack| assembly.push(stack));
            at += used;
            continue;
        }
        let place = Place {
            lines: &lines[at..],
            open: assembly.open.as_ref().map(|open| open.stack.tool),
        };
        let number = lines[at].number;
        match SHAPES
            .iter()
            .find_map(|(tool, take)| Some((*tool, take(place)?)))
        {
            Some((tool, Taken { item, lines: used })) => {
                at += used.max(1);
                assembly.item(tool, item, number);
                // Not the sum: a line of the input can be cut in two.
                assembly.reached(lines[at.min(lines.len()) - 1].number + 1);
            }
            None => {
                assembly.quiet();
                at += 1;
            }
        }
    }
    assembly.close();
    problems.append(&mut assembly.problems);
    without_summaries(without_prefixes(assembly.stacks))
}

#[derive(Debug, Default)]
struct Assembly {
    stacks: Vec<PastedStack>,
    open: Option<Open>,
    /// The label of the last stack, for one that follows without a head.
    last: Option<(Tool, ThreadLabel)>,
    /// How many whole stacks the last item was, the lines of which are still to be set.
    whole: usize,
    /// How many frames there are in all.
    frames: usize,
    /// What was left out.
    problems: Vec<Problem>,
}

impl Assembly {
    fn item(&mut self, tool: Tool, item: Item, number: usize) {
        match item {
            Item::Head(head) => self.begin(tool, head, number),
            Item::Frame(frame) => self.frame(tool, *frame, number),
            Item::Stacks(stacks, left_out) => {
                self.whole(stacks, number);
                let line = Some(number);
                let left_out = left_out.map(|what| Problem { line, what });
                self.problems.extend(left_out);
            }
            Item::Gap(gap) => self.gap(gap),
            Item::Dots(why) => self.dots(&why),
            Item::Noise => {}
            Item::End => self.close(),
            Item::Caused => self.caused(tool),
        }
        if let Some(open) = &mut self.open {
            open.quiet = 0;
        }
    }

    /// Two heads in a row are about one thread, if they do not contradict each other.
    fn join_heads(&mut self, tool: Tool, head: &mut Head) {
        let Some(Open { stack, .. }) = &self.open else {
            return;
        };
        if stack.frames.is_empty() && stack.tool == tool && stack.thread.may_be(&head.thread) {
            let earlier = stack.thread.clone();
            let later = mem::replace(&mut head.thread, earlier);
            head.thread.fill_from(later);
        }
    }

    fn whole(&mut self, stacks: Vec<PastedStack>, number: usize) {
        self.close();
        let before = self.stacks.len();
        for mut stack in stacks {
            if stack.thread.current {
                self.last = Some((stack.tool, stack.thread.clone()));
            }
            stack.lines = number..number + 1;
            self.push(stack);
        }
        self.whole = self.stacks.len() - before;
    }

    /// Adds a whole stack, as far as there is room for its frames.
    fn push(&mut self, mut stack: PastedStack) {
        let (room, all) = (MOST_FRAMES.saturating_sub(self.frames), stack.frames.len());
        if all > room {
            self.full(stack.lines.start);
            stack.frames.truncate(room);
            stack.gaps.retain(|gap| gap.at < room);
            stack.gaps.push(Gap {
                at: room,
                count: Some((all - room) as u64),
                why: TOO_MANY.to_owned(),
            });
        }
        self.frames += stack.frames.len();
        self.stacks
            .extend(Some(stack).filter(|stack| !stack.frames.is_empty()));
    }

    /// Says once that there are more frames than are read.
    fn full(&mut self, line: usize) {
        let what = format!("stacks from here on were not read: {MOST_FRAMES} frames stand before");
        if self.problems.last().is_none_or(|last| last.what != what) {
            let line = Some(line);
            self.problems.push(Problem { line, what });
        }
    }

    fn begin(&mut self, tool: Tool, mut head: Head, number: usize) {
        self.join_heads(tool, &mut head);
        self.close();
        let inherited = self
            .last
            .take()
            .map(|(_, label)| label)
            .filter(|_| head.same_thread);
        let thread = inherited.unwrap_or(head.thread);
        self.last = Some((tool, thread.clone()));
        self.open = Some(Open {
            stack: PastedStack {
                tool,
                thread,
                role: head.role,
                frames: Vec::new(),
                gaps: Vec::new(),
                lines: number..number + 1,
            },
            outermost_first: head.outermost_first,
            quiet: 0,
            last_number: None,
        });
    }

    fn frame(&mut self, tool: Tool, frame: PastedFrame, number: usize) {
        if !self
            .open
            .as_ref()
            .is_some_and(|open| open.accepts(tool, &frame))
        {
            // Only a session of one tool keeps its thread from one stack to the next; `py-bt-full` is a command of
            // gdb's session, and has no head.
            let thread = self
                .last
                .take()
                .filter(|(last, _)| *last == tool || tool == Tool::PyBt)
                .map(|(_, label)| label);
            let head = Head {
                thread: thread.unwrap_or_default(),
                outermost_first: matches!(tool, Tool::Traceback | Tool::Pystack),
                ..Head::default()
            };
            self.begin(tool, head, number);
        }
        let Some(open) = &mut self.open else { return };
        if let Some(missing) = open.missing_before(&frame) {
            open.stack.gaps.push(missing);
        }
        open.last_number = frame.number.or(open.last_number);
        open.stack.frames.push(frame);
        self.frames += 1;
    }

    /// The open stack may go on where the reading ends.
    fn cut(&mut self, why: &str) {
        self.gap(Gap {
            at: 0,
            count: None,
            why: why.to_owned(),
        });
    }

    /// The stack above is that of an exception which led to the next.
    fn caused(&mut self, tool: Tool) {
        self.close();
        if let Some(stack) = self.stacks.last_mut().filter(|stack| stack.tool == tool) {
            stack.role = StackRole::EarlierException;
        }
    }

    fn gap(&mut self, gap: Gap) {
        if let Some(open) = &mut self.open {
            open.stack.gaps.push(Gap {
                at: open.stack.frames.len(),
                ..gap
            });
        }
    }

    fn quiet(&mut self) {
        if let Some(open) = &mut self.open {
            open.quiet += 1;
            let numbered = open
                .stack
                .frames
                .last()
                .is_none_or(|frame| frame.number.is_some());
            if open.quiet
                > if numbered {
                    QUIET_LINES_NUMBERED
                } else {
                    QUIET_LINES
                }
            {
                self.close();
            }
        }
    }

    fn dots(&mut self, why: &str) {
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.quiet <= QUIET_LINES && !open.stack.frames.is_empty())
        {
            self.cut(why);
        }
    }

    fn reached(&mut self, line: usize) {
        for stack in self
            .stacks
            .iter_mut()
            .rev()
            .take(mem::take(&mut self.whole))
        {
            stack.lines.end = line;
        }
        if let Some(open) = &mut self.open {
            open.stack.lines.end = line;
        }
    }

    fn close(&mut self) {
        let Some(mut open) = self
            .open
            .take()
            .filter(|open| !open.stack.frames.is_empty())
        else {
            return;
        };
        if open.outermost_first {
            open.turn();
        }
        mark_inlined(&mut open.stack);
        mark_cut(&mut open.stack);
        self.stacks.push(open.stack);
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn frames_beyond_the_most_are_named() {
        let text =
            "#0  0x1 in f ()\n#1  0x2 in g ()\n".repeat(MOST_FRAMES / 2) + "#2  0x3 in h ()\n";
        let evidence = read(text.as_bytes());
        assert_eq!(evidence.stacks.len(), MOST_FRAMES / 2);
        let last = evidence.stacks.last().unwrap();
        assert_eq!((last.gaps[0].at, last.gaps[0].why.as_str()), (2, TOO_MANY));
        let [problem] = evidence.problems.as_slice() else {
            panic!("{:?}", evidence.problems)
        };
        assert_eq!(problem.line, Some(MOST_FRAMES + 1));
    }

    #[test]
    fn a_document_with_too_many_frames_is_cut() {
        let frames = "{},".repeat(MOST_FRAMES + 1);
        let text = format!("{{\"stacktrace\":[{{\"frames\":[{frames}{{}}]}}]}}");
        let evidence = read(text.as_bytes());
        assert_eq!(evidence.stacks[0].frames.len(), MOST_FRAMES);
        assert_eq!(evidence.stacks[0].gaps[0].count, Some(2));
        assert_eq!(evidence.problems.len(), 1);
    }
}
