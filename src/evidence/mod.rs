//! Evidence of a crash or hang, as found: nothing is symbolised, nothing judged.
//!
//! In: the text of a report, or a core. Out: of a text an [`Evidence`], every stack in the order it stands in the
//! input, the facts met on the way, and what could not be read; of a core a [`Core`](core::Core), the memory, registers
//! and module map of the process.

mod content;
pub mod core;
mod facts;
#[cfg(target_os = "linux")]
pub mod live;
mod signal;
mod task;
pub mod text;

pub use content::{Content, content, text_of};
pub use facts::{Assertion, Exception, Facts, InterpreterFact, SanitizerError, Sighting};
use serde::Serialize;
pub use signal::Signal;
pub use task::Task;
pub use text::{Argument, FrameKind, Gap, PastedFrame, PastedStack, StackRole, ThreadLabel, Tool};

/// What one input holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Every stack, in the order in which the input shows them.
    pub stacks: Vec<PastedStack>,
    /// What the input says beside its stacks.
    pub facts: Facts,
    /// What could not be read, and why. Never empty where something was left out.
    pub problems: Vec<Problem>,
}

/// Something that was left out or is in doubt, in words for a reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line of the input, from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong: a lower-case fragment without a full stop.
    pub what: String,
}

impl Problem {
    /// A problem of the input as a whole.
    #[must_use]
    pub fn of(what: impl Into<String>) -> Self {
        Self {
            line: None,
            what: what.into(),
        }
    }
}
