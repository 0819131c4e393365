//! Identifiers in lines of source.

use super::Language;

/// Shorter words are loop counters and abbreviations.
const MIN_LENGTH: usize = 3;

/// The identifiers in `line`, comments and strings included, in order and with
/// whether `(` comes directly after. Keywords and words with letters beyond
/// ASCII are left out.
pub(crate) fn identifiers(language: Language, line: &[u8]) -> impl Iterator<Item = (&str, bool)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + line[at..].iter().position(|&byte| is_word(byte))?;
            let length = line[start..].iter().position(|&byte| !is_word(byte));
            at = length.map_or(line.len(), |length| start + length);
            let word = &line[start..at];
            if word.len() >= MIN_LENGTH && !word[0].is_ascii_digit() {
                match str::from_utf8(word) {
                    Ok(word) if word.is_ascii() && !is_keyword(language, word) => {
                        return Some((word, line.get(at) == Some(&b'(')));
                    }
                    _ => {}
                }
            }
        }
    })
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn is_keyword(language: Language, word: &str) -> bool {
    let keywords = match language {
        Language::C => C_KEYWORDS,
        Language::Python => PYTHON_KEYWORDS,
    };
    // Words of a length stand together: most are told apart by that alone.
    let of_length = keywords.get(word.len() - MIN_LENGTH);
    of_length.is_some_and(|keywords| keywords.split(' ').any(|keyword| keyword == word))
}

/// Keywords of C and C++ and the names of directives, by length from
/// [`MIN_LENGTH`] on.
const C_KEYWORDS: &[&str] = &[
    "for int new try",
    "auto bool case char elif else enum goto long this true void",
    "break catch class const endif false float ifdef short throw undef union using while",
    "define delete double extern ifndef inline pragma public return signed sizeof static \
     struct switch",
    "alignas alignof default defined include nullptr private typedef virtual",
    "continue operator register restrict template typename unsigned volatile",
    "constexpr namespace protected",
];

/// Keywords of Python 2 and 3, by length from [`MIN_LENGTH`] on.
const PYTHON_KEYWORDS: &[&str] = &[
    "and def del for not try",
    "None True elif else exec from pass with",
    "False async await break class print raise while yield",
    "assert except global import lambda return",
    "finally",
    "continue nonlocal",
];
