//! Bytes to lines, freed of what happens to pasted text on its way.
//!
//! Undone here, so that no shape needs to know of it: byte-order marks and encodings, NUL bytes, terminal colours,
//! mail quotes, table bars, log time stamps, HTML entities and tags, Markdown escapes and links.

use std::borrow::Cow;
use std::sync::LazyLock;

use encoding_rs::Encoding;
use regex::Regex;

use crate::evidence::Problem;
use crate::pattern::regex;

/// One line of the input.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: usize,
    /// Its text, cleaned, without trailing white space.
    pub(super) text: Cow<'a, str>,
}

impl Line<'_> {
    /// The text without leading white space.
    pub(super) fn trimmed(&self) -> &str {
        self.text.trim_start()
    }

    /// How many bytes of white space lead the text.
    pub(super) fn indent(&self) -> usize {
        self.text.len() - self.trimmed().len()
    }
}

/// Decoded text with what had to be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Valid UTF-8 without NUL bytes.
    pub text: String,
    /// What was not text.
    pub problems: Vec<Problem>,
}

/// Decodes a report: UTF-16 and UTF-8 by their byte-order mark, else UTF-8 with bad bytes replaced.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded {
    let mut problems = Vec::new();
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    let replaced = text.matches('\u{fffd}').count();
    if replaced > 0 {
        problems.push(Problem {
            line: None,
            what: format!("{replaced} bytes are not UTF-8"),
        });
    }
    let nuls = text.matches('\0').count();
    if nuls == 0 {
        return Decoded { text, problems };
    }
    problems.push(Problem {
        line: None,
        what: format!("{nuls} NUL bytes were passed over"),
    });
    Decoded {
        text: text.replace('\0', ""),
        problems,
    }
}

/// How many lines of a text are read. A log of the longest text that the command line reads has about 500,000; one of
/// little but line breaks has tens of millions, and would be held in memory as as many [`Line`]s.
const MOST_LINES: usize = 2_000_000;

/// Cuts a text into cleaned lines; says so where it has too many.
pub(super) fn lines(text: &str) -> (Vec<Line<'_>>, Option<Problem>) {
    let mut lines = Vec::new();
    for (i, line) in text.lines().enumerate() {
        // rsyslog writes a newline within a message as #012.
        for part in line.split("#012") {
            if lines.len() >= MOST_LINES {
                let what =
                    format!("the text from here on was not read: {MOST_LINES} lines stand before");
                let line = Some(i + 1);
                return (lines, Some(Problem { line, what }));
            }
            unglue(i + 1, clean(part), &mut lines);
        }
    }
    (lines, None)
}

/// A frame that stands behind something else on its line: behind a prompt, a typed command, "Run till exit from", or
/// the frame before (seen in gh-106883).
static GLUED: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"#\s?\d{1,6}\s{1,3}(?:0x[0-9a-fA-F]+ in |<signal handler called>|[A-Za-z_][\w.@:]* \((?:\)|[\w@]+=)",
        r"|0x[0-9a-fA-F]+ \S+ \(\S+ \+ 0x)"
    ))
});

/// Makes a line of every frame of a line.
fn unglue<'a>(number: usize, text: Cow<'a, str>, lines: &mut Vec<Line<'a>>) {
    let mut starts: Vec<usize> = Vec::new();
    if text.bytes().skip(1).any(|byte| byte == b'#') {
        let indent = text.len() - text.trim_start().len();
        let found = GLUED.find_iter(&text).map(|found| found.start());
        starts.extend(found.filter(|&start| start > indent).take(MOST_LINES));
    }
    let Some(&first) = starts.first() else {
        lines.push(Line { number, text });
        return;
    };
    let ends = starts[1..].iter().copied().chain([text.len()]);
    let parts = starts.iter().copied().zip(ends);
    for (start, end) in [(0, first)].into_iter().chain(parts) {
        lines.push(Line {
            number,
            text: Cow::Owned(text[start..end].trim_end().to_owned()),
        });
    }
}

static COLOUR: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"));

/// Log prefixes: `May 09 03:23:03 host systemd-coredump[812]: `, `2023-05-09T03:23:03.123Z `, `[2023-05-09 03:23:03] `.
static TIME_STAMP: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^\s*\[?(?:[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)",
        r"\]?(?: [\w.-]+ [\w.@()-]+\[\d+\]:)?(?: |$)"
    ))
});

/// Tags that trackers leave behind; `<optimized out>` and `<frozen x>` are none of them.
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"</?(?:span|div|p|pre|code|br|b|i|em|strong|a|td|tr|table|tt|font)(?: [^<>]*)?/?>")
});

