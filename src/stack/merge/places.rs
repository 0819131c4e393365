//! Where calls of the interpreter loop stand, by what lists of Python frames have of them.

use std::collections::HashMap;
use std::ops::Range;

use super::loops::Loop;
use crate::stack::python::PythonCall;

/// Found in a time that does not grow with their number: both stacks may have hundreds of thousands.
pub(super) struct Places {
    /// By the start of what they take up of the stack.
    spans: Vec<(Range<u64>, usize)>,
    /// By the frame that they show, in order.
    frames: HashMap<u64, Vec<usize>>,
}

impl Places {
    pub(super) fn of(loops: &[Loop]) -> Self {
        let spans = loops.iter().enumerate();
        let mut spans: Vec<_> = spans.map(|(at, each)| (each.span.clone(), at)).collect();
        spans.sort_by_key(|(span, _)| (span.start, span.end));
        let mut frames: HashMap<_, Vec<_>> = HashMap::new();
        for (at, each) in loops.iter().enumerate() {
            if let Some(frame) = each.called_with {
                frames.entry(frame).or_default().push(at);
            }
        }
        Self { spans, frames }
    }

    /// The loop whose native frame holds an address.
    pub(super) fn around(&self, address: u64) -> Option<usize> {
        let next = self
            .spans
            .partition_point(|(span, _)| span.start <= address);
        let (span, at) = self.spans.get(next.checked_sub(1)?)?;
        span.contains(&address).then_some(*at)
    }

    /// The first loop from one on that shows a frame of a call: the one that it was called with, or since 3.12 the one that
    /// it has reached.
    pub(super) fn showing(&self, call: &PythonCall, first: usize) -> Option<usize> {
        let frames = [Some(call.frame), call.at.first().copied()];
        let places = frames.into_iter().flatten().filter_map(|frame| {
            let places = self.frames.get(&frame)?;
            let next = places.partition_point(|&at| at < first);
            places.get(next).copied()
        });
        places.min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loop_at(at: usize) -> Loop {
        let start = at as u64 * 16;
        Loop {
            at,
            span: start..start + 16,
            called_with: Some(start),
        }
    }

    fn call(frame: u64) -> PythonCall {
        PythonCall {
            frame,
            ..PythonCall::default()
        }
    }

    /// As many as a stack has at most: each with each would take hours.
    #[test]
    fn many_loops_and_calls() {
        let count = 1 << 18;
        let loops: Vec<_> = (0..count).map(loop_at).collect();
        let places = Places::of(&loops);
        let last = (count as u64 - 1) * 16;
        for beyond in (last + 16..).take(count) {
            assert_eq!(places.around(beyond), None);
            assert_eq!(places.showing(&call(beyond), 0), None);
        }
        assert_eq!(places.around(last + 15), Some(count - 1));
        assert_eq!(places.showing(&call(last), count - 1), Some(count - 1));
        assert_eq!(places.showing(&call(last), count), None);
    }
}
