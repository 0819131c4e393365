//! Exceptions of a thread: the one that it raises, and those that it handles, each with what it hangs on.
//!
//! In: a thread state. Out: [`ExceptionChain`]s, each from an exception back to the first cause. Chains that lead in a
//! circle, which hang CPython where it walks them (bpo-40696), are shown as such. Python 2 has no chains: each of its
//! exceptions stands alone.

mod chain;
mod message;
mod thread;
mod traceback;

use serde::Serialize;
pub(super) use thread::{handled, raised};

/// An exception and those that it came of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExceptionChain {
    /// From the newest to the first cause: each hangs on the one before by its [`link`](ExceptionInfo::link).
    pub exceptions: Vec<ExceptionInfo>,
    /// Where the last one leads back to, if the chain is a circle.
    pub cycle: Option<ExceptionCycle>,
    /// Whether it goes on beyond the last one, which was left out.
    pub cut: bool,
    /// Why it ends where it should not, in words.
    pub broken: Option<String>,
}

/// How a chain closes to a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ExceptionCycle {
    /// The place in [`ExceptionChain::exceptions`] that the last one leads back to.
    pub back_to: usize,
    /// By which of its links.
    pub link: ExceptionLink,
}

/// An exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExceptionInfo {
    /// Address of the object; of its type, where the object is not made yet.
    pub address: u64,
    /// Name of the type, with its module unless it is a builtin.
    pub type_name: String,
    /// As `str()` would give it where the arguments alone tell; `None` without arguments. Cut at 2000 characters.
    pub message: Option<String>,
    /// How it hangs on the one before.
    pub link: ExceptionLink,
    /// Its traceback, innermost first: where it was raised, then the callers that it has passed. At most the 32 innermost.
    pub traceback: Vec<TracebackEntry>,
    /// How many outer entries of the traceback were left out.
    pub traceback_left_out: usize,
    /// Whether `__suppress_context__` is set, as `raise ... from` does: a traceback of Python does not show its context.
    pub suppressed_context: bool,
}

/// How an exception hangs on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionLink {
    /// On none: it begins the chain.
    First,
    /// It is the other's `__cause__`, as `raise ... from` sets it.
    Cause,
    /// It is the other's `__context__`: it was being handled when the other was raised.
    Context,
}

/// A frame that an exception has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TracebackEntry {
    /// Function, qualified since Python 3.11.
    pub function: Option<String>,
    /// File as its code has it.
    pub file: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
}
