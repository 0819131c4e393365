//! pystack (1.0 and later), also with `--native`, `--native-all` and `--locals`; outermost first.
//!
//! ```text
//! Traceback for thread 41 (python) [Has the GIL] (most recent call last):
//!     (C) File "Modules/main.c", line 739, in pymain_main (inlined) (/usr/lib/libpython3.12.so.1.0)
//!     (Python) File "/x.py", line 6, in wait
//!         time.sleep(seconds)
//!       Arguments:
//!         seconds: 600
//! ```

use super::lines::Line;
use super::python_line::{FileLine, deeper, file_line, listed_arguments};
use super::shape::{Head, Item, Place, Taken};
use super::{FrameKind, PastedFrame, ThreadLabel};

const HEAD: &str = "Traceback for thread ";

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    if let Some(at) = line.text.find(HEAD) {
        return Some(Taken::one(Item::Head(Head {
            thread: label(&line.text[at + HEAD.len()..]),
            outermost_first: true,
            ..Head::default()
        })));
    }
    let text = line.trimmed();
    // The kinds that pystack has: `(C)`, `(Python)`, and `(Cython)` in forks.
    if !text.starts_with('(') {
        return None;
    }
    let (kind, _) = text[1..].split_once(") File ")?;
    if !matches!(kind, "C" | "Python" | "Cython") {
        return None;
    }
    let start = line.indent() + 1 + kind.len() + ") ".len();
    let found = file_line(&line.text[start..]).filter(|found| found.comma)?;
    let under = deeper(&place.lines[1..], line.indent());
    let frame = match kind {
        "C" => native(&found, line.number),
        _ => python(&found, line.number, &place.lines[1..=under]),
    };
    Some(Taken::frame(frame, 1 + under))
}

/// `41 (python) [Has the GIL,Garbage collecting] (most recent call last):`
fn label(text: &str) -> ThreadLabel {
    let (tid, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest
        .split("(most recent call")
        .next()
        .unwrap_or_default()
        .trim();
    let (name, state) = match rest.rfind('[') {
        Some(at) => (&rest[..at], rest[at + 1..].trim_end_matches(']')),
        None => (rest, ""),
    };
    let name = name.trim().trim_start_matches('(').trim_end_matches(')');
    let told = |words: &str| Some(words.to_owned()).filter(|words| !words.is_empty());
    ThreadLabel {
        tid: tid.parse().ok(),
        name: told(name),
        state: told(state),
        ..ThreadLabel::default()
    }
}

/// `f(int) (inlined) (/usr/lib/libx.so)`: the last brackets hold the module.
fn native(found: &FileLine<'_>, at_line: usize) -> PastedFrame {
    let mut frame = found.frame(at_line);
    frame.kind = FrameKind::Native;
    let whole = found.function.unwrap_or_default();
    let (name, module) = whole
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once(" ("))
        .map_or((whole, None), |(name, module)| (name, Some(module)));
    let outer = name.strip_suffix(" (inlined)");
    frame.inlined = outer.is_some();
    frame.module = module
        .filter(|module| !module.is_empty())
        .map(str::to_owned);
    frame.function = Some(outer.unwrap_or(name).to_owned()).filter(|name| name != "???");
    frame
}

fn python(found: &FileLine<'_>, at_line: usize, under: &[Line<'_>]) -> PastedFrame {
    let mut frame = found.frame(at_line);
    let mut listed = under.iter().map(Line::trimmed).peekable();
    frame.source = listed
        .next_if(|text| !matches!(*text, "Arguments:" | "Locals:"))
        .map(str::to_owned);
    frame.arguments = listed_arguments(listed);
    frame
}

#[cfg(test)]
mod tests {
    use super::super::{Tool, read};

    const SAMPLE: &str = r#"
Using executable found in the core file: /usr/bin/python3

Traceback for thread 41 (tool x) [Has the GIL] (most recent call last):
    (C) File "???", line 0, in _start (/usr/bin/python3.12)
    (C) File "Modules/main.c", line 739, in pymain_main (inlined) (/usr/lib/libpython3.12.so.1.0)
    (Python) File "/srv/a.py", line 3, in <module>
        outer(1)
    (Python) File "/srv/a.py", line 6, in outer
        sleep(n)
      Arguments:
        n: 600
        s: <Box at 0x1>
      Locals:
        t: "File "/x.py", line 3, in f"
    (C) File "x.cc", line 9, in ns::g(int, char) (/srv/x.so)

Traceback for thread 42 [] (most recent call last):
    (Python) File "/srv/a.py", line 8, in idle
"#;

    #[test]
    fn native_and_python_frames_are_one_stack() {
        let stacks = read(SAMPLE.as_bytes()).stacks;
        assert_eq!(stacks.len(), 2);
        assert!(stacks.iter().all(|stack| stack.tool == Tool::Pystack));
        let (thread, frames) = (&stacks[0].thread, &stacks[0].frames);
        assert_eq!(
            (thread.tid, thread.name.as_deref()),
            (Some(41), Some("tool x"))
        );
        assert_eq!(thread.state.as_deref(), Some("Has the GIL"));
        assert_eq!(stacks[1].thread.name, None);
        let names: Vec<_> = frames
            .iter()
            .map(|f| f.function.as_deref().unwrap_or("?"))
            .collect();
        assert_eq!(
            names,
            [
                "ns::g(int, char)",
                "outer",
                "<module>",
                "pymain_main",
                "_start"
            ]
        );
        assert_eq!(frames[0].module.as_deref(), Some("/srv/x.so"));
        assert_eq!(frames[1].source.as_deref(), Some("sleep(n)"));
        assert_eq!(frames[1].arguments.len(), 2);
        assert!(frames[3].inlined && !frames[0].inlined);
        assert_eq!((frames[4].file.as_deref(), frames[4].line), (None, None));
    }
}
