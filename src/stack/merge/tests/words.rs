//! Stacks in words.

use crate::evidence::{Argument, Gap};
use crate::stack::merge::{Merged, NativeStack, Physical};
use crate::stack::python::{PythonCall, PythonStack};
use crate::stack::{Frame, NativeFrame, PythonFrame};

/// Native frames, innermost first: `L` is the loop, `W` a function that only calls it, `C` one by which it looks whether it
/// may begin, `S` a signal handler's trampoline, `~f` an inlined function; `=5` is the frame that one was called with. A
/// `!` at the end says that the stack is cut short.
pub(super) fn native(text: &str) -> NativeStack {
    let mut stack = NativeStack::default();
    for word in text.split_whitespace() {
        if word == "!" {
            let at = stack.frames.len();
            stack.gap = Some(gap(at, "cut"));
            continue;
        }
        if word == "S" {
            stack.frames.push(Frame::Signal);
            continue;
        }
        let (name, argument) = word.split_once('=').unwrap_or((word, ""));
        let inlined = name.starts_with('~');
        let name = match name.trim_start_matches('~') {
            "L" => "_PyEval_EvalFrameDefault",
            "W" => "_PyEval_EvalFrame",
            "C" => "_Py_CheckRecursiveCall",
            name => name,
        };
        if !inlined {
            let at = stack.frames.len();
            let first = 100 * (stack.physical.len() as u64 + 1);
            let span = first..first + 100;
            stack.physical.push(Physical { at, span });
        }
        let argument = argument.parse::<u64>().map(|frame| Argument {
            name: "frame".to_owned(),
            value: format!("{frame:#x}"),
        });
        stack.frames.push(Frame::Native(NativeFrame {
            function: Some(name.to_owned()),
            arguments: argument.into_iter().collect(),
            inlined,
            ..NativeFrame::default()
        }));
    }
    stack
}

fn gap(at: usize, why: &str) -> Gap {
    Gap {
        at,
        count: None,
        why: why.to_owned(),
    }
}

/// Calls of the loop, innermost first, with their frames: `a,b`; `@2` is within the second native frame, `=5` was called
/// with that frame, the outermost, and the next inner one is 6; `-a` has no loop. A `!` at the end says that they are cut
/// short.
pub(super) fn python(text: &str) -> PythonStack {
    let mut stack = PythonStack::default();
    for word in text.split_whitespace() {
        if word == "!" {
            stack.broken = Some("cut".to_owned());
            continue;
        }
        let (word, frame) = word.split_once('=').unwrap_or((word, "0"));
        let (word, within) = word.split_once('@').unwrap_or((word, ""));
        let names = word.trim_start_matches('-').split(',');
        let frames = names.filter(|name| !name.is_empty());
        let frames: Vec<_> = frames
            .map(|name| PythonFrame {
                function: Some(name.to_owned()),
                ..PythonFrame::default()
            })
            .collect();
        let frame = frame.parse().expect("a number");
        let addresses = frame..frame + frames.len() as u64;
        stack.calls.push(PythonCall {
            frames,
            within: within.parse::<u64>().ok().map(|at| at * 100 + 50),
            at: addresses.rev().collect(),
            frame,
            without_loop: word.starts_with('-'),
        });
    }
    stack
}

/// The result in words: `L:a` is a loop with its Python frame, `.a` a Python frame alone; `?python` and `?native` are what
/// was not found, `!` is a gap.
pub(super) fn words(merged: &Merged) -> String {
    let mut words = Vec::new();
    for (at, frame) in merged.frames.iter().enumerate() {
        words.extend(gaps(merged, at));
        words.push(match frame {
            Frame::Native(native) => {
                let name = match native.function.as_deref() {
                    Some("_PyEval_EvalFrameDefault") => "L",
                    Some("_PyEval_EvalFrame") => "W",
                    Some("_Py_CheckRecursiveCall") => "C",
                    name => name.unwrap_or_default(),
                };
                let python = native
                    .python
                    .as_ref()
                    .and_then(|python| python.function.as_ref());
                python.map_or_else(|| name.to_owned(), |python| format!("{name}:{python}"))
            }
            Frame::Python(python) => format!(".{}", python.function.as_deref().unwrap_or_default()),
            Frame::Marker { text } if text.starts_with("no Python") => "?python".to_owned(),
            Frame::Marker { text } if text.starts_with("no native") => "?native".to_owned(),
            Frame::Signal => "S".to_owned(),
            frame => format!("{frame:?}"),
        });
    }
    words.extend(gaps(merged, merged.frames.len()));
    words.join(" ")
}

fn gaps(merged: &Merged, at: usize) -> impl Iterator<Item = String> {
    let gaps = merged.gaps.iter().filter(move |gap| gap.at == at);
    gaps.map(|gap| {
        format!(
            "!{}",
            if gap.why.starts_with("Python") {
                "python"
            } else {
                "native"
            }
        )
    })
}
