//! Frames by class, and what a frame of each class and depth is worth.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Serialize;

use super::SignatureFrame;
use super::recursion::fold;
use super::rules::{PYTHON_TRAMPOLINES, PYTHON_WAITS, RULES};
use super::types::types;
use crate::stack::names::{PythonFile, python_file, unqualified};
use crate::stack::{Frame, NativeFrame, PythonFrame, Thread};

/// What a frame tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Where the failure is.
    Subject,
    /// Finds and reports a failure: the abort chain, `Py_FatalError`, sanitizers.
    Detector,
    /// Stumbles over damage done elsewhere: allocator, garbage collector, deallocators.
    Victim,
    /// Waits: locks, system calls.
    Wait,
    /// Passes calls on: the interpreter loop, vectorcall, slot wrappers, thread starts.
    Trampoline,
}

impl Class {
    /// Whether a frame of it may be where the fault is.
    #[must_use]
    pub const fn may_be_at_fault(self) -> bool {
        matches!(self, Self::Subject | Self::Victim)
    }

    /// What a match is worth before depth. A victim's own function is sometimes the one at fault; a trampoline counts
    /// when nothing else is left ([`weigh`]).
    const fn weight(self) -> f32 {
        match self {
            Self::Subject => 1.0,
            Self::Victim => 0.25,
            Self::Detector => 0.15,
            Self::Wait => 0.1,
            Self::Trampoline => 0.05,
        }
    }
}

/// How fast weight falls with depth, counted in frames that are no detectors and no trampolines: over the labelled
/// crashes the changed function, where it is in the stack, is the first to third subject frame in most.
const DECAY: f32 = 0.85;

/// No frame falls below this share of its class: a fix may be far out, in the caller that passed a bad argument.
const FLOOR: f32 = 0.12;

/// What Python code of the upstream that is searched is worth beside native code, and other Python code.
pub(super) const OWN_PYTHON: f32 = 0.6;
pub(super) const OTHER_PYTHON: f32 = 0.2;

/// The class of a native function.
#[must_use]
pub fn native_class(function: &str) -> Class {
    static EXACT: LazyLock<HashMap<&str, Class>> = LazyLock::new(|| {
        let rules = RULES
            .iter()
            .flat_map(|(class, names)| names.iter().map(move |name| (*name, *class)));
        rules.filter(|(name, _)| !name.ends_with('*')).collect()
    });
    static PREFIXES: LazyLock<Vec<(&str, Class)>> = LazyLock::new(|| {
        let rules = RULES
            .iter()
            .flat_map(|(class, names)| names.iter().map(move |name| (*name, *class)));
        rules
            .filter_map(|(name, class)| Some((name.strip_suffix('*')?, class)))
            .collect()
    });
    let exact = EXACT.get(function).copied();
    exact
        .or_else(|| {
            PREFIXES
                .iter()
                .find(|(prefix, _)| function.starts_with(prefix))
                .map(|(_, class)| *class)
        })
        .unwrap_or(Class::Subject)
}

/// The frames of a thread with their classes, runs of recursion folded; weights are not set yet.
pub(super) fn classify(thread: &Thread) -> Vec<SignatureFrame> {
    let mut frames = Vec::new();
    for (number, frame) in thread.frames.iter().enumerate() {
        match frame {
            Frame::Native(native) => frames.extend(native_frame(number, native)),
            Frame::Python(python) => frames.extend(python_frame_of(number, python)),
            // What faulthandler and the kernel put above it reports the signal and is no part of the failure.
            Frame::Signal => frames
                .iter_mut()
                .for_each(|above: &mut SignatureFrame| above.class = Class::Detector),
            Frame::Marker { .. } => {}
        }
    }
    fold(frames)
}

