//! The frame line that CPython's tools share, and the lines that may stand around one.
//!
//! `File "/x.py", line 12, in g` is printed by tracebacks and by gdb's `py-bt`, `File "/x.py", line 12 in g` by
//! faulthandler.

use super::lines::Line;
use super::syntax::MOST_ARGUMENTS;
use super::{Argument, FrameKind, Gap, PastedFrame};

/// Whether a line ends as the head of a stack does. gdb prints whole tracebacks within the arguments of a frame, and
/// such a line is the frame.
pub(super) fn ends_as_head(text: &str, words: &str) -> bool {
    text.trim_end_matches([':', ' ']).ends_with(words)
}

/// What may stand before `File` on one line: a log's own prefix (`web_1  | `), not half a page.
const LONGEST_PREFIX: usize = 80;

/// A frame line, cut into its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileLine<'a> {
    /// What stands before `File`.
    pub(super) prefix: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    /// Function; missing in the last line of a `SyntaxError`.
    pub(super) function: Option<&'a str>,
    /// How the function is joined: `, in f`; faulthandler has no comma.
    pub(super) comma: bool,
}

impl FileLine<'_> {
    /// Whether only white space and the bars of exception groups stand before `File`.
    pub(super) fn leads(&self) -> bool {
        depth(self.prefix) == self.prefix.len()
    }

    /// The frame it shows.
    pub(super) fn frame(&self, at_line: usize) -> PastedFrame {
        PastedFrame {
            kind: FrameKind::Python,
            function: self.function.map(str::to_owned),
            file: self.file.map(str::to_owned),
            line: self.line,
            at_line,
            ..PastedFrame::default()
        }
    }
}

/// Reads `File "x", line 1, in f`, also with `File: 'x'` (crochet prints tuples so) and typographic quotes.
pub(super) fn file_line(text: &str) -> Option<FileLine<'_>> {
    let at = text.find("File")?;
    let (prefix, rest) = text.split_at(at);
    if prefix.len() > LONGEST_PREFIX || prefix.contains(['"', '\'', '`']) {
        return None;
    }
    let rest = rest["File".len()..].trim_start_matches(':').trim_start();
    let (file, rest) = quoted_file(rest)?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '?')
        .unwrap_or(rest.len());
    let (number, rest) = rest.split_at(end);
    if number.is_empty() {
        return None;
    }
    let (function, comma) = match (rest.strip_prefix(", in "), rest.strip_prefix(" in ")) {
        (Some(function), _) => (Some(function.trim()), true),
        (None, Some(function)) => (Some(function.trim()), false),
        (None, None) if rest.trim().is_empty() => (None, true),
        (None, None) => return None,
    };
    Some(FileLine {
        prefix,
        file,
        line: number.parse().ok().filter(|&line| line > 0),
        function: function.filter(|name| !name.is_empty() && *name != "???"),
        comma,
    })
}

/// The file between its quotes, and what follows `, line `. faulthandler prints `???` for a file it cannot read.
fn quoted_file(text: &str) -> Option<(Option<&str>, &str)> {
    if let Some(rest) = text.strip_prefix("???, line ") {
        return Some((None, rest));
    }
    let close = match text.chars().next()? {
        '“' => '”',
        '‘' => '’',
        quote @ ('"' | '\'') => quote,
        _ => return None,
    };
    let text = &text[text.chars().next()?.len_utf8()..];
    let (at, _) = text
        .match_indices(", line ")
        .find(|&(at, _)| text[..at].ends_with(close))?;
    let file = &text[..at - close.len_utf8()];
    Some((
        Some(file).filter(|file| *file != "???"),
        &text[at + ", line ".len()..],
    ))
}

/// Where the text begins behind white space and the bars of exception groups, in bytes.
pub(super) fn depth(text: &str) -> usize {
    text.find(|c: char| c != ' ' && c != '\t' && c != '|')
        .unwrap_or(text.len())
}

