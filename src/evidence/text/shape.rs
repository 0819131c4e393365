//! What a shape is: a function that is shown a place of the text and says what stands there.
//!
//! Shapes keep no state. What the place means for the stack as a whole (a new thread, numbers that start again, a
//! head that is missing) is decided in one place, [`super::assemble`].

use super::lines::Line;
use super::{Gap, PastedFrame, PastedStack, StackRole, ThreadLabel, Tool};

/// What stands at a place of the text.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// A line that opens a stack ("Thread 1 (LWP 17):", "Traceback (most recent call last):").
    Head(Head),
    /// One frame.
    Frame(Box<PastedFrame>),
    /// Whole stacks, which end the open one (a row of `info threads`), and what the place shows beside them that was
    /// left out; the assembly fills in `lines`.
    Stacks(Vec<PastedStack>, Option<String>),
    /// A line that says that frames are missing here; `at` is filled in by the assembly.
    Gap(Gap),
    /// The same for `[...]`, which means nothing once the stack is some lines back.
    Dots(String),
    /// Noise that belongs to the open stack (source listing, locals, carets) and does not end it.
    Noise,
    /// The stack before is that of an exception that led to the next stack (`During handling of the above exception`).
    Caused,
    /// The stack is over, though the next line may look like one of its frames.
    End,
}

/// The line that opens a stack.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) thread: ThreadLabel,
    pub(super) role: StackRole,
    /// Frames follow outermost first (Python tracebacks, pystack): the assembly turns them round.
    pub(super) outermost_first: bool,
    /// The stack goes on with the thread of the stack before, whose label it takes (`py-bt` after `thread 2`).
    pub(super) same_thread: bool,
}

/// What one shape took: the item, and how many lines it covers (at least 1).
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) item: Item,
    pub(super) lines: usize,
}

impl Taken {
    /// The line that opens a stack of a thread.
    pub(super) fn head(thread: ThreadLabel, role: StackRole) -> Self {
        Self::one(Item::Head(Head {
            thread,
            role,
            ..Head::default()
        }))
    }

    /// An item that covers one line.
    pub(super) fn one(item: Item) -> Self {
        Self { item, lines: 1 }
    }

    /// A frame that covers `lines` lines.
    pub(super) fn frame(frame: PastedFrame, lines: usize) -> Self {
        Self {
            item: Item::Frame(Box::new(frame)),
            lines,
        }
    }

    /// A stack of one frame, with what its line says of the thread.
    pub(super) fn row(tool: Tool, thread: ThreadLabel, frame: PastedFrame, lines: usize) -> Self {
        Self::stack(tool, thread, vec![frame], lines)
    }

    /// A whole stack, innermost frame first.
    pub(super) fn stack(
        tool: Tool,
        thread: ThreadLabel,
        frames: Vec<PastedFrame>,
        lines: usize,
    ) -> Self {
        let stack = PastedStack {
            tool,
            thread,
            role: StackRole::Running,
            frames,
            gaps: Vec::new(),
            lines: 0..0,
        };
        Self {
            item: Item::Stacks(vec![stack], None),
            lines,
        }
    }

    /// Frames are missing here, in the words of the text.
    pub(super) fn gap(why: &str, count: Option<u64>) -> Self {
        Self::one(Item::Gap(Gap {
            at: 0,
            count,
            why: why.to_owned(),
        }))
    }
}

/// A place of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The line in question and all that follow; never empty.
    pub(super) lines: &'a [Line<'a>],
    /// The tool of the stack that is open, if any.
    pub(super) open: Option<Tool>,
}

/// One shape: the tool it belongs to and the function that knows its lines.
pub(super) type Shape = (Tool, fn(Place<'_>) -> Option<Taken>);
