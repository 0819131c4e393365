//! `py-spy dump` (0.3 and later), also with `--native`, `--locals` and `--json`; innermost first.
//!
//! ```text
//! Process 41: python x.py
//! Python v3.12.1 (/usr/bin/python3.12)
//!
//! Thread 41 (active+gil): "MainThread"
//!     clock_nanosleep (libc.so.6)
//!     Box.wait (x.py:6)
//!         Arguments:
//!             seconds: 600
//! ```

use super::lines::Line;
use super::python_line::{deeper, listed_arguments};
use super::shape::{Head, Item, Place, Taken};
use super::{FrameKind, PastedFrame, ThreadLabel, Tool};

/// Fields of one object in the JSON form, which stand on lines of their own.
const MOST_FIELDS: usize = 12;

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    if let Some(taken) = json(place.lines, place.open == Some(Tool::PySpy)) {
        return Some(taken);
    }
    if let Some(thread) = label(line.trimmed()) {
        return Some(Taken::one(Item::Head(Head {
            thread,
            ..Head::default()
        })));
    }
    let open = place.open == Some(Tool::PySpy);
    if open && line.trimmed().starts_with(['"', '{', '}', ']']) {
        return Some(Taken::one(Item::Noise));
    }
    let mut frame = row(line)?;
    // Without a head, `f (x.py:12)` may be prose: only two rows of one column are believed.
    let believed = open
        || (frame.kind == FrameKind::Python
            && line.indent() >= 4
            && place.lines.get(1).is_some_and(|next| {
                next.indent() == line.indent()
                    && row(next).is_some_and(|row| row.kind == FrameKind::Python)
            }));
    if !believed {
        return None;
    }
    let under = deeper(&place.lines[1..], line.indent());
    frame.arguments = listed_arguments(place.lines[1..=under].iter().map(Line::trimmed));
    Some(Taken::frame(frame, 1 + under))
}

/// `Thread 41 (active+gil): "MainThread"`, `Thread 0x7F01 (idle)`
fn label(text: &str) -> Option<ThreadLabel> {
    let (number, rest) = text.strip_prefix("Thread ")?.split_once(" (")?;
    let (state, name) = rest.split_once(')')?;
    if !["active", "idle"]
        .iter()
        .any(|word| state.starts_with(word))
    {
        return None;
    }
    let pthread = number
        .strip_prefix("0x")
        .and_then(|hex| u64::from_str_radix(hex, 16).ok());
    let name = name.trim_start_matches(':').trim().trim_matches('"');
    Some(ThreadLabel {
        tid: number.parse().ok(),
        pthread,
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        state: Some(state.to_owned()),
        ..ThreadLabel::default()
    })
}

/// `Box.wait (x.py:6)`, `clone (libc.so.6)`, `0x7f01 (libc.so.6)`
fn row(line: &Line<'_>) -> Option<PastedFrame> {
    let text = line.trimmed();
    let (name, place) = text.strip_suffix(')')?.rsplit_once(" (")?;
    if line.indent() == 0 || name.is_empty() || place.is_empty() || text.len() > 1000 {
        return None;
    }
    let mut frame = PastedFrame {
        function: Some(name.to_owned()),
        at_line: line.number,
        ..PastedFrame::default()
    };
    if let Some(address) = name.strip_prefix("0x") {
        frame.address = u64::from_str_radix(address, 16).ok();
        frame.function = None;
    }
    match place
        .rsplit_once(':')
        .map(|(file, number)| (file, number.parse()))
    {
        Some((file, Ok(number))) => {
            frame.file = Some(file.to_owned());
            frame.line = Some(number).filter(|&number| number > 0);
            frame.kind = kind(file);
        }
        // A Python function whose line is not known has its file alone.
        _ if kind(place) == FrameKind::Python => {
            frame.file = Some(place.to_owned());
            frame.kind = FrameKind::Python;
        }
        _ => frame.module = Some(place.to_owned()),
    }
    Some(frame)
}

fn kind(file: &str) -> FrameKind {
    let python = [".py", ".pyx", ".pyc", ">"]
        .iter()
        .any(|end| file.ends_with(end));
    if python {
        FrameKind::Python
    } else {
        FrameKind::Native
    }
}

