//! The stack that is being read, and what its lines say of its thread.

use super::super::{Gap, PastedFrame, PastedStack, ThreadLabel, Tool};

/// A stack to which frames are added.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) stack: PastedStack,
    pub(super) outermost_first: bool,
    pub(super) quiet: usize,
    /// The number of the last numbered frame.
    pub(super) last_number: Option<u32>,
}

impl Open {
    /// Whether the frame can be the next of this stack: numbers that do not rise start a new one.
    pub(super) fn accepts(&self, tool: Tool, frame: &PastedFrame) -> bool {
        if self.stack.tool != tool {
            return false;
        }
        match (self.last_number, frame.number) {
            // The frames of one interpreter loop share gdb's number in `py-bt-full`.
            (Some(last), Some(next)) => next > last || (next == last && tool == Tool::PyBt),
            (Some(_), None) | (None, None) => true,
            (None, Some(_)) => self.stack.frames.is_empty(),
        }
    }

    pub(super) fn missing_before(&self, frame: &PastedFrame) -> Option<Gap> {
        // `py-bt-full` counts the native frames that it leaves out.
        if self.stack.tool == Tool::PyBt {
            return None;
        }
        let expected = match self.last_number {
            Some(last) => last.saturating_add(1),
            None if self.stack.frames.is_empty() => 0,
            None => return None,
        };
        let at = self.stack.frames.len();
        // lldb and Windows count from 0 too; a tool that counts from 1 has no frame 0 to miss.
        let count = frame.number?.checked_sub(expected).filter(|&n| n > 0)?;
        let told = self.stack.gaps.last().is_some_and(|gap| gap.at == at);
        (!told).then(|| Gap {
            at,
            count: Some(count.into()),
            why: "the numbers jump".to_owned(),
        })
    }

    pub(super) fn turn(&mut self) {
        let len = self.stack.frames.len();
        self.stack.frames.reverse();
        for gap in &mut self.stack.gaps {
            gap.at = len - gap.at;
        }
        self.stack.gaps.reverse();
    }
}

impl ThreadLabel {
    /// Whether nothing in the labels says that they are of two threads.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
            a.is_none() || b.is_none() || a == b
        }
        agree(self.number.as_ref(), other.number.as_ref())
            && agree(self.tid.as_ref(), other.tid.as_ref())
            && agree(self.pthread.as_ref(), other.pthread.as_ref())
    }

    /// Takes over what it does not know yet.
    pub(super) fn fill_from(&mut self, other: Self) {
        self.number = self.number.or(other.number);
        self.tid = self.tid.or(other.tid);
        self.pthread = self.pthread.or(other.pthread);
        self.name = self.name.take().or(other.name);
        self.current |= other.current;
        self.state = self.state.take().or(other.state);
    }
}
