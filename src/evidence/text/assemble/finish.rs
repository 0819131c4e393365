//! What is only known of whole stacks: inlined frames, cut ends, stacks that stand there twice.

use std::collections::{HashMap, HashSet};

use super::super::sanitizer::SUMMARY;
use super::super::{FrameKind, Gap, PastedFrame, PastedStack, StackRole, Tool};

/// Marks the frames that were inlined into the next. Sanitizers, eu-stack and gdb-dashboard print both with one
/// address; gdb leaves the address of the caller out, whose pc is in the middle of the inlined function.
pub(super) fn mark_inlined(stack: &mut PastedStack) {
    let bare = stack.tool == Tool::Gdb && stack.frames.iter().any(|frame| frame.address.is_some());
    let frames = &mut stack.frames;
    for i in 1..frames.len() {
        let (before, frame) = (&frames[i - 1], &frames[i]);
        let shared =
            frame.address.is_some() && frame.address == before.address && !frame.same_call(before);
        let caller = bare && frame.address.is_none() && frame.kind == FrameKind::Native;
        frames[i - 1].inlined |= shared || caller && before.kind == FrameKind::Native;
    }
}

/// systemd-coredump stops at a number of frames without a word.
pub(super) fn mark_cut(stack: &mut PastedStack) {
    let at = stack.frames.len();
    let last = stack.frames.last().and_then(|frame| frame.number);
    if stack.tool == Tool::Coredumpctl && last == Some(63) {
        stack.gaps.push(Gap {
            at,
            count: None,
            why: "systemd-coredump shows at most 64 frames".to_owned(),
        });
    }
}

/// A sanitizer's summary names the frame of a stack that is mostly there too.
pub(super) fn without_summaries(stacks: Vec<PastedStack>) -> Vec<PastedStack> {
    let mut seen: HashSet<(Option<String>, Option<u32>)> = HashSet::new();
    let mut kept = Vec::with_capacity(stacks.len());
    for stack in stacks {
        if stack.tool == Tool::Sanitizer {
            let summary = stack.thread.state.as_deref() == Some(SUMMARY);
            let places = stack
                .frames
                .iter()
                .map(|frame| (frame.function.clone(), frame.line));
            if summary && places.clone().all(|place| seen.contains(&place)) {
                continue;
            }
            seen.extend(places);
        }
        kept.push(stack);
    }
    kept
}

/// gdb prints frame 0 when it stops, and `bt` prints it again: the longer stack stands for both.
pub(super) fn without_prefixes(stacks: Vec<PastedStack>) -> Vec<PastedStack> {
    let mut kept: Vec<Option<PastedStack>> = Vec::with_capacity(stacks.len());
    // "[Current thread is 1 (...)]" stands before the stacks of all threads.
    let mut threads: HashMap<u64, usize> = HashMap::new();
    for mut stack in stacks {
        let thread = stack.thread.tid.or(stack.thread.pthread);
        let earlier = thread.and_then(|thread| threads.get(&thread).copied());
        for before in [kept.len().checked_sub(1), earlier].into_iter().flatten() {
            if let Some(short) = kept[before].take_if(|short| short.begins(&stack)) {
                if before + 1 == kept.len() {
                    stack.lines.start = short.lines.start;
                }
                stack.thread.fill_from(short.thread);
            }
        }
        if let Some(thread) = thread {
            threads.insert(thread, kept.len());
        }
        kept.push(Some(stack));
    }
    kept.into_iter().flatten().collect()
}

impl PastedStack {
    fn begins(&self, longer: &PastedStack) -> bool {
        self.tool == longer.tool
            && self.role == StackRole::Running
            && longer.role == StackRole::Running
            && self.frames.len() < longer.frames.len()
            && self.thread.may_be(&longer.thread)
            && self
                .frames
                .iter()
                .zip(&longer.frames)
                .all(|(a, b)| a.same_call(b))
    }
}

impl PastedFrame {
    fn same_call(&self, other: &PastedFrame) -> bool {
        self.function == other.function && self.file == other.file && self.line == other.line
    }
}
