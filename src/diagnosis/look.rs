//! What one look at a process shows of its threads, in short: enough to tell two looks apart.

use std::collections::HashMap;

use crate::evidence::Task;
use crate::stack::{Frame, NativeFrame, Process, PythonFrame, Thread};

/// A process as it was at one moment.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// The calls of each thread by the system's number.
    pub(super) stacks: HashMap<u64, Stack>,
    /// The threads as the scheduler had them; none of a core.
    pub(super) tasks: HashMap<u64, Task>,
}

/// The calls of a thread, outermost first.
#[derive(Debug, Clone, Default)]
pub(super) struct Stack {
    pub(super) calls: Vec<Call>,
    /// Whether no frame is missing, and native and Python frames fit together.
    pub(super) complete: bool,
}

/// A call that has not returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) function: String,
    pub(super) python: bool,
    /// Of Python code its file, of machine code its module: functions of one name in several are several.
    file: Option<String>,
    /// Where it goes on once what it called returns. Another place in the next look tells that this did return.
    goes_on: GoesOn,
    /// Whether it is a part of its caller, which is what runs.
    pub(super) inlined: bool,
    /// The frame of the thread that shows it.
    pub(super) frame: usize,
}

/// A place in a call: a return address, a line of Python code, or both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct GoesOn {
    address: Option<u64>,
    line: Option<u32>,
}

impl Look {
    /// What a process shows, with what the scheduler said of its threads at that time.
    #[must_use]
    pub fn new(process: &Process, tasks: Vec<Task>) -> Self {
        let threads = process.threads.iter();
        Self {
            stacks: threads
                .filter_map(|thread| Some((thread.tid?, Stack::of(thread))))
                .collect(),
            tasks: tasks
                .into_iter()
                .map(|task| (task.tid.into(), task))
                .collect(),
        }
    }

    /// How many calls of all threads it keeps.
    pub(super) fn calls(&self) -> usize {
        self.stacks.values().map(|stack| stack.calls.len()).sum()
    }
}

impl Call {
    /// Whether two calls are of one function.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.python == other.python && self.function == other.function && self.file == other.file
    }

    /// Whether what it called may be the same call in both looks.
    pub(super) fn goes_on_as(&self, other: &Self) -> bool {
        self.goes_on == other.goes_on
    }
}

impl Stack {
    /// Whether it shows Python code.
    pub(super) fn is_python(&self) -> bool {
        self.calls.iter().any(|call| call.python)
    }

    fn of(thread: &Thread) -> Self {
        Self {
            calls: calls(thread),
            complete: thread.gaps.is_empty() && !thread.frames.iter().any(is_mark),
        }
    }
}

fn is_mark(frame: &Frame) -> bool {
    matches!(frame, Frame::Marker { .. })
}

/// The calls of a thread, outermost first.
pub(super) fn calls(thread: &Thread) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::with_capacity(thread.frames.len());
    // The interpreter's loop, while Python frames that it runs as well may follow.
    let mut in_loop = None;
    for (at, frame) in thread.frames.iter().enumerate().rev() {
        match frame {
            Frame::Native(native) => {
                leave(&mut calls, in_loop.take());
                calls.push(of_native(native, at));
                if let Some(python) = &native.python {
                    calls.push(of_python(python, at));
                    in_loop = native.address;
                }
            }
            Frame::Python(python) => calls.push(of_python(python, at)),
            Frame::Signal | Frame::Marker { .. } => {}
        }
    }
    leave(&mut calls, in_loop);
    calls
}

/// The loop's own place is that of the innermost Python frame that it runs: the others have called Python code, for which
/// it does not call itself.
fn leave(calls: &mut [Call], address: Option<u64>) {
    if let Some(address) = address
        && let Some(inner) = calls.last_mut()
    {
        inner.goes_on.address = Some(address);
    }
}

fn of_native(native: &NativeFrame, frame: usize) -> Call {
    Call {
        // One without a name is told apart by its module.
        function: native.function.clone().unwrap_or_default(),
        python: false,
        // The source file is that of the line, which in the interpreter's loop is now this, now that.
        file: native.module.clone(),
        goes_on: GoesOn {
            address: native.address.filter(|_| native.python.is_none()),
            line: None,
        },
        inlined: native.inlined,
        frame,
    }
}

fn of_python(python: &PythonFrame, frame: usize) -> Call {
    Call {
        function: python.function.clone().unwrap_or_default(),
        python: true,
        file: python.file.clone(),
        goes_on: GoesOn {
            address: None,
            line: python.line,
        },
        inlined: false,
        frame,
    }
}
