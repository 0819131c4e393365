//! What matters of a process: the thread, the kind of failure, each frame's class and weight; a stable text and hash.
//!
//! In: a [`Process`] and the facts of its evidence. Out: a [`Signature`]. Frames are classified and weighted, never
//! hidden: a frame that other tools drop as noise (`_PyErr_SetObject`) may be the one that finds the fix.

mod classes;
mod death;
mod hang;
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

use std::collections::HashMap;
use std::sync::Arc;

pub use classes::{Class, native_class};
pub(crate) use classes::{is_startup, worths};
pub use hang::Hang;
pub use kind::FailureKind;
pub(crate) use kind::RUNAWAY;
pub(crate) use print::hash as short_hash;
use serde::Serialize;
pub(crate) use waits::waits;

use crate::evidence::Facts;
use crate::stack::names::{PythonFile, module, python_file};
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
    /// Source file, where known; for Python that of the standard library, from `Lib/`. In the signature of a route
    /// ([`routing`](crate::routing)) from the root of the upstream that owns the frame, for Python too.
    pub file: Option<String>,
    /// Line in it.
    pub line: Option<u32>,
    /// Library or executable.
    pub module: Option<String>,
    /// Where the code is, with the folders that the evidence shows: the module's file, or the Python file.
    #[serde(skip)]
    pub path: Option<Arc<str>>,
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

impl SignatureFrame {
    /// Whether it is Python code of the standard library.
    #[must_use]
    pub fn is_standard_library(&self) -> bool {
        let path = self.path.as_deref().unwrap_or_default();
        self.python && python_file(path) != PythonFile::Other
    }

    /// The frame as the upstream sees it whose code it is: its file is told, and Python code of its own is no stranger.
    pub(crate) fn owned(&self, file: String) -> Self {
        let strange = self.python && self.file.is_none();
        Self {
            weight: self.weight
                * if strange {
                    classes::OWN_PYTHON / classes::OTHER_PYTHON
                } else {
                    1.0
                },
            file: Some(file),
            ..self.clone()
        }
    }
}

/// Makes the signature of a process; `hang` is what several looks at it told, which goes before what one stack tells.
#[must_use]
pub fn signature(process: &Process, facts: &Facts, hang: Option<&Hang>) -> Signature {
    let choice = thread::choose(process, facts, hang);
    let chosen = choice.thread.and_then(|at| process.threads.get(at));
    let mut frames = chosen.map(classes::classify).unwrap_or_default();
    let kind = hang.map_or_else(
        || kind::kind(process, choice.thread, &frames, facts),
        |hang| hang.kind,
    );
    let unreturned = hang.and_then(|hang| hang.place(&frames));
    classes::weigh(&mut frames, unreturned);
    let mut companion_frames = thread::companion_frames(process, &choice, &frames);
    companion_frames.extend(
        hang.map(|hang| hang.seen_under(&frames))
            .unwrap_or_default(),
    );
    let mut other_frames = thread::other_frames(process, &choice);
    for frames in [&mut frames, &mut companion_frames, &mut other_frames] {
        add_paths(frames, process);
    }
    // What a loop goes through is now this, now that.
    let telling = &frames[unreturned.unwrap_or(0)..];
    let text = print::text(telling, &companion_frames, kind, facts);
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

/// The paths of modules that the frames themselves do not tell: those of a core, else their names.
fn add_paths(frames: &mut [SignatureFrame], process: &Process) {
    let modules = process.modules.iter().rev();
    let paths: HashMap<&str, Arc<str>> = modules
        .map(|info| (module(&info.path), Arc::from(info.path.as_str())))
        .collect();
    for frame in frames.iter_mut().filter(|frame| frame.path.is_none()) {
        let name = frame.module.as_deref();
        frame.path = name.map(|name| paths.get(name).cloned().unwrap_or_else(|| name.into()));
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