/// The JSON form as py-spy prints it: one field on each line.
fn json(lines: &[Line<'_>], open: bool) -> Option<Taken> {
    if let Some(pid) = field(&lines[0], "pid") {
        let thread = fields_until(lines, "frames")?;
        let tid = value(thread, "os_thread_id").and_then(|tid| tid.parse().ok());
        pid.parse::<u32>().ok()?;
        let gil = value(thread, "owns_gil") == Some("true");
        return Some(Taken {
            item: Item::Head(Head {
                thread: ThreadLabel {
                    tid,
                    pthread: value(thread, "thread_id").and_then(|id| id.parse().ok()),
                    name: value(thread, "thread_name")
                        .filter(|name| *name != "null")
                        .map(str::to_owned),
                    state: gil.then(|| "owns the GIL".to_owned()),
                    ..ThreadLabel::default()
                },
                ..Head::default()
            }),
            lines: thread.len() + 1,
        });
    }
    let name = field(&lines[0], "name").filter(|_| open)?;
    let rest = fields_until(lines, "line")?;
    let file = value(rest, "filename")?;
    let frame = PastedFrame {
        kind: kind(file),
        function: Some(name.to_owned()),
        module: value(rest, "module")
            .filter(|module| *module != "null")
            .map(str::to_owned),
        file: Some(file.to_owned()).filter(|file| !file.is_empty()),
        line: field(&lines[rest.len()], "line")?
            .parse()
            .ok()
            .filter(|&line| line > 0),
        at_line: lines[0].number,
        ..PastedFrame::default()
    };
    Some(Taken::frame(frame, rest.len() + 1))
}

/// The lines before the field `end`, which must not be far.
fn fields_until<'a>(lines: &'a [Line<'a>], end: &str) -> Option<&'a [Line<'a>]> {
    let at = lines
        .iter()
        .take(MOST_FIELDS)
        .position(|line| field(line, end).is_some())?;
    Some(&lines[..at])
}

fn value<'a>(lines: &'a [Line<'_>], name: &str) -> Option<&'a str> {
    lines.iter().find_map(|line| field(line, name))
}

/// The value of `  "name": value,`, without its quotes.
fn field<'a>(line: &'a Line<'_>, name: &str) -> Option<&'a str> {
    let rest = line.trimmed().strip_prefix('"')?.strip_prefix(name)?;
    Some(
        rest.strip_prefix("\": ")?
            .trim_end_matches(',')
            .trim_matches('"'),
    )
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn text_form() {
        let stacks = read(
            b"Process 41: python x.py\nPython v3.12.1 (/usr/bin/python3.12)\n\nThread 41 (active+gil): \"Main: a\"\n    \
              clone3 (libc.so.6)\n    0x7f01 (libc.so.6)\n    Box.wait (x.py:6)\n        Arguments:\n            n: \
              600\n        Locals:\n            t: \"f (y.py:3)\"\n    <lambda> (<string>:1)\n    loop \
              (a/b.c:12)\nThread 0x7F02 (idle)\n    run (y.py:2)\n",
        )
        .stacks;
        assert_eq!(stacks.len(), 2);
        let kinds: Vec<_> = stacks[0].frames.iter().map(|frame| frame.kind).collect();
        use FrameKind::{Native, Python};
        assert_eq!(kinds, [Native, Native, Python, Python, Native]);
        assert_eq!(stacks[0].thread.name.as_deref(), Some("Main: a"));
        assert_eq!(stacks[0].frames[1].address, Some(0x7f01));
        assert_eq!(stacks[0].frames[2].arguments.len(), 1);
        assert_eq!(stacks[1].thread.pthread, Some(0x7f02));
    }

    #[test]
    fn json_form() {
        let stacks = read(
            br#"[
  {
    "pid": 41,
    "thread_id": 1401,
    "thread_name": "worker (a)",
    "os_thread_id": 42,
    "active": false,
    "owns_gil": true,
    "frames": [
      {
        "name": "Box.wait",
        "filename": "/srv/x.py",
        "module": null,
        "short_filename": "x.py",
        "line": 6,
        "locals": null,
        "is_entry": false
      },
      {
        "name": "PyEval",
        "filename": "Python/ceval.c",
        "module": "libpython3.12.so.1.0",
        "short_filename": null,
        "line": 0,
        "locals": null
      }
    ]
  }
]
"#,
        )
        .stacks;
        assert_eq!(stacks.len(), 1);
        assert_eq!(
            (stacks[0].thread.tid, stacks[0].frames.len()),
            (Some(42), 2)
        );
        assert_eq!(stacks[0].frames[0].line, Some(6));
        assert_eq!(
            stacks[0].frames[1].module.as_deref(),
            Some("libpython3.12.so.1.0")
        );
    }

    #[test]
    fn rows_without_head() {
        assert_eq!(read(b"    f (a.py:1)\n    g (a.py:2)\n").stacks.len(), 1);
        for text in [
            "call f (a.py:1)",
            "    look at f (a.py:1)\n    and so on",
            "    f (x)\n    g (y)\n",
        ] {
            assert!(read(text.as_bytes()).stacks.is_empty(), "{text}");
        }
    }
}