static ENTITY: LazyLock<Regex> =
    LazyLock::new(|| regex(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#x27|#34|#60|#62);"));

static LINK: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\[([^\[\]]*)\]\((?:https?://|#|/)[^()\s]*\)"));

/// Backslashes that Markdown converters put before punctuation (bugs.python.org threads moved to GitHub have them).
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| regex(r"\\([_<>*#\[\]!()\-=~|`{}.+])"));

fn clean(line: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(line.trim_end());
    replace(&mut text, '\x1b', &COLOUR, "");
    if text.contains('\u{a0}') {
        text = Cow::Owned(text.replace('\u{a0}', " "));
    }
    cut_to(&mut text, after_quotes);
    if text.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '[') {
        cut_to(&mut text, |t| TIME_STAMP.find(t).map_or(0, |m| m.end()));
    }
    replace(&mut text, '<', &TAG, "");
    if text.contains('&') {
        text = Cow::Owned(ENTITY.replace_all(&text, entity).into_owned());
    }
    replace(&mut text, ']', &LINK, "$1");
    // A Windows path is full of backslashes that are meant.
    if text.contains('\\') && !text.contains(":\\") {
        text = Cow::Owned(ESCAPE.replace_all(&text, "$1").into_owned());
    }
    text
}

fn replace(text: &mut Cow<'_, str>, needs: char, pattern: &Regex, with: &str) {
    if text.contains(needs) && pattern.is_match(text) {
        *text = Cow::Owned(pattern.replace_all(text, with).into_owned());
    }
}

fn cut_to(text: &mut Cow<'_, str>, start: impl Fn(&str) -> usize) {
    match start(text) {
        0 => {}
        at => match text {
            Cow::Borrowed(text) => *text = &text[at..],
            Cow::Owned(text) => drop(text.drain(..at)),
        },
    }
}

/// Where the text begins behind `> > ` and `  | `. `>>> ` is a prompt, no quote.
fn after_quotes(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let bare = rest.trim_start();
        let blanks = rest.len() - bare.len();
        let marker = bare.starts_with("> ")
            || bare == ">"
            || (bare.starts_with("| ") && !bare.ends_with('|'));
        if !marker || blanks > 3 {
            return at;
        }
        at += blanks + 1 + usize::from(bare.len() > 1);
    }
}

fn entity(found: &regex::Captures<'_>) -> &'static str {
    match &found[0] {
        "&lt;" | "&#60;" => "<",
        "&gt;" | "&#62;" => ">",
        "&quot;" | "&#34;" => "\"",
        "&apos;" | "&#39;" | "&#x27;" => "'",
        "&nbsp;" => " ",
        _ => "&",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasting_damage_is_undone() {
        for (line, cleaned) in [
            ("> > #20 0x1 in f ()", "#20 0x1 in f ()"),
            (">>> bt", ">>> bt"),
            ("  | #4 0x6f1d77 in f x.c:1:2", "#4 0x6f1d77 in f x.c:1:2"),
            ("May 09 03:23:03     #28 0x1 in f", "    #28 0x1 in f"),
            (
                "Jun 09 09:55:43 host systemd-coredump[812]: Process 1",
                "Process 1",
            ),
            ("2023-05-09T03:23:03.1234567Z #0 f ()", "#0 f ()"),
            (
                r"#1 \_PyObject\_Alloc (ctx=\<optimised out\>)",
                "#1 _PyObject_Alloc (ctx=<optimised out>)",
            ),
            ("#2 x (p=&lt;optimized out&gt;)", "#2 x (p=<optimized out>)"),
            ("#<span></span>2 0x1 in f ()", "#2 0x1 in f ()"),
            (
                "#[53](https://github.com/python/cpython/pull/53) 0x1 in f ()",
                "#53 0x1 in f ()",
            ),
            (
                "    at [Objects/obmalloc.c:1258](https://example.org/x#L1258)",
                "    at Objects/obmalloc.c:1258",
            ),
            (r"C:\_work\a.c", r"C:\_work\a.c"),
            ("\x1b[33mframe\x1b[0m", "frame"),
            ("f (x=<optimized out>)", "f (x=<optimized out>)"),
            (
                "                #0  0x1 f (lib + 0x2)",
                "                #0  0x1 f (lib + 0x2)",
            ),
        ] {
            assert_eq!(clean(line), cleaned, "{line}");
        }
    }

    #[test]
    fn encodings() {
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("a\r\nb".bytes().flat_map(|b| [b, 0]))
            .collect();
        assert_eq!(decode(&utf16).text, "a\r\nb");
        let broken = decode(b"a\xffb\0c");
        assert_eq!(broken.text, "a\u{fffd}bc");
        assert_eq!(broken.problems.len(), 2);
    }
}
