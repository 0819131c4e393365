//! Stacks pasted as text.
//!
//! In: the bytes of a report. Out: every stack in it, whatever tools printed them. The text is first cut into
//! `Line`s, freed of what mail, trackers and CI do to pasted text; then each place is shown to every shape in turn
//! (`shapes::SHAPES`), and what they take is put together to stacks (`assemble`).

mod abrt;
mod apport;
mod assemble;
mod backtrace_symbols;
mod call_list;
mod coredumpctl;
mod dashboard;
mod document;
mod dots;
mod eustack;
mod facts;
mod faulthandler;
mod gdb;
mod gdb_frame;
mod gdb_heads;
mod ips;
mod lines;
mod lldb;
mod macos;
mod pybt;
mod pyspy;
mod pystack;
mod python_line;
mod sample;
mod sanitizer;
mod shape;
mod shapes;
mod syntax;
#[cfg(test)]
mod testing;
mod traceback;
mod valgrind;
mod windows;

use std::ops::Range;

pub use lines::decode;
use serde::Serialize;

use super::Evidence;

/// One stack as it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastedStack {
    /// The tool that printed it.
    pub tool: Tool,
    /// What the text says of its thread.
    pub thread: ThreadLabel,
    /// What the stack shows.
    pub role: StackRole,
    /// Innermost first, also where the tool prints the outermost first.
    pub frames: Vec<PastedFrame>,
    /// Where frames are missing.
    pub gaps: Vec<Gap>,
    /// Lines of the input, from 1, end exclusive.
    pub lines: Range<usize>,
}

/// The tool whose format a stack is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tool {
    /// gdb's `bt`, `bt full`, `thread apply all bt`; also pstack and gstack, which run gdb.
    Gdb,
    /// gdb-dashboard's Stack panel.
    GdbDashboard,
    /// `coredumpctl info` and the journal.
    Coredumpctl,
    /// eu-stack, and pstack of elfutils.
    EuStack,
    /// lldb's `bt`.
    Lldb,
    /// AddressSanitizer, MemorySanitizer, ThreadSanitizer, UBSan, libFuzzer.
    Sanitizer,
    /// valgrind.
    Valgrind,
    /// macOS crash reports, text and `.ips`, and `sample`.
    MacOs,
    /// Windows debuggers, Dr. Watson, mini-dump listings.
    Windows,
    /// glibc's `backtrace_symbols`, CPython 3.14's C stack among its users.
    BacktraceSymbols,
    /// ABRT's `core_backtrace`.
    Abrt,
    /// A list of calls written by hand.
    CallList,
    /// `py-bt` of CPython's gdb extension.
    PyBt,
    /// A Python traceback.
    Traceback,
    /// faulthandler.
    Faulthandler,
    /// pystack.
    Pystack,
    /// `py-spy dump`.
    PySpy,
    /// No tool: the stack was read from a core.
    Core,
    /// No text: a process that runs.
    Process,
}

/// What a text says of a stack's thread.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ThreadLabel {
    /// The debugger's own number.
    pub number: Option<u32>,
    /// The system's thread number (LWP).
    pub tid: Option<u64>,
    /// `pthread_t`.
    pub pthread: Option<u64>,
    /// Thread name.
    pub name: Option<String>,
    /// Whether the text calls it the current or crashed thread.
    pub current: bool,
    /// What else the header says of its state ("has the GIL", "stop reason = signal SIGABRT").
    pub state: Option<String>,
}

/// What a stack shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackRole {
    /// Where the thread is.
    #[default]
    Running,
    /// A sanitizer's second stack: where the memory was freed.
    Freed,
    /// A sanitizer's third stack: where the memory was allocated.
    Allocated,
    /// A sanitizer's stack of where a thread was made, or other history.
    Created,
    /// An exception that led to the next one (`During handling`, `direct cause`).
    EarlierException,
}

/// Where frames are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Index in `frames` before which they are missing; the length of `frames` for a missing tail.
    pub at: usize,
    /// How many, where the text says or the numbers tell.
    pub count: Option<u64>,
    /// Why, in the words of the text or ours: a lower-case fragment.
    pub why: String,
}

/// One line of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PastedFrame {
    /// Native, Python, or a line that stands for something else.
    pub kind: FrameKind,
    /// The number printed before it.
    pub number: Option<u32>,
    /// Instruction pointer or return address.
    pub address: Option<u64>,
    /// Function as printed, suffixes included; `None` for `??` and bare addresses. For [`FrameKind::Signal`] and
    /// [`FrameKind::Marker`] the text of the marker without its brackets.
    pub function: Option<String>,
    /// Bytes from the function's start.
    pub offset: Option<u64>,
    /// Library or executable, as printed.
    pub module: Option<String>,
    /// Bytes from the module's load address.
    pub module_offset: Option<u64>,
    /// Source file as printed.
    pub file: Option<String>,
    /// Line in it, from 1.
    pub line: Option<u32>,
    /// Column in it, from 1.
    pub column: Option<u32>,
    /// Arguments as printed.
    pub arguments: Vec<Argument>,
    /// The source line, where the tool shows it.
    pub source: Option<String>,
    /// Whether the text shows that the frame was inlined into the next.
    pub inlined: bool,
    /// How often more the same line stood there (`[Previous line repeated 996 more times]`).
    pub repeated: u64,
    /// Line of the input, from 1.
    pub at_line: usize,
}