/// How many of the lines stand deeper than `depth`: the source and the locals under a frame.
pub(super) fn deeper(lines: &[Line<'_>], than: usize) -> usize {
    lines
        .iter()
        .take_while(|line| {
            let here = depth(&line.text);
            here > than && here < line.text.len()
        })
        .count()
}

/// A line that stands for frames that somebody or some tool has cut out: `...`, `[...]`, `(...)`, `[snip]`,
/// `... (170k identical frames removed)`, `<truncated rest of calls>`.
pub(super) fn cut(text: &str) -> Option<Gap> {
    let text = text.trim();
    if text.len() > 120 {
        return None;
    }
    let bare = text.trim_start_matches(['[', '(', '<']);
    let cut = bare.starts_with("...")
        || bare.starts_with('…')
        || bare.starts_with("snip")
        || bare.starts_with("truncated ");
    // `...<2 lines>...` stands for source lines, and `...` with more words is a sentence.
    if !cut || bare.starts_with("...<") {
        return None;
    }
    let words = bare.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let bracketed = bare.len() < text.len() || bare.ends_with(')') || bare.ends_with("...");
    (words.is_empty() || bracketed).then(|| Gap {
        at: 0,
        count: frames_in(&words),
        why: if words.is_empty() {
            "left out in the text".to_owned()
        } else {
            words
        },
    })
}

/// The count in `170k identical frames removed`; other units count no frames.
fn frames_in(words: &str) -> Option<u64> {
    if !words.contains("frame") && !words.contains("call") {
        return None;
    }
    let start = words.find(|c: char| c.is_ascii_digit())?;
    let rest = &words[start..];
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let number: u64 = rest[..end].parse().ok()?;
    let thousands = rest[end..].starts_with(['k', 'K']);
    number.checked_mul(if thousands { 1000 } else { 1 })
}

/// A line of state between frames.
pub(super) fn marker(text: &str, at_line: usize) -> PastedFrame {
    let text = text.trim();
    let bare = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'))
        .or_else(|| {
            text.strip_prefix('(')
                .and_then(|text| text.strip_suffix(')'))
        })
        .unwrap_or(text);
    // The address differs from run to run, the words do not.
    let words = bare.split(" at remote 0x").next().unwrap_or(bare);
    PastedFrame {
        kind: FrameKind::Marker,
        function: Some(words.to_owned()),
        at_line,
        ..PastedFrame::default()
    }
}

/// The arguments that pystack and py-spy list below a frame, a line each, between `Arguments:` and `Locals:`.
pub(super) fn listed_arguments<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Argument> {
    lines
        .skip_while(|text| *text != "Arguments:")
        .skip(1)
        .take_while(|text| *text != "Locals:")
        .filter_map(|text| text.split_once(": "))
        .map(|(name, value)| Argument {
            name: name.to_owned(),
            value: value.to_owned(),
        })
        .collect()
}

/// Cuts `a=1, b=(2, 3)` at its outermost commas.
pub(super) fn arguments(text: &str) -> Vec<Argument> {
    let mut found = Vec::new();
    let (mut start, mut nested, mut quote, mut escaped) = (0, 0_usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{' | '<') => nested += 1,
            (None, ')' | ']' | '}' | '>') => nested = nested.saturating_sub(1),
            (None, ',') if nested == 0 && found.len() + 1 < MOST_ARGUMENTS => {
                found.extend(argument(&text[start..at]));
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    found.extend(argument(&text[start..]));
    found
}

fn argument(text: &str) -> Option<Argument> {
    let text = text.trim();
    let (name, value) = text.split_once('=').unwrap_or(("", text));
    (!text.is_empty()).then(|| Argument {
        name: name.to_owned(),
        value: value.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_lines() {
        for (text, file, line, function, comma) in [
            (
                r#"  File "/a b/c.py", line 12, in g"#,
                Some("/a b/c.py"),
                Some(12),
                Some("g"),
                true,
            ),
            (
                r#"  File "c.py", line 12 in <module>"#,
                Some("c.py"),
                Some(12),
                Some("<module>"),
                false,
            ),
            (
                "File: '/x.py', line 53, in sync",
                Some("/x.py"),
                Some(53),
                Some("sync"),
                true,
            ),
            (
                "File “x.py”, line 5, in f",
                Some("x.py"),
                Some(5),
                Some("f"),
                true,
            ),
            (
                r#"    |   File "<string>", line 1"#,
                Some("<string>"),
                Some(1),
                None,
                true,
            ),
            (
                r#"  File "x.py", line ?, in f"#,
                Some("x.py"),
                None,
                Some("f"),
                true,
            ),
            ("  File ???, line ??? in ???", None, None, None, false),
            (
                r#"web_1  | File "x.py", line 1, in f"#,
                Some("x.py"),
                Some(1),
                Some("f"),
                true,
            ),
        ] {
            let found = file_line(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (found.file, found.line, found.function, found.comma),
                (file, line, function, comma),
                "{text}"
            );
        }
    }

    #[test]
    fn lines_that_only_look_like_frames() {
        for text in [
            "File",
            "File \"x.py\"",
            "File \"x.py\", line ",
            "File \"x.py\", line 3 was touched",
            "x = 'File \"x.py\", line 3, in f'",
            "File not found: \"x\", line 1",
            "File \"",
        ] {
            assert_eq!(file_line(text), None, "{text}");
        }
    }

    #[test]
    fn cuts() {
        for (text, count) in [
            ("  ...", None),
            ("[... 12 characters left out ...]", None),
            ("... (170k identical frames removed)", Some(170_000)),
            ("<truncated rest of calls>", None),
            ("[snip]", None),
        ] {
            assert_eq!(cut(text).map(|gap| gap.count), Some(count), "{text}");
        }
        for text in ["...<2 lines>...", "... and so it went on", "x", ""] {
            assert_eq!(cut(text), None, "{text}");
        }
    }

    #[test]
    fn arguments_are_cut_outside_of_values() {
        let found =
            arguments(r"self=<A(b=1, c='x, y)') at remote 0x1>, d={'e': (1, 2)}, f='\', g'");
        let names: Vec<_> = found.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["self", "d", "f"]);
        assert_eq!(found[1].value, "{'e': (1, 2)}");
    }
}
