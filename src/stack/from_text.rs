//! Pasted stacks as threads: names made bare, Python frames found in arguments of the interpreter loop.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::regex;

use super::{Found, Frame, NativeFrame, Process, PythonFrame, Thread, names};
use crate::evidence::{Argument, Evidence, FrameKind, PastedFrame, PastedStack};

/// The threads of a pasted text, one for each stack in it.
#[must_use]
pub fn from_text(evidence: &Evidence) -> Process {
    Process {
        threads: evidence.stacks.iter().map(thread).collect(),
    }
}

fn thread(stack: &PastedStack) -> Thread {
    let label = &stack.thread;
    Thread {
        number: label.number,
        tid: label.tid,
        pthread: label.pthread,
        name: label.name.clone(),
        current: label.current,
        state: label.state.clone(),
        tool: stack.tool,
        role: stack.role,
        frames: stack.frames.iter().map(frame).collect(),
        gaps: stack.gaps.clone(),
    }
}

fn frame(pasted: &PastedFrame) -> Frame {
    match pasted.kind {
        FrameKind::Native => Frame::Native(native(pasted)),
        FrameKind::Python => Frame::Python(PythonFrame {
            function: pasted.function.clone(),
            file: pasted.file.clone(),
            line: pasted.line,
            source: pasted.source.clone(),
            arguments: pasted.arguments.clone(),
            repeated: pasted.repeated,
        }),
        FrameKind::Signal => Frame::Signal,
        FrameKind::Marker => Frame::Marker {
            text: pasted.function.clone().unwrap_or_default(),
        },
    }
}

fn native(pasted: &PastedFrame) -> NativeFrame {
    let function = pasted
        .function
        .as_deref()
        .map(names::bare)
        .filter(|name| !name.is_empty());
    NativeFrame {
        symbol: pasted
            .function
            .clone()
            .filter(|symbol| Some(symbol) != function.as_ref()),
        function,
        module: pasted
            .module
            .as_deref()
            .map(|path| names::module(path).to_owned()),
        file: pasted.file.as_deref().map(names::source_file),
        line: pasted.line,
        address: pasted.address,
        python: pasted.arguments.iter().find_map(python_frame),
        arguments: pasted.arguments.clone(),
        inlined: pasted.inlined,
        found: Found::Text,
    }
}

/// CPython's gdb extension prints a frame object as `Frame 0x7f06, for file /srv/x.py, line 12, in g (exc=...)`.
fn python_frame(argument: &Argument) -> Option<PythonFrame> {
    static FRAME: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^Frame 0x[0-9a-f]+, for file (.+?), line (\d+), in ([^\s(]+)"));
    // The eval loop's own frame is `f` or `frame`; other arguments (`f_back`, a traceback's) hold other frames.
    if !matches!(argument.name.as_str(), "f" | "frame") || !argument.value.starts_with("Frame 0x") {
        return None;
    }
    let hit = FRAME.captures(&argument.value)?;
    Some(PythonFrame {
        function: Some(hit[3].to_owned()),
        file: Some(hit[1].to_owned()),
        line: hit[2].parse().ok(),
        ..PythonFrame::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eval_frames_carry_their_python_frame() {
        let argument = |name: &str, value: &str| Argument {
            name: name.into(),
            value: value.into(),
        };
        let value =
            "Frame 0x7f0a, for file /srv/a b.py, line 12, in work (self=<Q(x=(1, 2))>, n=3)";
        let frame = python_frame(&argument("f", value)).unwrap();
        assert_eq!(
            (frame.function.as_deref(), frame.file.as_deref(), frame.line),
            (Some("work"), Some("/srv/a b.py"), Some(12))
        );
        assert_eq!(python_frame(&argument("back", value)), None);
        assert_eq!(python_frame(&argument("f", "<optimized out>")), None);
    }
}
