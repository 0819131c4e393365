//! Text without its white space.

use std::hash::{Hash, Hasher};

use super::super::Language;

/// Columns of a tab stop.
const TAB: u32 = 8;

/// A line as the comparison sees it: two are equal if they differ in white
/// space only and, in Python, are indented by the same width.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Code<'a> {
    indent: u32,
    text: &'a [u8],
}

impl<'a> Code<'a> {
    pub(super) fn new(language: Language, line: &'a [u8]) -> Self {
        let text = line.trim_ascii();
        let indent = match language {
            Language::Python if !text.is_empty() => width(line),
            _ => 0,
        };
        Self { indent, text }
    }

    fn is_blank(&self) -> bool {
        self.text.is_empty()
    }
}

impl PartialEq for Code<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.indent == other.indent && same_bytes(self.text, other.text)
    }
}

impl Eq for Code<'_> {}

impl Hash for Code<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (mut word, mut held) = (u64::from(self.indent), 0);
        for byte in significant(self.text) {
            word = word << 8 | u64::from(byte);
            held += 1;
            if held == 8 {
                state.write_u64(word);
                (word, held) = (0, 0);
            }
        }
        state.write_u64(word);
    }
}

/// Whether two texts differ in white space only: in C line breaks included, in
/// Python within lines and by blank lines.
pub(super) fn same(language: Language, one: &[u8], other: &[u8]) -> bool {
    let codes = |text| {
        let codes = lines(text).map(|line| Code::new(language, line));
        codes.filter(|code| !code.is_blank())
    };
    one == other
        || match language {
            Language::C => same_bytes(one, other),
            Language::Python => codes(one).eq(codes(other)),
        }
}

/// The lines of `text`, each with its newline.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut from = 0;
    let ends = memchr::memchr_iter(b'\n', text).map(|newline| newline + 1);
    let rest = (!text.is_empty() && !text.ends_with(b"\n")).then_some(text.len());
    ends.chain(rest).map(move |end| {
        let line = &text[from..end];
        from = end;
        line
    })
}

fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    one == other || significant(one).eq(significant(other))
}

/// The bytes of `text` that are not white space, and the white space within
/// quotes: `end=' '` against `end=''` was a fix of `Lib/pdb.py`. An apostrophe in
/// a comment counts as a quote up to the end of its line, which is no harm.
fn significant(text: &[u8]) -> impl Iterator<Item = u8> {
    let (mut quote, mut before) = (0, 0);
    text.iter().copied().filter(move |&byte| {
        let escaped = before == b'\\';
        before = if escaped { 0 } else { byte };
        match byte {
            b'\n' | b'\r' => quote = 0,
            b'"' | b'\'' if escaped => {}
            b'"' | b'\'' if quote == 0 => quote = byte,
            b'"' | b'\'' if quote == byte => quote = 0,
            b' ' | b'\t' | 0x0c => return quote != 0,
            _ => return true,
        }
        matches!(byte, b'"' | b'\'')
    })
}

/// Columns before the first code of `line`.
fn width(line: &[u8]) -> u32 {
    let blanks = line.iter().take_while(|byte| byte.is_ascii_whitespace());
    blanks.fold(0_u32, |width, byte| match byte {
        b' ' => width.saturating_add(1),
        b'\t' => (width / TAB + 1).saturating_mul(TAB),
        _ => width,
    })
}
