//! The instructions of CPython's interpreter DSL: `Python/bytecodes.c` and
//! `Python/optimizer_bytecodes.c` are one function, `dummy_func`, with
//! `inst(NAME, (…)) {` and `op(NAME, (…)) {` in it.

use memchr::memchr;

use super::lines::Found;

/// Adds the instructions within `dummy_func`, each under its own name. A
/// `macro(NAME) = …;` has no body and is not listed.
pub(super) fn add(text: &[u8], found: &mut Vec<Found>) {
    let function = found.iter().find(|found| &*found.name == "dummy_func");
    let Some(range) = function.map(|found| found.bytes.clone()) else {
        return;
    };
    let mut open: Option<(&[u8], &[u8], usize)> = None;
    let mut at = range.start;
    while at < range.end {
        let end = memchr(b'\n', &text[at..range.end]).map_or(range.end, |end| at + end + 1);
        let line = text[at..end].trim_ascii_end();
        let (indent, code) = line.split_at(line.len() - line.trim_ascii_start().len());
        if let Some((name, outer, start)) = open
            && code.starts_with(b"}")
            && indent == outer
        {
            let name = String::from_utf8_lossy(name).into();
            let bytes = start..at + line.len();
            found.push(Found { name, bytes });
            open = None;
        }
        open = instruction(code).map_or(open, |name| Some((name, indent, at)));
        at = end;
    }
}

/// The name in `inst(NAME, …) {` or `op(NAME, …) {`, with or without words such
/// as `pure` or `replicate(8)` before it.
fn instruction(code: &[u8]) -> Option<&[u8]> {
    let mut rest = code;
    loop {
        let word = rest
            .iter()
            .position(|byte| !matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
        let (word, tail) = rest.split_at(word.filter(|&word| word > 0)?);
        if matches!(word, b"inst" | b"op") && tail.starts_with(b"(") {
            let end = tail.iter().position(|&byte| byte == b',')?;
            return Some(tail[1..end].trim_ascii()).filter(|name| !name.is_empty());
        }
        let skipped = match tail.first() {
            Some(b'(') => memchr(b')', tail)? + 1,
            _ => 0,
        };
        rest = tail[skipped..].strip_prefix(b" ")?;
    }
}
