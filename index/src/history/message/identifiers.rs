//! Identifiers that a text names.

use std::sync::LazyLock;

use regex::Regex;

use super::regex;

static IDENTIFIER: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?-u:[A-Za-z_][A-Za-z0-9_]*(?:(?:\.|::|->)[A-Za-z_][A-Za-z0-9_]*)*)(\(\))?")
});

/// Longest message text that is searched for identifiers; svn merge commits quote whole logs.
const MOST_TEXT: usize = 64 << 10;

/// Identifiers a message names. A dotted name is given whole and in its parts.
#[must_use]
pub fn identifiers(text: &str) -> Vec<String> {
    let end = text
        .char_indices()
        .map(|(at, _)| at)
        .take_while(|&at| at <= MOST_TEXT)
        .last()
        .unwrap_or(0);
    let text = if text.len() <= MOST_TEXT {
        text
    } else {
        &text[..end]
    };
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !is_trailer(line)) {
        for hit in IDENTIFIER.captures_iter(line) {
            let whole = &hit[0];
            let name = whole.trim_end_matches("()");
            let start = hit.get(0).map_or(0, |m| m.start());
            let quoted = line[..start].ends_with(['`', '~']);
            // `me@example.org`, `https://example.org`: no code.
            if line[..start].ends_with(['@', '/', '%']) || name.len() > 200 {
                continue;
            }
            if quoted || whole.len() > name.len() || is_code(name) {
                found.extend(
                    name.split(['.', ':', '-', '>'])
                        .filter(|part| part.len() > 2)
                        .map(str::to_owned),
                );
                if name.contains('.') {
                    found.push(name.to_owned());
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn is_trailer(line: &str) -> bool {
    [
        "Co-authored-by:",
        "Signed-off-by:",
        "Co-Authored-By:",
        "Automerge-Triggered-By:",
        "Reviewed-by:",
    ]
    .iter()
    .any(|trailer| line.trim_start().starts_with(trailer))
}

/// Whether a word can only be code: an underscore, a capital behind a small letter, a dot within, or a digit in capitals.
fn is_code(name: &str) -> bool {
    if name.contains('_') && name.len() > 3 || name.contains("::") || name.contains("->") {
        return true;
    }
    let file = [".c", ".h", ".py", ".rst", ".txt"]
        .iter()
        .any(|end| name.ends_with(end));
    if name.contains('.') && !file {
        return name.split('.').all(|part| part.len() > 1);
    }
    let bytes = name.as_bytes();
    name.len() > 3
        && bytes
            .windows(2)
            .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_code() {
        assert_eq!(
            identifiers(
                "Fix hang after gen.throw(): `deque` uses _PyErr_SetObject(), StopIteration. See Foo.\nCo-authored-by: a_b <c_d@e.f>"
            ),
            [
                "StopIteration",
                "_PyErr_SetObject",
                "deque",
                "gen",
                "gen.throw",
                "throw"
            ]
        );
    }
}
