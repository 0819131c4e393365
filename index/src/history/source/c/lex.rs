//! The parts of C text that are stepped over whole: comments, literals and
//! preprocessor lines. Every step goes forward, whatever the bytes are.

use memchr::{memchr, memchr_iter};

/// Bytes that matter within the braces of a body.
pub(super) const BODY: u8 = 1;
/// Bytes that matter within parentheses outside of every body.
pub(super) const GROUP: u8 = 2;
/// Bytes of identifiers; those of UTF-8 and Latin-1 letters count as such.
pub(super) const WORD: u8 = 4;
/// Bytes that matter in a preprocessor line.
const DIRECTIVE: u8 = 8;
/// Bytes that matter in a string or character literal.
const QUOTED: u8 = 16;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = u8::MAX;
    while byte > 0 {
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 {
            table[byte as usize] = WORD;
        }
        byte -= 1;
    }
    mark(&mut table, b"{}\"'/#", BODY);
    mark(&mut table, b"(){};\"'/#", GROUP);
    mark(&mut table, b"\n\"'/", DIRECTIVE);
    mark(&mut table, b"\n\\\"'", QUOTED);
    table
}

const fn mark(table: &mut [u8; 256], bytes: &[u8], class: u8) {
    let mut index = 0;
    while index < bytes.len() {
        table[bytes[index] as usize] |= class;
        index += 1;
    }
}

/// Whether `byte` is of `class`.
pub(super) fn is(byte: u8, class: u8) -> bool {
    CLASSES[usize::from(byte)] & class != 0
}

/// Position of the first byte of `class` from `at` on, or the text's length.
#[inline]
pub(super) fn find(text: &[u8], at: usize, class: u8) -> usize {
    let found = text[at..].iter().position(|&byte| is(byte, class));
    found.map_or(text.len(), |found| at + found)
}

/// End of the identifier that starts at `at`.
#[inline]
pub(super) fn word_end(text: &[u8], at: usize) -> usize {
    let end = text[at..].iter().position(|&byte| !is(byte, WORD));
    end.map_or(text.len(), |end| at + end)
}

/// End of the comment at the slash at `at`, or the position after the slash
/// when it starts none.
pub(super) fn slash_end(text: &[u8], at: usize) -> usize {
    match text.get(at + 1) {
        Some(b'*') => block_end(text, at + 2),
        Some(b'/') => line_end(text, at + 2),
        _ => at + 1,
    }
}

/// Position after the `*/` that closes the comment whose inside starts at `at`.
fn block_end(text: &[u8], at: usize) -> usize {
    // Slashes are rarer than stars in the boxed comments of C.
    memchr_iter(b'/', &text[at..])
        .map(|slash| at + slash)
        .find(|&slash| slash > at && text[slash - 1] == b'*')
        .map_or(text.len(), |slash| slash + 1)
}

/// Position of the newline that ends the line of `at`, lines continued by a
/// backslash taken as one.
fn line_end(text: &[u8], mut at: usize) -> usize {
    while let Some(newline) = memchr(b'\n', &text[at..]) {
        if !continued(text, at + newline) {
            return at + newline;
        }
        at += newline + 1;
    }
    text.len()
}

/// Whether the newline at `newline` follows a backslash.
fn continued(text: &[u8], newline: usize) -> bool {
    let line = &text[..newline];
    line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\")
}

/// End of the string or character literal whose quote stands at `at`. One that
/// is not closed ends with its line, so an apostrophe in a disabled branch
/// costs a line at most.
pub(super) fn quoted_end(text: &[u8], at: usize) -> usize {
    let quote = text[at];
    // `1'000'000` of C++14 has no literal in it.
    if quote == b'\'' && at > 0 && text[at - 1].is_ascii_digit() {
        return at + 1;
    }
    let mut at = at + 1;
    loop {
        at = find(text, at, QUOTED);
        match text.get(at) {
            Some(b'\\') if text[at + 1..].starts_with(b"\r\n") => at += 3,
            Some(b'\\') => at = text.len().min(at + 2),
            Some(b'\n') | None => return at,
            Some(&byte) if byte == quote => return at + 1,
            Some(_) => at += 1,
        }
    }
}

/// Position of the newline that ends the preprocessor line of `at`. A comment
/// that starts in the line belongs to it, also over several lines.
pub(super) fn directive_end(text: &[u8], mut at: usize) -> usize {
    loop {
        at = find(text, at, DIRECTIVE);
        match text.get(at) {
            None => return at,
            Some(b'\n') if !continued(text, at) => return at,
            Some(b'\n') => at += 1,
            Some(b'/') => at = slash_end(text, at),
            Some(_) => at = quoted_end(text, at),
        }
    }
}

/// Whether only blanks stand before `at` in its line.
pub(super) fn starts_line(text: &[u8], at: usize) -> bool {
    let before = text[..at].iter().rev().find(|byte| !b" \t".contains(byte));
    before.is_none_or(|&byte| byte == b'\n')
}

/// Whether `at` is the first byte of its line.
pub(super) fn in_column_0(text: &[u8], at: usize) -> bool {
    at == 0 || text[at - 1] == b'\n'
}