fn native_frame(number: usize, native: &NativeFrame) -> Vec<SignatureFrame> {
    let own = native.function.as_ref().map(|function| SignatureFrame {
        number,
        function: function.clone(),
        python: false,
        file: native.file.clone(),
        line: native.line,
        module: native.module.clone(),
        path: native.module_path.as_deref().map(Into::into),
        class: native_class(function),
        weight: 0.0,
        inlined: native.inlined,
        repeats: 0,
        source: None,
        types: types(&native.arguments),
    });
    let python = native
        .python
        .as_ref()
        .and_then(|python| python_frame_of(number, python));
    own.into_iter().chain(python).collect()
}

fn python_frame_of(number: usize, python: &PythonFrame) -> Option<SignatureFrame> {
    let function = python.function.clone()?;
    let file = match python_file(python.file.as_deref().unwrap_or_default()) {
        PythonFile::Standard(file) => Some(file),
        PythonFile::Other => None,
    };
    let bare = unqualified(&function);
    let listed = |list: &[(&str, &str)]| {
        file.as_deref()
            .is_some_and(|file| list.contains(&(file, bare)))
    };
    let class = match () {
        () if listed(PYTHON_WAITS) => Class::Wait,
        () if listed(PYTHON_TRAMPOLINES) || matches!(bare, "<module>" | "<lambda>") => {
            Class::Trampoline
        }
        () => Class::Subject,
    };
    Some(SignatureFrame {
        number,
        function,
        python: true,
        file,
        line: python.line,
        module: None,
        path: python.file.as_deref().map(Into::into),
        class,
        weight: 0.0,
        inlined: false,
        repeats: usize::try_from(python.repeated).unwrap_or(usize::MAX),
        source: python.source.clone(),
        types: Vec::new(),
    })
}

/// What frames are worth that a loop calls again and again, beside the loop itself.
const UNDER_LOOP: f32 = 0.5;

/// Sets the weights: class times depth. Where no subject is left, the class that says most takes its place. Depth counts
/// from the place of the call that does not return, where one is known; that one counts in full.
pub(super) fn weigh(frames: &mut [SignatureFrame], unreturned: Option<usize>) {
    // Never a detector: a fix to `Py_FatalError` itself is not what a fatal error asks for.
    let lift = [
        Class::Subject,
        Class::Victim,
        Class::Wait,
        Class::Trampoline,
    ]
    .into_iter()
    .find(|class| {
        frames
            .iter()
            .any(|frame| frame.class == *class && !is_startup(frame))
    });
    let mut depth = 0;
    for (at, frame) in frames.iter_mut().enumerate() {
        if unreturned == Some(at) {
            depth = 0;
        }
        let class = if Some(frame.class) == lift || unreturned == Some(at) {
            Class::Subject
        } else {
            frame.class
        };
        frame.weight = class.weight() * DECAY.powi(depth).max(FLOOR);
        if unreturned.is_some_and(|unreturned| at < unreturned) {
            frame.weight *= UNDER_LOOP;
        }
        frame.weight *= language(frame);
        if frame.class.may_be_at_fault() && !frame.python {
            depth += 1;
        }
    }
}

/// What a frame is worth beside a native one of its class: one evaluation is one native and one Python frame; the
/// interpreter's own code is what gets fixed, unless the standard library is on the stack.
fn language(frame: &SignatureFrame) -> f32 {
    match (frame.python, &frame.file) {
        (false, _) => 1.0,
        (true, Some(_)) => OWN_PYTHON,
        (true, None) => OTHER_PYTHON,
    }
}

/// The frames of a thread, each with what it is worth whatever its depth.
pub(crate) fn worths(thread: &Thread) -> Vec<SignatureFrame> {
    let mut frames = classify(thread);
    for frame in &mut frames {
        frame.weight = frame.class.weight() * language(frame);
    }
    frames
}

/// Frames that every stack ends in tell nothing even where they are all there is.
pub(crate) fn is_startup(frame: &SignatureFrame) -> bool {
    frame.class == Class::Trampoline
        && (frame.function.contains("start") || frame.function.contains("main"))
}
