//! What stands within and between the statements of Python.

use memchr::memchr;

/// The name that a `def`, `async def` or `class` at `at` defines, and its end.
pub(super) fn defined_name(text: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let after = |at: usize, word: &[u8]| {
        let rest = text[at..].strip_prefix(word)?;
        let blanks = rest.iter().take_while(|byte| b" \t".contains(byte)).count();
        (blanks > 0).then_some(at + word.len() + blanks)
    };
    let at = match text[at] {
        b'a' => after(after(at, b"async")?, b"def")?,
        b'd' => after(at, b"def")?,
        b'c' => after(at, b"class")?,
        _ => return None,
    };
    let name = text[at..].iter().take_while(|&&byte| is_word(byte)).count();
    (name > 0).then(|| (&text[at..at + name], at + name))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The first byte of the line after that of `at`.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline + 1)
}

static STOPS: [bool; 256] = stops();

const fn stops() -> [bool; 256] {
    let mut table = [false; 256];
    let bytes = b"\n\"'#()[]{}\\";
    let mut index = 0;
    while index < bytes.len() {
        table[bytes[index] as usize] = true;
        index += 1;
    }
    table
}

/// Steps from `at` within a statement to the end of its last line; returns the
/// end of its code and the start of the next line.
pub(super) fn code_end(text: &[u8], mut at: usize) -> (usize, usize) {
    let mut brackets = 0_usize;
    loop {
        let found = text[at..].iter().position(|&byte| STOPS[usize::from(byte)]);
        at = found.map_or(text.len(), |found| at + found);
        match text.get(at) {
            None => return (at, at),
            // A definition cannot stand in brackets: one was not closed.
            Some(b'\n') if brackets == 0 || starts_definition(text, at + 1) => {
                return (at, at + 1);
            }
            Some(b'#') => at = memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end),
            Some(b'"' | b'\'') => at = string_end(text, at),
            Some(b'\\') => at = escape_end(text, at),
            Some(b'(' | b'[' | b'{') => {
                brackets += 1;
                at += 1;
            }
            Some(b')' | b']' | b'}') => {
                brackets = brackets.saturating_sub(1);
                at += 1;
            }
            Some(_) => at += 1,
        }
    }
}

/// Whether the line at `at` starts, after blanks, with a definition.
fn starts_definition(text: &[u8], at: usize) -> bool {
    let blanks = text[at..].iter().take_while(|byte| b" \t".contains(byte));
    let at = at + blanks.count();
    at < text.len() && defined_name(text, at).is_some()
}

/// End of the string whose first quote is at `at`. A string in single quotes
/// that is not closed ends with its line.
fn string_end(text: &[u8], at: usize) -> usize {
    let quote = text[at];
    let triple = [quote; 3];
    let long = text[at..].starts_with(&triple);
    let mut at = at + if long { 3 } else { 1 };
    loop {
        let found = if long {
            memchr::memchr2(quote, b'\\', &text[at..])
        } else {
            let stop = |&byte: &u8| byte == quote || byte == b'\\' || byte == b'\n';
            text[at..].iter().position(stop)
        };
        let Some(found) = found else {
            return text.len();
        };
        at += found;
        match text[at] {
            b'\\' => at = escape_end(text, at),
            b'\n' => return at,
            _ if !long => return at + 1,
            _ if text[at..].starts_with(&triple) => return at + 3,
            _ => at += 1,
        }
    }
}

/// The position after the backslash at `at` and what it escapes.
fn escape_end(text: &[u8], at: usize) -> usize {
    let escaped = if text[at + 1..].starts_with(b"\r\n") {
        3
    } else {
        2
    };
    text.len().min(at + escaped)
}
