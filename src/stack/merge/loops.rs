//! Calls of the interpreter loop among native frames, and the lists of Python frames that they run.

use std::collections::HashSet;
use std::ops::Range;

use super::NativeStack;
use crate::stack::Frame;
use crate::stack::python::{PythonCall, PythonStack};

/// The function that runs Python code: `PyEval_EvalFrameEx` in 2.7, later a wrapper of the other.
pub(in crate::stack) fn is_loop(frame: &Frame, series: (u32, u32)) -> bool {
    let name = if series.0 < 3 {
        "PyEval_EvalFrameEx"
    } else {
        "_PyEval_EvalFrameDefault"
    };
    frame
        .native()
        .is_some_and(|native| native.function.as_deref() == Some(name))
}

/// Functions that call it with the frame that they were called with.
const CALLERS_OF_LOOP: [&str; 3] = [
    "_PyEval_EvalFrame",
    "PyEval_EvalFrame",
    "PyEval_EvalFrameEx",
];

/// What a call of the loop shows of the Python frames that it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stack) struct Shown {
    /// One that it was called with, or has reached.
    pub(in crate::stack) frame: Option<u64>,
    /// Where it keeps the structure that a call is known by, as far as others keep it in the same place.
    pub(in crate::stack) within: Option<u64>,
}

/// The native frames that are calls of the interpreter loop.
pub(super) struct Loops {
    /// Innermost first.
    pub(super) all: Vec<Loop>,
    /// Whether the innermost has called nothing: it may have just begun or be about to end, and run no frame.
    has_called_nothing: bool,
    /// Whether each shows the frame that it has reached, not the one that it was called with.
    show_reached: bool,
}

pub(super) struct Loop {
    /// Index of its frame.
    pub(super) at: usize,
    pub(super) span: Range<u64>,
    /// The frame that it was called with.
    pub(super) called_with: Option<u64>,
}

impl Loops {
    pub(super) fn of(native: &NativeStack, python: &PythonStack, series: (u32, u32)) -> Self {
        let mut within: Vec<_> = python.calls.iter().filter_map(|call| call.within).collect();
        within.sort_unstable();
        let holds_one = |span: &Range<u64>| {
            let first = within.partition_point(|&at| at < span.start);
            within.get(first).is_some_and(|at| span.contains(at))
        };
        let mut loops: Vec<Loop> = Vec::new();
        for physical in &native.physical {
            let frame = &native.frames[physical.at];
            // The cold part of the loop may have no name, or that of a neighbour.
            if !is_loop(frame, series) && !holds_one(&physical.span) {
                continue;
            }
            // The compiler may split it; the whole called its part.
            let inner = loops.last().filter(|inner| inner.at + 1 == physical.at);
            if inner.is_some_and(|inner| is_part_of(&native.frames[inner.at], frame)) {
                continue;
            }
            loops.push(Loop {
                at: physical.at,
                span: physical.span.clone(),
                called_with: called_with(&native.frames[physical.at..]),
            });
        }
        let inner = loops
            .first()
            .map_or(&[][..], |first| &native.frames[..first.at]);
        Self {
            has_called_nothing: has_called_nothing(inner),
            show_reached: series >= (3, 12),
            all: loops,
        }
    }

    /// The first loop outside of all that have calls, from one on, that shows something.
    pub(super) fn first_beyond(
        &self,
        pairs: &[Option<usize>],
        calls: &[PythonCall],
        from: usize,
    ) -> Option<(usize, Shown)> {
        let last = pairs.iter().rposition(Option::is_some);
        // The loop is one function, whose variables stand in the same place of each frame.
        let place = last.and_then(|last| {
            let within = calls[pairs[last]?].within?;
            self.all[last].span.end.checked_sub(within)
        });
        let from = last.map_or(0, |last| last + 1).max(from);
        let shown = |each: &Loop| Shown {
            frame: each.called_with,
            within: place.and_then(|place| each.span.end.checked_sub(place)),
        };
        let beyond = self.all.iter().enumerate().skip(from);
        let mut shown = beyond.map(|(at, each)| (at, shown(each)));
        shown.find(|(_, shown)| shown.frame.or(shown.within).is_some())
    }

