//! What a file is: a core, a text, or neither.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use super::core::Opened;
use super::{Evidence, Problem, text};

/// What the plain bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A core, or something that the reader of cores has a word for.
    Core,
    /// Text.
    Text,
    /// Neither.
    Other,
}

/// The longest text that is read. A report of this size holds thousands of stacks.
const LONGEST: u64 = 64 << 20;

/// Looks at the start of a file, and goes back there.
///
/// # Errors
///
/// That of reading.
pub fn content(mut file: &File) -> io::Result<Content> {
    const CORES: [&[u8]; 3] = [b"\x7fELF", b"MDMP", b"\xcf\xfa\xed\xfe"];
    let mut sample = Vec::new();
    file.take(64 << 10).read_to_end(&mut sample)?;
    file.seek(SeekFrom::Start(0))?;
    if CORES.iter().any(|magic| sample.starts_with(magic)) {
        return Ok(Content::Core);
    }
    let utf16 = sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff");
    let control = sample
        .iter()
        .filter(|&&byte| byte < 9 || (14..27).contains(&byte))
        .count();
    // Of random bytes, one in twelve.
    Ok(if !utf16 && control * 20 > sample.len() {
        Content::Other
    } else {
        Content::Text
    })
}

/// What a file with text shows, as far as it is read.
///
/// # Errors
///
/// That of reading.
pub fn text_of(opened: Opened) -> io::Result<Evidence> {
    let mut bytes = Vec::new();
    let count = opened.file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    let cut = count as u64 > LONGEST;
    bytes.truncate(usize::try_from(LONGEST).unwrap_or(usize::MAX));
    let mut evidence = text::read(&bytes);
    if cut {
        let what = format!("only the first {} MiB were read", LONGEST >> 20);
        evidence.problems.push(Problem::of(what));
    }
    evidence.problems.extend(opened.problem.map(Problem::of));
    Ok(evidence)
}
