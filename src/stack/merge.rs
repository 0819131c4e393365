//! Native and Python frames of a thread woven into one stack.
//!
//! Each call of the interpreter loop has one native frame and runs one Python frame or several. They are paired by what
//! they share: since 3.10 the loop keeps a structure on its native stack that the interpreter's own list of frames leads
//! to; before, it was called with the frame, which debug information shows. What has neither is paired in order where the
//! counts between two sure pairs agree. Every frame of both sides stays, and where they do not fit is marked.

use std::ops::Range;

use super::python::{PythonCall, PythonStack};
use super::{Frame, NativeFrame};
use crate::evidence::Gap;

/// The native frames of a thread.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct NativeStack {
    /// Innermost first.
    pub(super) frames: Vec<Frame>,
    /// Those that take up stack: all but inlined functions and those that jumped.
    pub(super) physical: Vec<Physical>,
    /// Why they end before the thread's first function.
    pub(super) gap: Option<Gap>,
}

/// A native frame on the stack.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Physical {
    /// Index of its frame.
    pub(super) at: usize,
    /// From its stack pointer to its canonical frame address.
    pub(super) span: Range<u64>,
}

/// One stack, and where frames are missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Merged {
    pub(super) frames: Vec<Frame>,
    pub(super) gaps: Vec<Gap>,
}

/// The function that runs Python code: `PyEval_EvalFrameEx` in 2.7, later a wrapper of the other.
pub(super) fn is_loop(frame: &Frame, series: (u32, u32)) -> bool {
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

/// How often outer frames are looked for; each time the rest of the list is found, unless it is damaged again.
const MOST_TRIES: usize = 64;

/// Weaves the frames of a thread together. `series` is the interpreter's; `from_frame` gives the Python frames from one
/// on, for where the interpreter's list ends too early.
pub(super) fn merge(
    native: NativeStack,
    mut python: PythonStack,
    series: (u32, u32),
    from_frame: impl Fn(u64) -> PythonStack,
) -> Merged {
    let (mut known, mut tries) = (0, 0);
    loop {
        let loops = Loops::of(&native, &python, series);
        let complete = native.gap.is_none() && python.broken.is_none();
        let pairs = pairs(&loops, &python.calls, complete);
        tries += 1;
        if (python.broken.is_some() || python.calls.is_empty())
            && tries < MOST_TRIES
            && let Some((at, frame)) = loops.first_beyond(&pairs, known)
        {
            known = at + 1;
            let outer = from_frame(frame);
            if !outer.calls.is_empty() {
                python.calls.extend(outer.calls);
                python.broken = outer.broken;
            }
            continue;
        }
        return Weave::new(native, python, &loops, pairs).woven();
    }
}

/// The stack of a thread that never ran Python code.
pub(super) fn merge_native(native: NativeStack) -> Merged {
    merge(native, PythonStack::default(), (0, 0), |_| {
        PythonStack::default()
    })
}

/// The stack of a thread that only the interpreter knows.
pub(super) fn merge_python(python: PythonStack) -> Merged {
    let frames = python.calls.into_iter().flat_map(|call| call.frames);
    let frames: Vec<_> = frames.map(Frame::Python).collect();
    let at = frames.len();
    let gap = python.broken.map(|why| python_gap(at, &why));
    Merged {
        frames,
        gaps: gap.into_iter().collect(),
    }
}

fn python_gap(at: usize, why: &str) -> Gap {
    Gap {
        at,
        count: None,
        why: format!("Python frames: {why}"),
    }
}

/// The native frames that are calls of the interpreter loop, innermost first.
struct Loops(Vec<Loop>);

struct Loop {
    at: usize,
    span: Range<u64>,
    /// The frame that it was called with.
    called_with: Option<u64>,
}

impl Loops {
    fn of(native: &NativeStack, python: &PythonStack, series: (u32, u32)) -> Self {
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
        Self(loops)
    }

    /// The first loop outside of all that have calls, from one on, that shows its frame.
    fn first_beyond(&self, pairs: &[Option<usize>], from: usize) -> Option<(usize, u64)> {
        let last = pairs.iter().rposition(Option::is_some);
        let from = last.map_or(0, |last| last + 1).max(from);
        let mut beyond = self.0.iter().enumerate().skip(from);
        beyond.find_map(|(at, each)| Some((at, each.called_with?)))
    }
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
        u64::from_str_radix(argument.value.strip_prefix("0x")?, 16).ok()
    })
}

