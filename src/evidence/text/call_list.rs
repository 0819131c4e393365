//! Lists of calls that people write by hand, outermost first.
//!
//! ```text
//! pystate:PyGILState_Ensure()
//! pystate:new_threadstate()
//!   HEAD_LOCK()                  a remark
//! -> take_gil()
//! ```

use super::lines::Line;
use super::shape::{Place, Taken};
use super::syntax::is_name;
use super::{PastedFrame, ThreadLabel, Tool};

/// Fewer calls than this are a remark in a text.
const LEAST: usize = 3;

/// More calls than this nobody writes: what follows is another list.
const MOST: usize = 10_000;

/// How many remarks may stand between two calls.
const REMARKS: usize = 4;

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let first = call(&place.lines[0])?;
    let indent = place.lines[0].indent();
    let mut frames = vec![first];
    let mut used = 1;
    for (i, line) in place.lines.iter().enumerate().take(MOST).skip(1) {
        if let Some(frame) = call(line) {
            frames.push(frame);
            used = i + 1;
        } else if line.indent() <= indent || line.trimmed().is_empty() || i - used >= REMARKS {
            break;
        }
    }
    frames.reverse();
    (frames.len() >= LEAST)
        .then(|| Taken::stack(Tool::CallList, ThreadLabel::default(), frames, used))
}

/// `module:function()` or `-> function()`, with a remark behind at most.
fn call(line: &Line<'_>) -> Option<PastedFrame> {
    let text = line.trimmed();
    let arrow = ["-> ", "→ ", "=> ", "--> "]
        .iter()
        .find_map(|arrow| text.strip_prefix(arrow));
    let (name, behind) = arrow.unwrap_or(text).split_once("()")?;
    let (file, name) = match name.split_once(':') {
        Some((file, name)) if !name.starts_with(':') => (Some(file), name),
        _ => (None, name),
    };
    let marked = arrow.is_some() || file.is_some_and(is_name);
    let alone = behind.is_empty()
        || behind.starts_with("  ")
        || behind.starts_with(" <")
        || behind.starts_with(" #");
    // `else:f()` is Python.
    let keyword = matches!(file, Some("else" | "try" | "finally" | "lambda"));
    (marked && alone && !keyword && is_name(name)).then(|| PastedFrame {
        function: Some(name.to_owned()),
        file: file.map(str::to_owned),
        at_line: line.number,
        ..PastedFrame::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;

    #[test]
    fn lists() {
        let text = "Calls:\nsets:set_add()\nsets:set_insert()\n  LOCK()\n  n = 0\nmem:_PyMem_Raw.calloc()  <-- here\n";
        assert_eq!(
            shown(text),
            "_PyMem_Raw.calloc mem; set_insert sets; set_add sets"
        );
        assert_eq!(shown("-> f()\n  -> g()\n    -> h()\n"), "h; g; f");
        for text in [
            "f()\ng()\nh()\n",
            "see x:f()\nx:g()\nx:h()\n",
            "x:f()\n\nx:g()\n\nx:h()\n",
        ] {
            assert_eq!(shown(text), "", "{text}");
        }
    }
}
