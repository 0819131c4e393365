//! Reports that are one JSON document, or hold one: macOS `.ips` ([`super::ips`]) and ABRT ([`super::abrt`]).
//!
//! A document spans any number of lines, so that no shape can take it line by line; the assembly asks here first.

use std::iter;

use super::lines::Line;
use super::{PastedStack, abrt, ips};

/// How many documents are tried in one text, so that a text of nothing but `{` costs little.
const TRIES: usize = 16;

/// Words of which each such document has one.
const WORDS: [&str; 2] = ["\"usedImages\"", "\"stacktrace\""];

/// The documents of one text.
#[derive(Debug)]
pub(super) struct Documents {
    tries: usize,
}

impl Documents {
    pub(super) fn new(lines: &[Line<'_>]) -> Self {
        let held = lines.iter().any(|line| {
            line.text.contains('"') && WORDS.iter().any(|word| line.text.contains(word))
        });
        Self {
            tries: if held { TRIES } else { 0 },
        }
    }

    /// The stacks of the document that begins at these lines, and how many lines it has.
    pub(super) fn read(&mut self, lines: &[Line<'_>]) -> Option<(Vec<PastedStack>, usize)> {
        let first = lines.first()?;
        if self.tries == 0 || !first.trimmed().starts_with('{') {
            return None;
        }
        self.tries -= 1;
        let text: String = lines
            .iter()
            .flat_map(|line| [line.text.as_ref(), "\n"])
            .collect();
        let (mut stacks, end) = ips::read(&text).or_else(|| abrt::read(&text))?;
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

/// The first JSON value of a text, and where it ends.
pub(super) fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<T>();
    let value = iter::Iterator::next(&mut values)?.ok()?;
    Some((value, values.byte_offset()))
}
