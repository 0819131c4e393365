//! What says that a comment or attachment is ours, and of which answer.

use std::fmt;

use crate::signature::short_hash;

/// How a marked comment begins.
const START: &str = "fixtrail: ";

/// The first line of a comment: `fixtrail:`, the hash of the signature, and that of all that the comment states. ASCII on one
/// line, so that the server's own search finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    signature: String,
    verdict: String,
}

impl Marker {
    /// That of a signature, by its hash, and of statements in any order.
    #[must_use]
    pub fn new(signature: &str, statements: &[String]) -> Self {
        let mut statements: Vec<String> = statements.iter().map(|text| plain(text)).collect();
        statements.sort();
        // Of a failure without stack and words.
        let nothing = || "0".repeat(16);
        let signature = Some(signature.to_owned()).filter(|hash| !hash.is_empty());
        Self {
            signature: signature.unwrap_or_else(nothing),
            verdict: short_hash(&statements.join("\n")),
        }
    }

    /// What a bug's whiteboard is marked with.
    #[must_use]
    pub fn word(&self) -> String {
        format!("fixtrail:{}", self.signature)
    }

    /// The name of a file that goes with the comment.
    #[must_use]
    pub fn file_name(&self, rest: &str) -> String {
        format!("fixtrail-{}-{}-{rest}", self.signature, self.verdict)
    }

    /// Whether a comment begins with it.
    pub(super) fn leads(&self, text: &str) -> bool {
        first_line(text) == self.to_string()
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{START}{} {}", self.signature, self.verdict)
    }
}

/// Whether a comment is one of ours. One that quotes such a comment is not: the marker must be its first line.
pub(super) fn is_marked(text: &str) -> bool {
    let hashes = first_line(text).strip_prefix(START);
    let words: Option<Vec<&str>> = hashes.map(|hashes| hashes.split(' ').collect());
    words.is_some_and(|words| words.len() == 2 && words.iter().all(|word| is_hash(word)))
}

/// Whether a file is one of ours, by its name in lower case.
pub(super) fn is_own_file(name: &str) -> bool {
    let hashes = name.strip_prefix("fixtrail-");
    hashes.is_some_and(|hashes| {
        hashes
            .split('-')
            .take(2)
            .filter(|word| is_hash(word))
            .count()
            == 2
    })
}

fn is_hash(word: &str) -> bool {
    word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_end()
}

/// A text as servers may give it back: blanks are not always kept as they were.
pub(super) fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells() {
        let marker = Marker::new("0123456789abcdef", &["b".to_owned(), "a".to_owned()]);
        let same = Marker::new("0123456789abcdef", &["a ".to_owned(), "b".to_owned()]);
        assert_eq!(marker, same);
        let line = marker.to_string();
        assert!(is_marked(&line) && is_marked(&format!("{line}\r\n\r\nmore")));
        assert!(marker.leads(&format!("{line}  \nmore")));
        for other in [
            format!("> {line}"),
            format!("(In reply to x)\n{line}"),
            "fixtrail: is nice".to_owned(),
            format!("{line} x"),
            String::new(),
        ] {
            assert!(!is_marked(&other), "{other}");
        }
        assert!(is_own_file(&marker.file_name("stack.txt")));
        assert!(!is_own_file("fixtrail-stack.txt"));
    }
}
