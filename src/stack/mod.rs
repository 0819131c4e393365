//! One normalised stack per thread.
//!
//! In: [`Evidence`](crate::evidence::Evidence) of a text, or a [`Core`](crate::evidence::core::Core). Out: a [`Process`] whose threads list their frames innermost first. No frame is dropped here: what
//! a frame is worth is for [`signature`](crate::signature) to say.

mod core_facts;
pub mod debuginfod;
mod from_core;
mod from_text;
mod interpreter_facts;
mod merge;
mod modules;
pub mod names;
pub mod python;
mod python_version;
mod symbols;
mod unwind;

use std::ops::Range;

pub use core_facts::add_facts;
pub use from_core::from_core;
pub use from_text::from_text;
pub use modules::Modules;
pub use modules::debug_files::DebugFiles;
pub use modules::files::Files;
pub use python::{Interpreters, Variables};
use python::{PythonState, PythonThread};
pub use python_version::sightings;
use serde::Serialize;

use crate::evidence::{Argument, Gap, StackRole, Tool};

/// The stacks of one input.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Process {
    /// In the order of the evidence. One thread stands here once for each tool that printed it.
    pub threads: Vec<Thread>,
    /// What the CPython of a core's process knows of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python: Option<PythonState>,
    /// Programs and libraries of a core's process, by address; none for a text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<ModuleInfo>,
}

/// A program or library that a process had mapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleInfo {
    /// Path as the process saw it.
    pub path: String,
    /// First address.
    pub start: u64,
    /// First address behind it.
    pub end: u64,
    /// Build ID in hexadecimal digits.
    pub build_id: Option<String>,
    /// The file that was used, where frames were met in it and it was found.
    pub file: Option<String>,
}

/// The stack of one thread as one tool shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Thread {
    /// The debugger's number.
    pub number: Option<u32>,
    /// The system's thread number (LWP).
    pub tid: Option<u64>,
    /// `pthread_t`.
    pub pthread: Option<u64>,
    /// Thread name.
    pub name: Option<String>,
    /// Whether the evidence calls it the current or crashed thread.
    pub current: bool,
    /// What the evidence says of its state.
    pub state: Option<String>,
    /// The tool that printed it.
    pub tool: Tool,
    /// Whether it ran while it was read, so that its frames may be of more than one moment; only of a process that was not
    /// stopped.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub torn: bool,
    /// What the stack shows.
    pub role: StackRole,
    /// Innermost first.
    pub frames: Vec<Frame>,
    /// Where frames are missing.
    pub gaps: Vec<Gap>,
    /// What the CPython of a core knows of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub python: Option<PythonThread>,
    /// Lines of the text that it stands in, from 1, end exclusive.
    #[serde(skip)]
    pub lines: Option<Range<usize>>,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Frame {
    /// Machine code.
    Native(NativeFrame),
    /// Python code.
    Python(PythonFrame),
    /// A signal handler's trampoline: the frames after it were interrupted, not called.
    Signal,
    /// A state that a tool prints between frames (`Garbage-collecting`).
    Marker {
        /// The tool's words.
        text: String,
    },
}

/// A frame of machine code.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NativeFrame {
    /// Function, demangled, without what compilers and linkers add ([`names::bare`]); `None` where it is not known.
    pub function: Option<String>,
    /// The symbol as found, where it differs.
    pub symbol: Option<String>,
    /// Library or executable, without its folders.
    pub module: Option<String>,
    /// The same with its folders, where a text has them; those of a core are in [`Process::modules`].
    #[serde(skip)]
    pub module_path: Option<String>,
    /// Source file, from the root of its project where that can be told ([`names::source_file`]).
    pub file: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// Instruction pointer or return address.
    pub address: Option<u64>,
    /// Arguments as printed.
    pub arguments: Vec<Argument>,
    /// Whether it was inlined into the next frame.
    pub inlined: bool,
    /// The Python frame that this call of the interpreter loop runs.
    pub python: Option<PythonFrame>,
    /// How the frame was found.
    pub found: Found,
}

/// A frame of Python code.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PythonFrame {
    /// Function, qualified where the source of the evidence qualifies it.
    pub function: Option<String>,
    /// File as printed.
    pub file: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// The source line.
    pub source: Option<String>,
    /// What sort of code it is, where more is known than that it is a function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<CodeKind>,
    /// Arguments as printed.
    pub arguments: Vec<Argument>,
    /// Local variables that have a value, and those of enclosing functions; only of a core, and if asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locals: Vec<Argument>,
    /// How often more the same frame stood there.
    pub repeated: u64,
}

/// Code that can be suspended and go on later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeKind {
    /// `yield` in a `def`, and generator expressions.
    Generator,
    /// `async def`, and generators that `types.coroutine` made one.
    Coroutine,
    /// `yield` in an `async def`.
    AsyncGenerator,
}

/// How a native frame was found, the surest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// A debugger or tool printed it.
    #[default]
    Text,
    /// The thread's own registers.
    Registers,
    /// Call frame information.
    Cfi,
    /// The registers that the kernel saved for a signal handler.
    SignalContext,
    /// Debug information says that it was inlined into the next frame.
    Inlined,
    /// Debug information says that the function ended in a jump to the inner one, and left no frame of its own.
    TailCall,
    /// A guess: the chain of frame pointers.
    FramePointer,
    /// A guess: a word on the stack that looks like a return address.
    Scan,
}

impl Frame {
    /// Its function, native or Python.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        match self {
            Self::Native(frame) => frame.function.as_deref(),
            Self::Python(frame) => frame.function.as_deref(),
            Self::Signal | Self::Marker { .. } => None,
        }
    }

    /// The native frame, if it is one.
    #[must_use]
    pub fn native(&self) -> Option<&NativeFrame> {
        match self {
            Self::Native(frame) => Some(frame),
            _ => None,
        }
    }
}

impl Thread {
    /// A running thread of which nothing is known but its frames, innermost first.
    pub(crate) fn new(tool: Tool, frames: Vec<Frame>) -> Self {
        Self {
            number: None,
            tid: None,
            pthread: None,
            name: None,
            current: false,
            state: None,
            tool,
            torn: false,
            role: StackRole::Running,
            frames,
            gaps: Vec::new(),
            python: None,
            lines: None,
        }
    }

    /// Whether any of its frames is machine code.
    #[must_use]
    pub fn is_native(&self) -> bool {
        self.frames.iter().any(|frame| frame.native().is_some())
    }
}