/// The call that each loop is, in order.
fn pairs(loops: &Loops, calls: &[PythonCall], complete: bool) -> Vec<Option<usize>> {
    let loops = &loops.0;
    let mut pairs = vec![None; loops.len()];
    let mut sure = sure_pairs(loops, calls);
    sure.push((loops.len(), calls.len()));
    let (mut first_loop, mut first_call) = (0, 0);
    for (at, call) in sure {
        // A call that is known to be within another native frame is none of these.
        let open = (first_call..call)
            .filter(|&call| calls[call].within.is_none() && !calls[call].without_loop);
        let open: Vec<_> = open.collect();
        let count = open.len().min(at - first_loop);
        // Both stacks are whole: it is the innermost call that has just begun or ended. Else their outer ends are not
        // the same.
        let (loops_from, calls_from) = if complete {
            (at - count, open.len() - count)
        } else {
            (first_loop, 0)
        };
        for step in 0..count {
            pairs[loops_from + step] = Some(open[calls_from + step]);
        }
        if let Some(pair) = pairs.get_mut(at) {
            *pair = Some(call);
        }
        (first_loop, first_call) = (at + 1, call + 1);
    }
    pairs
}

/// Loops and calls that show that they are the same.
fn sure_pairs(loops: &[Loop], calls: &[PythonCall]) -> Vec<(usize, usize)> {
    let mut sure = Vec::new();
    let mut first = 0;
    let calls = calls.iter().enumerate();
    for (number, call) in calls.filter(|(_, call)| !call.without_loop) {
        let found = loops[first..]
            .iter()
            .position(|candidate| match call.within {
                Some(within) => candidate.span.contains(&within),
                None => candidate.called_with == Some(call.frame),
            });
        if let Some(skipped) = found {
            sure.push((first + skipped, number));
            first += skipped + 1;
        }
    }
    sure
}

/// The stack while it is woven.
struct Weave {
    native: NativeStack,
    calls: Vec<Option<PythonCall>>,
    broken: Option<String>,
    /// For each native frame that is a loop, its call.
    pairs: Vec<(usize, Option<usize>)>,
    merged: Merged,
}

impl Weave {
    fn new(
        native: NativeStack,
        python: PythonStack,
        loops: &Loops,
        pairs: Vec<Option<usize>>,
    ) -> Self {
        let loops = loops.0.iter().map(|each| each.at);
        Self {
            native,
            calls: python.calls.into_iter().map(Some).collect(),
            broken: python.broken,
            pairs: loops.zip(pairs).collect(),
            merged: Merged::default(),
        }
    }

    fn woven(mut self) -> Merged {
        let mut next_call = 0;
        let mut pairs = std::mem::take(&mut self.pairs).into_iter().peekable();
        for (at, frame) in std::mem::take(&mut self.native.frames)
            .into_iter()
            .enumerate()
        {
            let is_loop = pairs.next_if(|(pair, _)| *pair == at);
            match (frame, is_loop) {
                (Frame::Native(mut native), Some((_, Some(call)))) => {
                    self.without_native(next_call..call);
                    next_call = call + 1;
                    self.inner_frames(call, &mut native);
                    self.merged.frames.push(Frame::Native(native));
                }
                (frame, Some((_, None))) => {
                    next_call = self.without_loop(next_call);
                    self.merged.frames.push(frame);
                    self.mark("no Python frame was found for this call of the interpreter loop");
                }
                (frame, _) => self.merged.frames.push(frame),
            }
        }
        if let Some(gap) = self.native.gap.take() {
            let at = self.merged.frames.len();
            self.merged.gaps.push(Gap { at, ..gap });
        }
        self.without_native(next_call..self.calls.len());
        if let Some(why) = self.broken.take() {
            let at = self.merged.frames.len();
            self.merged.gaps.push(python_gap(at, &why));
        }
        self.merged
    }

    /// The frames of a call that left no native frame, and the one that its native frame carries.
    fn inner_frames(&mut self, call: usize, native: &mut NativeFrame) {
        let mut frames = self.calls[call].take().unwrap_or_default().frames;
        native.python = frames.pop();
        self.merged
            .frames
            .extend(frames.into_iter().map(Frame::Python));
    }

    /// Frames from a call on that no loop runs; gives the first call of a loop.
    fn without_loop(&mut self, from: usize) -> usize {
        let rest = self.calls[from..].iter().flatten();
        let count = rest.take_while(|call| call.without_loop).count();
        self.without_native(from..from + count);
        from + count
    }

    /// Calls whose native frames are not in the stack.
    fn without_native(&mut self, calls: Range<usize>) {
        let mut marked = false;
        for at in calls {
            let Some(call) = self.calls[at].take() else {
                continue;
            };
            if !marked && !call.without_loop && !call.frames.is_empty() {
                self.mark("no native frame was found for the Python frames that follow");
                marked = true;
            }
            self.merged
                .frames
                .extend(call.frames.into_iter().map(Frame::Python));
        }
    }

    fn mark(&mut self, text: &str) {
        self.merged.frames.push(Frame::Marker {
            text: text.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;
