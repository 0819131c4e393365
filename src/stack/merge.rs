//! Native and Python frames of a thread woven into one stack.
//!
//! Each call of the interpreter loop has one native frame and runs one Python frame or several. They are paired by what
//! they share: since 3.10 the loop keeps a structure on its native stack that the interpreter's own list of frames leads
//! to; before, it was called with the frame, which debug information shows. What has neither is paired in order where the
//! counts between two sure pairs agree. Every frame of both sides stays, and where they do not fit is marked.

mod loops;
mod pairs;
mod places;

use std::ops::Range;

use loops::Loops;
pub(super) use loops::{Shown, is_loop};
use pairs::pairs;

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

impl NativeStack {
    /// That of a thread whose registers are not known.
    pub(super) fn without_registers() -> Self {
        let gap = Gap {
            at: 0,
            count: None,
            why: "the thread ran, so its registers are not known".to_owned(),
        };
        Self {
            gap: Some(gap),
            ..Self::default()
        }
    }
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

/// How often outer frames are looked for; each time the rest of the list is found, unless it is damaged again.
const MOST_TRIES: usize = 64;

/// Weaves the frames of a thread together. `series` is the interpreter's. Its list of frames may end before the native
/// stack does: where it is damaged, or since C code that switches stacks (greenlet) began a new one. `outer` gives the
/// frames of the next call, and all that the list has outside of them.
pub(super) fn merge(
    native: NativeStack,
    mut python: PythonStack,
    series: (u32, u32),
    outer: impl Fn(Shown) -> PythonStack,
) -> Merged {
    let (mut known, mut tries) = (0, 0);
    loop {
        let loops = Loops::of(&native, &python, series);
        let complete = native.gap.is_none() && python.broken.is_none();
        let pairs = pairs(&loops, &python.calls, complete);
        tries += 1;
        if tries < MOST_TRIES
            && let Some((at, shown)) = loops.first_beyond(&pairs, &python.calls, known)
        {
            known = at + 1;
            let outer = outer(shown);
            if !outer.calls.is_empty() {
                let calls = outer.calls.into_iter();
                python
                    .calls
                    .extend(calls.flat_map(|call| loops.parts(call)));
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
        let loops = loops.all.iter().map(|each| each.at);
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
