//! What is done for one process and kept of it, bounded together.
//!
//! Each list has a bound of its own, but those of a damaged core may all lead to the same elements: thousands of threads to
//! the same million frames, each of them to the same exceptions. So every read takes from one budget, and so does what
//! is kept. When it is spent nothing more can be read, and the answer says so.

use std::cell::Cell;

use thiserror::Error;

/// Small reads of memory that was read lately. A thread of a million frames takes 20 million.
const MOST_STEPS: u64 = 128 << 20;

/// The Python frames of all threads and tasks.
const MOST_FRAMES: usize = 1 << 20;

/// Bytes of names, values and messages; what a million frames of ordinary names have.
const MOST_TEXT: usize = 128 << 20;

/// What a read of the core's file takes beside one of memory that was read lately.
pub(super) const FILE_READ: u64 = 64;

/// What is left.
#[derive(Debug)]
pub(super) struct Budget {
    steps: Cell<u64>,
    frames: Cell<usize>,
    text: Cell<usize>,
    /// What was asked for when too little was left.
    spent: Cell<Option<Spent>>,
    /// Frames whose variables were left out, to keep what is left for other frames.
    without_variables: Cell<usize>,
}

/// Why no more is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Spent {
    /// Lists that meet, or tables without an end.
    #[error("too much of the interpreter's memory was looked through")]
    Steps,
    /// A core of many threads that overflow.
    #[error("only {MOST_FRAMES} Python frames of all threads are listed")]
    Frames,
    /// Long names.
    #[error("only {} MiB of Python's names and values are listed", MOST_TEXT >> 20)]
    Text,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: Cell::new(MOST_STEPS),
            frames: Cell::new(MOST_FRAMES),
            text: Cell::new(MOST_TEXT),
            spent: Cell::new(None),
            without_variables: Cell::new(0),
        }
    }
}

impl Budget {
    /// Takes some work; `None` if it may not be done.
    pub(super) fn take_steps(&self, count: u64) -> Option<()> {
        let left = self.steps.get().checked_sub(count);
        self.steps.set(left.unwrap_or(0));
        self.noted(left.is_some(), Spent::Steps)
    }

    /// Takes a frame with so many bytes of names; `None` if it may not be kept.
    pub(super) fn take_frame(&self, text: usize) -> Option<()> {
        let left = self.frames.get().checked_sub(1);
        self.frames.set(left.unwrap_or(0));
        self.noted(left.is_some(), Spent::Frames)?;
        self.take_text(text)
    }

    /// Takes bytes of names and values; `None` if they may not be kept.
    pub(super) fn take_text(&self, bytes: usize) -> Option<()> {
        let left = self.text.get().checked_sub(bytes);
        self.text.set(left.unwrap_or(0));
        self.noted(left.is_some(), Spent::Text)
    }

    /// Whether names and values may still be kept.
    pub(super) fn has_text(&self) -> bool {
        self.text.get() > 0
    }

    fn noted(&self, there: bool, what: Spent) -> Option<()> {
        if there {
            return Some(());
        }
        let first = self.spent.get().unwrap_or(what);
        self.spent.set(Some(first));
        None
    }

    /// Whether variables may be read of one more frame: half of the budget is for frames alone.
    pub(super) fn take_variables(&self) -> bool {
        let enough = self.steps.get() > MOST_STEPS / 2 && self.text.get() > MOST_TEXT / 2;
        if !enough {
            self.without_variables.set(self.without_variables.get() + 1);
        }
        enough
    }

    /// Why no more is read, if it is so.
    pub(super) fn spent(&self) -> Option<Spent> {
        self.spent.get()
    }

    /// What was left out, in words.
    pub(super) fn problems(&self) -> impl Iterator<Item = String> {
        let spent = self.spent().map(|spent| spent.to_string());
        let without = self.without_variables.get();
        let variables = (without > 0).then(|| {
            format!("the variables of {without} Python frames were left out: there are too many")
        });
        spent.into_iter().chain(variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_spent_alone() {
        let budget = Budget::default();
        assert_eq!(budget.take_steps(MOST_STEPS - 1), Some(()));
        assert_eq!((budget.spent(), budget.take_steps(1)), (None, Some(())));
        assert_eq!(budget.take_steps(1), None);
        assert_eq!(budget.take_frame(10), Some(()));
        assert_eq!(budget.take_frame(MOST_TEXT), None);
        assert_eq!(budget.take_text(1), None);
        // What came first is told.
        assert_eq!(budget.spent(), Some(Spent::Steps));
        for _ in 2..MOST_FRAMES {
            assert_eq!(budget.take_frame(0), Some(()));
        }
        assert_eq!(budget.take_frame(0), None);
    }

    #[test]
    fn variables_leave_half() {
        for spend in [
            |budget: &Budget| budget.take_steps(MOST_STEPS / 2),
            |budget: &Budget| budget.take_text(MOST_TEXT / 2),
        ] {
            let budget = Budget::default();
            assert!(budget.take_variables());
            assert_eq!(budget.problems().count(), 0);
            spend(&budget).unwrap();
            assert!(!budget.take_variables());
            let problems: Vec<_> = budget.problems().collect();
            assert_eq!(
                problems,
                ["the variables of 1 Python frames were left out: there are too many"]
            );
        }
    }
}
