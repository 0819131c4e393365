//! What matters of a process: the thread, the kind of failure, each frame's class and weight; a stable text and hash.
//!
//! In: a [`Process`] and the facts of its evidence. Out: a [`Signature`]. Frames are classified and weighted, never
//! hidden: a frame that other tools drop as noise (`_PyErr_SetObject`) may be the one that finds the fix.

mod classes;
mod death;
mod kind;
mod print;
mod recursion;
mod rules;
#[cfg(test)]
mod tests;
mod thread;
mod types;
mod wait_rules;
mod waits;

pub use classes::{Class, native_class};
pub use kind::FailureKind;
use serde::Serialize;

use crate::evidence::Facts;
use crate::stack::{Frame, Process};

/// More of what tools say between frames is not kept.
const MOST_MARKERS: usize = 8;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signature {
    /// Index of the thread that matters in [`Process::threads`]; `None` when there are no stacks.
    pub thread: Option<usize>,
    /// Why this thread.
    pub reason: String,
    /// Other stacks that show the same thread: by another tool, or its Python frames.
    pub companions: Vec<usize>,
    /// What happened.
    pub kind: FailureKind,
    /// The frames of the thread, innermost first, a run of recursion folded into its first round.
    pub frames: Vec<SignatureFrame>,
    /// Frames that only companions show.
    pub companion_frames: Vec<SignatureFrame>,
    /// Frames of the other threads, each function once, the innermost of each thread first.
    #[serde(skip)]
    pub other_frames: Vec<SignatureFrame>,
    /// What tools say of calls, between frames and in arguments, of the thread and its companions: `built-in method sort of
    /// list object`.
    #[serde(skip)]
    pub markers: Vec<String>,
    /// The frames that tell this failure from others, in words: `PyErr_SetNone < gen_send_ex < gen_throw`.
    pub text: String,
    /// The same as 16 hexadecimal digits; equal for equal texts.
    pub hash: String,
}

/// A classified frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignatureFrame {
    /// Number among the thread's frames, from 0 for the innermost.
    pub number: usize,
    /// Function.
    pub function: String,
    /// Whether it is Python code.
    pub python: bool,
    /// Source file, where known; for Python that of the standard library, from `Lib/`.
    pub file: Option<String>,
    /// Line in it.
    pub line: Option<u32>,
    /// Library or executable.
    pub module: Option<String>,
    /// What the frame is.
    pub class: Class,
    /// What a match with it is worth, from 0 to 1: by class and by depth.
    pub weight: f32,
    /// Whether it was inlined into the next.
    pub inlined: bool,
    /// How often more it stands in a run of recursion.
    pub repeats: usize,
    /// The source line of a Python frame.
    #[serde(skip)]
    pub source: Option<String>,
    /// Types of Python objects that its arguments are said to be: `_io.StringIO`, `NameError`.
    #[serde(skip)]
    pub types: Vec<String>,
}

/// Makes the signature of a process.
#[must_use]
pub fn signature(process: &Process, facts: &Facts) -> Signature {
    let choice = thread::choose(process, facts);
    let chosen = choice.thread.and_then(|at| process.threads.get(at));
    let mut frames = chosen.map(classes::classify).unwrap_or_default();
    let kind = kind::kind(process, choice.thread, &frames, facts);
    classes::weigh(&mut frames);
    let companion_frames = thread::companion_frames(process, &choice, &frames);
    let other_frames = thread::other_frames(process, &choice);
    let text = print::text(&frames, &companion_frames, kind, facts);
    Signature {
        thread: choice.thread,
        reason: choice.reason,
        other_frames,
        markers: markers(process, choice.thread, &choice.companions),
        companions: choice.companions,
        kind,
        hash: print::hash(&text),
        frames,
        companion_frames,
        text,
    }
}

fn markers(process: &Process, thread: Option<usize>, companions: &[usize]) -> Vec<String> {
    let shown = thread.iter().chain(companions);
    let threads = shown.filter_map(|&at| process.threads.get(at));
    let frames = threads.flat_map(|thread| &thread.frames);
    let texts = frames.flat_map(|frame| match frame {
        Frame::Marker { text } => vec![text.clone()],
        // gdb's pretty-printers say of `callable` and `func` what Python code called.
        Frame::Native(native) => {
            let values = native.arguments.iter().map(|argument| &argument.value);
            values
                .filter(|value| value.starts_with("<built-in method "))
                .cloned()
                .collect()
        }
        _ => Vec::new(),
    });
    texts.take(MOST_MARKERS).collect()
}
