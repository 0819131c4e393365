//! Reports that are one JSON document, or hold one: macOS `.ips` ([`super::ips`]) and ABRT ([`super::abrt`]).
//!
//! A document spans any number of lines, so that no shape can take it line by line; the assembly asks here first.

use std::iter;

use serde::de::DeserializeOwned;

use super::lines::Line;
use super::{PastedStack, abrt, ips};
use crate::evidence::Problem;

/// How many documents are tried in one text, so that a text of nothing but `{` costs little.
const TRIES: usize = 16;

/// The longest document that is read, in bytes. The reports of processes with hundreds of threads have a tenth.
const LONGEST: usize = 4 << 20;

/// Words of which each such document has one, also where its end is cut off.
const WORDS_OF_IPS: [&str; 2] = ["\"usedImages\"", "\"imageOffset\""];
const WORDS_OF_ABRT: [&str; 1] = ["\"stacktrace\""];

/// The documents of one text.
#[derive(Debug)]
pub(super) struct Documents {
    tries: usize,
}

/// What reading a document gives: its stacks, and where it ends.
pub(super) type Read = Result<(Vec<PastedStack>, usize), serde_json::Error>;

impl Documents {
    pub(super) fn new(lines: &[Line<'_>]) -> Self {
        let held = lines
            .iter()
            .any(|line| line.text.contains('"') && (of_ips(&line.text) || of_abrt(&line.text)));
        Self {
            tries: if held { TRIES } else { 0 },
        }
    }

    /// The stacks of the document that begins at these lines, and how many lines it has. A damaged document is a
    /// problem, and its lines are left to the shapes.
    pub(super) fn read(
        &mut self,
        lines: &[Line<'_>],
        problems: &mut Vec<Problem>,
    ) -> Option<(Vec<PastedStack>, usize)> {
        let first = lines.first()?;
        if self.tries == 0 || !first.trimmed().starts_with('{') {
            return None;
        }
        self.tries -= 1;
        let text = beginning(lines);
        let read = ips::read(&text)
            .or_else(|of_ips| abrt::read(&text).map_err(|of_abrt| (of_ips, of_abrt)));
        let (mut stacks, end) = match read {
            Ok(read) => read,
            Err((of_ips, of_abrt)) => {
                let what = damage(&text, &of_ips, &of_abrt);
                let line = Some(first.number);
                problems.extend(what.map(|what| Problem { line, what }));
                return None;
            }
        };
        let used = text[..end].lines().count();
        let after = lines.get(used - 1).map_or(first.number, |line| line.number) + 1;
        for stack in &mut stacks {
            stack.lines = first.number..after;
            for frame in &mut stack.frames {
                frame.at_line = first.number;
            }
        }
        Some((stacks, used))
    }
}

fn of_ips(text: &str) -> bool {
    WORDS_OF_IPS.iter().any(|word| text.contains(word))
}

fn of_abrt(text: &str) -> bool {
    WORDS_OF_ABRT.iter().any(|word| text.contains(word))
}

/// As many lines as a document may have.
fn beginning(lines: &[Line<'_>]) -> String {
    let mut text = String::new();
    for line in lines {
        if text.len() + line.text.len() > LONGEST {
            break;
        }
        text.push_str(&line.text);
        text.push('\n');
    }
    text
}

/// Why a text that begins like a document with stacks is none; nothing for other JSON, and for code.
fn damage(text: &str, ips: &serde_json::Error, abrt: &serde_json::Error) -> Option<String> {
    let read = |error: &serde_json::Error| text.lines().take(error.line()).any(of_ips);
    let (what, error) = if read(ips) {
        ("macOS report", ips)
    } else if text.lines().take(abrt.line()).any(of_abrt) {
        ("ABRT backtrace", abrt)
    } else {
        return None;
    };
    let why = if error.is_eof() && text.len() + (1 << 16) > LONGEST {
        format!("longer than {} MiB", LONGEST >> 20)
    } else if error.is_eof() {
        "cut off".to_owned()
    } else {
        format!("damaged: {error}")
    };
    Some(format!(
        "the {what} (JSON) that begins here was not read: it is {why}"
    ))
}

/// The first JSON value of a text, and where it ends.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<(T, usize), serde_json::Error> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    let value = match iter::Iterator::next(&mut values) {
        Some(value) => value?,
        None => return serde_json::from_str(text).map(|value| (value, text.len())),
    };
    Ok((value, values.byte_offset()))
}

#[cfg(test)]
mod tests {
    use super::super::read;

    #[test]
    fn damaged_documents_are_named() {
        for (text, problem) in [
            (
                "{\"threads\":[{\"frames\":[{\"imageOffset\":1,",
                Some("the macOS report (JSON) that begins here was not read: it is cut off"),
            ),
            (
                "{\"stacktrace\": [{\"frames\":",
                Some("the ABRT backtrace (JSON) that begins here was not read: it is cut off"),
            ),
            (
                "{\"stacktrace\": [{\"frames\": 5}]}",
                Some(
                    "the ABRT backtrace (JSON) that begins here was not read: it is damaged: invalid type",
                ),
            ),
            (
                "{\"stacktrace\": [{\n\nregards",
                Some(
                    "the ABRT backtrace (JSON) that begins here was not read: it is damaged: key must be",
                ),
            ),
            ("{\"a\": 1}\nsee \"stacktrace\"", None),
            ("{\n  f();\n}\nsee \"stacktrace\"", None),
        ] {
            let problems = read(text.as_bytes()).problems;
            match (problem, problems.as_slice()) {
                (Some(wanted), [found]) => assert!(found.what.starts_with(wanted), "{found:?}"),
                (wanted, found) => {
                    assert!(wanted.is_none() && found.is_empty(), "{text}: {found:?}")
                }
            }
        }
    }
}
