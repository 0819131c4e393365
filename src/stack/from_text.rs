//! Pasted stacks as threads: names made bare, Python frames found in arguments of the interpreter loop.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::regex;

use super::{Found, Frame, NativeFrame, Process, PythonFrame, Thread, names};
use crate::evidence::{Argument, Evidence, FrameKind, Gap, PastedFrame, PastedStack};

/// The threads of a pasted text, one for each stack in it.
#[must_use]
pub fn from_text(evidence: &Evidence) -> Process {
    Process {
        threads: evidence.stacks.iter().map(thread).collect(),
        python: None,
        modules: Vec::new(),
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
        role: stack.role,
        gaps: stack.gaps.iter().map(|gap| counted(stack, gap)).collect(),
        lines: Some(stack.lines.clone()),
        ..Thread::new(stack.tool, stack.frames.iter().map(frame).collect())
    }
}

/// A gap with its size, where the numbers of the frames beside it or its own words tell: people write `...` or `(170k
/// identical frames removed)` in place of frames, which is all that is left of a recursion.
fn counted(stack: &PastedStack, gap: &Gap) -> Gap {
    static SIZE: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^(?:about |another |~ ?)?(\d{1,9}) ?(k\b|thousand\b|)[^\d]*$"));
    let number = |at: usize| stack.frames.get(at).and_then(|frame| frame.number);
    let beside = || {
        let (before, after) = (number(gap.at.checked_sub(1)?)?, number(gap.at)?);
        after
            .checked_sub(before)?
            .checked_sub(1)
            .map(u64::from)
            .filter(|&count| count > 0)
    };
    let written = || {
        let found = SIZE.captures(&gap.why)?;
        let thousands = if found[2].is_empty() { 1 } else { 1000 };
        found[1].parse::<u64>().ok()?.checked_mul(thousands)
    };
    Gap {
        count: gap.count.or_else(beside).or_else(written),
        ..gap.clone()
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
            runs: None,
            arguments: pasted.arguments.clone(),
            locals: Vec::new(),
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
        module_path: pasted
            .module
            .clone()
            .filter(|path| path.contains(['/', '\\'])),
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

    #[test]
    fn gaps_have_a_size_where_the_text_shows_it() {
        for (dots, number, count) in [
            ("...", 900, Some(898)),
            ("...", 2, None),
            ("... (170k identical frames removed)", 2, Some(170_000)),
            ("[...] many frames omitted", 2, None),
            ("(996 frames omitted)", 2, Some(996)),
        ] {
            let text =
                format!("#0  0x1 in f ()\n#1  0x1 in f ()\n{dots}\n#{number}  0x2 in g ()\n");
            let process = from_text(&crate::evidence::text::read(text.as_bytes()));
            let gaps: Vec<_> = process.threads[0]
                .gaps
                .iter()
                .map(|gap| gap.count)
                .collect();
            assert_eq!(gaps, [count], "{text}");
        }
    }
}
