//! Facts that stand beside the stacks: which Python, which signal, which words of failure.

use fixtrail_index::Version;
use serde::Serialize;

use super::Signal;

/// All facts of one input; each list is in the order of the text, without repeats.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Facts {
    /// Python versions, with the place that shows each; the surest first.
    pub pythons: Vec<Sighting>,
    /// The signal that ended the process.
    pub signal: Option<Signal>,
    /// Process number.
    pub pid: Option<u32>,
    /// Command line as printed.
    pub command_line: Option<String>,
    /// Executable path.
    pub executable: Option<String>,
    /// Distribution packages named (`python39-3.9.0~b1-1.fc32.x86_64`).
    pub packages: Vec<String>,
    /// Failed assertions.
    pub assertions: Vec<Assertion>,
    /// What stands behind `Fatal Python error: `, function prefix included.
    pub fatal_errors: Vec<String>,
    /// Exceptions: the last lines of tracebacks, and those printed in frame arguments.
    pub exceptions: Vec<Exception>,
    /// What sanitizers and valgrind say.
    pub sanitizer_errors: Vec<SanitizerError>,
    /// What the interpreter of a core was about, in the thread that died.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interpreter: Vec<InterpreterFact>,
    /// Types of the objects that CPython's dumps of broken ones name: `object type name: _lsprof.Profiler`.
    #[serde(skip)]
    pub object_types: Vec<String>,
    /// What a text names beside its stacks, in words and example code: `asyncio._swap_current_task`, `sys.settrace`.
    #[serde(skip)]
    pub named: Vec<String>,
    /// Words that tell of a process that runs on: `hangs`, `deadlock`, `100% CPU`, `Attaching to process`; lower case.
    pub hang_words: Vec<String>,
}

/// A Python version and how the text shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sighting {
    /// The version; only major and minor where nothing more is known (`libpython3.9.so`).
    pub version: Version,
    /// The words that show it, as they stand in the text.
    pub seen_in: String,
    /// Whether patch level and pre-release are part of the sighting, so that it is the exact build.
    pub exact: bool,
}

/// A failed C assertion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assertion {
    /// The expression between the quotes.
    pub expression: String,
    /// Function, without its signature.
    pub function: Option<String>,
    /// Source file as printed.
    pub file: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// CPython's own message behind `failed: `.
    pub message: Option<String>,
}

/// An exception that the text shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// Type name as printed, dotted where the text has it so.
    pub type_name: String,
    /// The message, or the repr's arguments.
    pub message: Option<String>,
    /// Whether it stood in a frame's arguments, not at the end of a traceback.
    pub in_arguments: bool,
    /// Whether the thread that died had raised it, or handled it, as the interpreter of a core knows.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub in_flight: bool,
}

/// What an interpreter was about, or what else the memory of a process shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterpreterFact {
    /// It was being shut down.
    Finalizing,
    /// It collected garbage.
    CollectingGarbage,
    /// The thread imported a module.
    Importing,
    /// Threads wait for one another.
    Deadlock,
    /// The contexts of an exception lead in a circle.
    ExceptionCycle,
    /// The thread was near the limit of recursion, or beyond it.
    RecursionLimit,
    /// One function stands on a stack hundreds of times.
    DeepRecursion,
    /// A thread has the interpreter's lock and waits in native code.
    GilHeldInNativeCode,
    /// It is shut down while threads of Python code are left.
    DaemonThreads,
    /// An object has a count of references that none can have.
    ReferenceCount,
    /// A register holds what freed memory is filled with.
    FreedMemory,
    /// A register holds what memory is filled with before it is used.
    FreshMemory,
    /// A register holds what stands around blocks of memory.
    ForbiddenMemory,
    /// A pointer that is NULL was followed.
    NullPointer,
}

impl InterpreterFact {
    /// How a commit message speaks of it.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Self::Finalizing => &["finalization", "shutdown"],
            Self::CollectingGarbage => &["garbage", "collector"],
            Self::Importing => &["import", "imported"],
            Self::Deadlock => &["deadlock"],
            Self::ExceptionCycle => &["cycle", "context"],
            Self::RecursionLimit => &["recursion", "recursionerror"],
            Self::DeepRecursion => &["recursion", "recursive"],
            Self::GilHeldInNativeCode => &["gil"],
            Self::DaemonThreads => &["daemon", "finalization", "shutdown"],
            Self::ReferenceCount => &["refcount", "reference", "references"],
            Self::FreedMemory => &["freed", "dangling"],
            Self::FreshMemory => &["uninitialized"],
            Self::ForbiddenMemory => &["overflow", "bounds"],
            Self::NullPointer => &["null"],
        }
    }
}

/// The headline of a sanitizer or of valgrind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SanitizerError {
    /// `AddressSanitizer`, `UndefinedBehaviorSanitizer`, `valgrind`.
    pub tool: String,
    /// `heap-use-after-free`, or the words of the headline.
    pub error: String,
}

impl Facts {
    /// Whether the facts alone say how something failed, so that there is something to look for without a stack.
    #[must_use]
    pub fn has_failure(&self) -> bool {
        !(self.assertions.is_empty()
            && self.fatal_errors.is_empty()
            && self.sanitizer_errors.is_empty())
    }

    /// The interpreter's own fatal errors. `Fatal Python error: Segmentation fault` is none: it names a signal that
    /// faulthandler caught.
    pub fn own_fatal_errors(&self) -> impl Iterator<Item = &str> {
        const SIGNALS: [&str; 6] = [
            "Segmentation fault",
            "Aborted",
            "Bus error",
            "Floating point exception",
            "Floating-point exception",
            "Illegal instruction",
        ];
        let errors = self.fatal_errors.iter().map(String::as_str);
        errors.filter(|error| !SIGNALS.iter().any(|signal| error.starts_with(signal)))
    }
}