    /// The parts of a call that loops show to be calls of their own. Since 3.12 greenlet takes out of the list of one that
    /// is suspended what stands between them (`Greenlet::expose_frames`).
    pub(super) fn parts(&self, mut call: PythonCall) -> Vec<PythonCall> {
        if !self.show_reached || call.within.is_some() {
            return vec![call];
        }
        let shown: HashSet<_> = self
            .all
            .iter()
            .filter_map(|each| each.called_with)
            .collect();
        let starts = (1..call.at.len()).filter(|&at| shown.contains(&call.at[at]));
        let starts: Vec<_> = starts.collect();
        // From the outer end on, so that each frame is moved once.
        let mut parts = Vec::new();
        for &start in starts.iter().rev() {
            parts.push(PythonCall {
                frames: call.frames.split_off(start),
                at: call.at.split_off(start),
                frame: call.frame,
                within: None,
                without_loop: call.without_loop,
            });
            call.frame = call.at.last().copied().unwrap_or(call.frame);
        }
        parts.push(call);
        parts.reverse();
        parts
    }

    /// Whether the outermost of some loops is the outermost of as many calls, where both stacks are whole. One loop more is
    /// the innermost, if it runs no frame; else the list of Python frames ends before the native stack.
    pub(super) fn ends_meet(&self, some: Range<usize>, calls: usize) -> bool {
        let known_end = some.end < self.all.len();
        let runs_none = some.start == 0 && self.has_called_nothing;
        known_end || some.len() <= calls + usize::from(runs_none)
    }
}

/// What the loop calls before it lists its frame, and after it took it from the list.
const CALLED_WITHOUT_FRAME: [&str; 2] = ["_Py_CheckRecursiveCall", "_Py_CheckFunctionResult"];

/// Whether the frames inner to a loop are of no call that its frame made: there are none, a signal interrupted it, or it is
/// about to begin or to end.
fn has_called_nothing(inner: &[Frame]) -> bool {
    let mut outermost = inner.iter().rev();
    let called = outermost.find(|frame| frame.native().is_none_or(|native| !native.inlined));
    called.is_none_or(|frame| match frame {
        Frame::Native(native) => {
            let name = native.function.as_deref();
            name.is_some_and(|name| CALLED_WITHOUT_FRAME.contains(&name))
        }
        _ => true,
    })
}

/// Whether a function is what `-fpartial-inlining` made of another: `PyEval_EvalFrameEx.part.0`.
fn is_part_of(inner: &Frame, outer: &Frame) -> bool {
    let symbol = |frame: &Frame| frame.native().and_then(|native| native.symbol.clone());
    symbol(inner).is_some_and(|symbol| symbol.contains(".part.")) && symbol(outer).is_none()
}

/// The frame that the loop was called with: `f` up to 3.10, `frame` later. Where it was optimised out of the loop itself,
/// the function that only calls it may have it still.
fn called_with(frames: &[Frame]) -> Option<u64> {
    let mut natives = frames.iter().map_while(Frame::native);
    let own = natives.next()?;
    let callers = natives.take_while(|native| {
        let name = native.function.as_deref();
        name.is_some_and(|name| CALLERS_OF_LOOP.contains(&name))
    });
    std::iter::once(own).chain(callers).find_map(|native| {
        let mut arguments = native.arguments.iter();
        let argument =
            arguments.find(|argument| argument.name == "f" || argument.name == "frame")?;
        argument.address()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::PythonFrame;

    /// As many as a stack has at most: moved at each cut, they would take hours.
    #[test]
    fn many_parts() {
        let count = 1 << 18;
        let all = (1..=count).map(|frame| Loop {
            at: 0,
            span: 0..0,
            called_with: Some(frame),
        });
        let loops = Loops {
            all: all.collect(),
            has_called_nothing: false,
            show_reached: true,
        };
        let at: Vec<_> = (0..=count + 1).collect();
        let parts = loops.parts(PythonCall {
            frames: vec![PythonFrame::default(); at.len()],
            at,
            frame: 7,
            ..PythonCall::default()
        });
        let frames = parts.iter().map(|part| (part.at.clone(), part.frame));
        let mut expected: Vec<_> = (0..count).map(|frame| (vec![frame], frame)).collect();
        // Of the last it is that of the whole.
        expected.push((vec![count, count + 1], 7));
        assert_eq!(frames.collect::<Vec<_>>(), expected);
    }
}