/// What a line of a stack stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameKind {
    /// Machine code.
    #[default]
    Native,
    /// Python code.
    Python,
    /// `<signal handler called>`: what follows was interrupted, not called.
    Signal,
    /// A line of state between frames: `Garbage-collecting`, `<no Python frame>`, `Waiting for the GIL`.
    Marker,
}

/// One argument of a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Argument {
    /// Parameter name; empty where the tool prints values only.
    pub name: String,
    /// Value as printed.
    pub value: String,
}

impl Argument {
    /// The address that its value is, if it is one and nothing else.
    #[must_use]
    pub(crate) fn address(&self) -> Option<u64> {
        u64::from_str_radix(self.value.strip_prefix("0x")?, 16).ok()
    }
}

/// Reads every stack and fact in a text.
///
/// Input that is not UTF-8 is decoded first ([`decode`]); a text without a stack gives an [`Evidence`] without stacks.
#[must_use]
pub fn read(bytes: &[u8]) -> Evidence {
    let decoded = decode(bytes);
    let mut problems = decoded.problems;
    let (lines, cut) = lines::lines(&decoded.text);
    problems.extend(cut);
    let mut stacks = assemble::stacks(&lines, &mut problems);
    let facts = facts::facts(&lines, &mut stacks);
    Evidence {
        stacks,
        facts,
        problems,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Beginnings, middles and ends of lines of every format, to be put together in any way.
    const PIECES: &[&str] = &[
        "#0  ",
        "# 1 ",
        "#2  0x7f in ",
        "0x7f in f (",
        "f (a=1",
        ", b='x",
        "\"",
        ")",
        "(",
        "<",
        ">",
        " at ",
        "at x.c:1",
        " from /l.so",
        "\n",
        "\n    ",
        "Thread 1 (Thread 0x7f (LWP 3)",
        "\"py\"",
        "):",
        "[Switching to thread 1 (",
        "[0] from 0x7f in f+1",
        "[1] id 3 name p from 0x7f",
        "Stack trace of thread 3:",
        " (l.so + 0x1)",
        "TID 3:\n",
        " - 1 f - /l",
        "* thread #1, name = '",
        "frame #0: 0x7f l`f(a=1)",
        " [inlined] ",
        "[opt]",
        "(l+0x1)",
        " (BuildId: 0",
        "SUMMARY: AddressSanitizer: x a.c:1:2 in f",
        ": runtime error: ",
        "freed by thread T0 here:",
        "==1==    at 0x7F: f (a.c:1)",
        "==1== ",
        "free'd",
        "0   Python 0x00007fff6f01e33a f + 1",
        " (a.c:1)",
        "    2 Thread_1\n",
        "    + 2 f  (in P) + 1  [0x7f]",
        "python312!f+0x1 [C:\\a.c @ 1]",
        "00 (Inline) ",
        ">p.dll!f(int a=1) Line 1",
        "./p(f+0x1) [0x7f]",
        "Binary file \"p\", at f+0x1 [0x7f]",
        "{\"stacktrace\":[",
        "{\"threads\":[],\"usedImages\":[]}",
        "StacktraceTop:\n f () at x.c:1",
        "x:f()\n",
        "-> f()\n",
        "...",
        "Python Exception <class 'x'>",
        "--Type <RET>",
        "(gdb) bt",
        ">>> ",
        "\u{e9}",
        "\t",
        "99999999999999999999",
        ":",
        "Breakpoint 1, ",
        "Backtrace stopped: x",
        "#012",
        "* 1 Thread 0x7f (LWP 3) \"p\" ",
        "=",
        "@entry=",
        "\\",
        "`",
    ];

    proptest! {
        #[test]
        fn no_text_panics(text in "(?s).{0,400}") {
            prop_assert!(read(text.as_bytes()).stacks.len() <= text.len());
        }

        #[test]
        fn no_mixture_of_formats_panics(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
            let evidence = read(pieces.concat().as_bytes());
            for stack in &evidence.stacks {
                prop_assert!(!stack.frames.is_empty());
                prop_assert!(stack.lines.start < stack.lines.end);
                prop_assert!(stack.gaps.iter().all(|gap| gap.at <= stack.frames.len()));
            }
        }
    }
}
