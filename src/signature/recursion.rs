//! Recursion: runs of the same frames folded into one round, and how much of a stack they cover.

use super::SignatureFrame;

/// Longest cycle of frames that is recognised: a tokenizer's warning that shows the source line, for which the file is
/// tokenized again, goes through twenty functions; nested expressions of the parser through about ten.
const LONGEST_CYCLE: usize = 40;

/// Folds runs of recursion: of a cycle that repeats directly the innermost round stays, its frames counting the others.
///
/// Cycles within cycles are folded too, so that nothing is left to fold.
pub(super) fn fold(frames: Vec<SignatureFrame>) -> Vec<SignatureFrame> {
    let mut kept: Vec<SignatureFrame> = Vec::with_capacity(frames.len());
    for frame in frames {
        kept.push(frame);
        while let Some(length) = repeated_end(&kept) {
            let round = kept.split_off(kept.len() - length);
            let start = kept.len() - length;
            for (first, again) in kept[start..].iter_mut().zip(round) {
                merge(first, &again);
            }
        }
    }
    kept
}

/// The length of the shortest cycle that stands twice at the end.
fn repeated_end(frames: &[SignatureFrame]) -> Option<usize> {
    let same =
        |a: &SignatureFrame, b: &SignatureFrame| a.python == b.python && a.function == b.function;
    (1..=LONGEST_CYCLE.min(frames.len() / 2)).find(|&length| {
        let (before, last) = frames.split_at(frames.len() - length);
        // Comparing from the outermost frame on tells most lengths apart at the first.
        let before = before[before.len() - length..].iter();
        before.rev().zip(last.iter().rev()).all(|(a, b)| same(a, b))
    })
}

fn merge(first: &mut SignatureFrame, again: &SignatureFrame) {
    // GCC splits a function and inlines a part of it into the rest: gdb shows `Py_FinalizeEx` twice, systemd once.
    let split = first.inlined && !again.inlined && first.repeats == 0 && again.repeats == 0;
    if !split {
        let rounds = again.repeats.saturating_add(1);
        first.repeats = first.repeats.saturating_add(rounds);
    }
    first.inlined &= again.inlined;
    if first.file.is_none() {
        first.file.clone_from(&again.file);
        first.line = again.line;
        // Of Python code the path is that of the file.
        if first.python {
            first.path.clone_from(&again.path);
        }
    }
}

/// The run of recursion that covers most of a stack.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run<'a> {
    /// One round of it.
    pub(super) cycle: &'a [SignatureFrame],
    /// How often more than once its frame that stands most often is there.
    pub(super) repeats: usize,
    /// How many frames of the stack it stands for.
    pub(super) covers: usize,
}

impl<'a> Run<'a> {
    /// The widest run among folded frames, if any of them repeats.
    pub(super) fn widest(frames: &'a [SignatureFrame]) -> Option<Self> {
        let runs = frames.chunk_by(|a, b| (a.repeats > 0) == (b.repeats > 0));
        let repeated = runs.filter(|run| run[0].repeats > 0);
        let measured = repeated.map(|cycle| Self {
            cycle,
            repeats: cycle.iter().map(|frame| frame.repeats).max().unwrap_or(0),
            covers: cycle.iter().fold(0, |sum, frame| {
                sum.saturating_add(frame.repeats).saturating_add(1)
            }),
        });
        measured.max_by_key(|run| run.covers)
    }
}
