//! Threads and looks for the tests of this stage.

use std::time::Duration;

use super::Look;
use crate::evidence::{Task, Tool};
use crate::stack::{Frame, NativeFrame, Process, PythonFrame, Thread};

/// A function of machine code, and where it goes on.
pub(super) fn native(function: &str, address: u64) -> Frame {
    Frame::Native(NativeFrame {
        function: Some(function.to_owned()),
        address: Some(address),
        ..NativeFrame::default()
    })
}

fn code(function: &str, line: u64) -> PythonFrame {
    PythonFrame {
        function: Some(function.to_owned()),
        file: Some("app.py".to_owned()),
        line: u32::try_from(line).ok(),
        ..PythonFrame::default()
    }
}

/// A Python function, and its line.
pub(super) fn python(function: &str, line: u64) -> Frame {
    Frame::Python(code(function, line))
}

/// The interpreter's loop as it runs a Python function, and its line; the loop is somewhere else each time.
pub(super) fn running(function: &str, line: u64) -> Frame {
    Frame::Native(NativeFrame {
        function: Some("_PyEval_EvalFrameDefault".to_owned()),
        address: Some(0x1000),
        python: Some(code(function, line)),
        ..NativeFrame::default()
    })
}

/// A thread of a process that runs.
pub(super) fn thread(tid: u64, frames: Vec<Frame>) -> Thread {
    Thread {
        tid: Some(tid),
        ..Thread::new(Tool::Process, frames)
    }
}

/// A look at one thread that had run, and had waited for a processor, for so many milliseconds.
pub(super) fn look(thread: Thread, ran: u64, delayed: u64) -> Look {
    let tid = thread.tid.unwrap_or_default();
    let task = Task {
        tid: u32::try_from(tid).unwrap_or_default(),
        state: 'R',
        ran: Duration::from_millis(ran),
        delayed: Duration::from_millis(delayed),
    };
    let process = Process {
        threads: vec![thread],
        ..Process::default()
    };
    Look::new(&process, vec![task])
}
