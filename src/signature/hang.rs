//! What looking at a process several times told of its hang.

use super::classes::native_class;
use super::{Class, FailureKind, SignatureFrame};

/// A hang as several looks at a process show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hang {
    /// How it hangs.
    pub kind: FailureKind,
    /// The thread that shows it, as its place among those of the process.
    pub thread: usize,
    /// The frame of the call that does not return, by its place in the thread's list.
    pub frame: Option<usize>,
    /// Functions that were seen under that call in any look, and whether they are Python code.
    pub under: Vec<(String, bool)>,
}

/// What a function is worth that was seen under a loop, in another look.
const SEEN_UNDER: f32 = 0.4;

impl Hang {
    /// Why the thread is the one that matters.
    pub(super) fn reason(&self) -> &'static str {
        match self.kind {
            FailureKind::Spin => "it runs, and one call of it does not return",
            FailureKind::Deadlock => "it waits for a thread that waits for it",
            FailureKind::Overflow => "it goes ever deeper",
            FailureKind::Wait => "it holds up the others",
            _ => "it gets on",
        }
    }

    /// The place of the call that does not return among classified frames, in which recursion may be folded.
    pub(super) fn place(&self, frames: &[SignatureFrame]) -> Option<usize> {
        let wanted = self.frame?;
        let of = |frame: &SignatureFrame| frame.number == wanted;
        // One number has a native function and the Python code that it runs, which says more.
        let exact = frames.iter().rposition(of);
        exact.or_else(|| frames.iter().rposition(|frame| frame.number < wanted))
    }

    /// Functions that the looks before showed under the call, and the frames do not.
    pub(super) fn seen_under(&self, frames: &[SignatureFrame]) -> Vec<SignatureFrame> {
        let shown = |name: &str| frames.iter().any(|frame| frame.function == name);
        let missing = self
            .under
            .iter()
            .filter(|(name, python)| !python && !shown(name));
        let classed = missing.map(|(name, _)| (name, native_class(name)));
        let telling = classed.filter(|(_, class)| class.may_be_at_fault());
        let number = self.frame.unwrap_or_default();
        telling
            .map(|(name, class)| seen(name, class, number))
            .collect()
    }
}

fn seen(function: &str, class: Class, number: usize) -> SignatureFrame {
    SignatureFrame {
        number,
        function: function.to_owned(),
        python: false,
        file: None,
        line: None,
        module: None,
        path: None,
        class,
        weight: SEEN_UNDER,
        inlined: false,
        repeats: 0,
        source: None,
        types: Vec::new(),
    }
}
