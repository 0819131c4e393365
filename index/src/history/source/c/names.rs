//! Names in the odd places of a declaration.

use super::lex;

/// Words before parentheses that name no function.
pub(super) const NO_NAMES: [&[u8]; 19] = [
    b"__attribute__",
    b"__attribute",
    b"__declspec",
    b"__asm__",
    b"__asm",
    b"asm",
    b"alignas",
    b"decltype",
    b"noexcept",
    b"throw",
    b"requires",
    b"if",
    b"for",
    b"while",
    b"switch",
    b"return",
    b"sizeof",
    b"defined",
    b"else",
];

/// The bytes of the only word in `inside`, which starts at `at` of the text.
pub(super) fn lone_word(inside: &[u8], at: usize) -> Option<(usize, usize)> {
    let word = inside.trim_ascii();
    let start = at + inside.len() - inside.trim_ascii_start().len();
    let alone = !word.is_empty() && lex::word_end(word, 0) == word.len();
    alone.then_some((start, start + word.len()))
}

/// The name in `(*name(int x))(int y)`, a function that returns a pointer to
/// one. `inside` starts at `at` of the text.
pub(super) fn pointed_name(inside: &[u8], at: usize) -> Option<(usize, usize)> {
    let stars = inside.iter().take_while(|byte| b"* \t\n".contains(byte));
    let start = stars.count();
    let end = lex::word_end(inside, start);
    let called = inside[end..].trim_ascii_start().starts_with(b"(");
    (end > start && called).then_some((at + start, at + end))
}

/// End of the symbol after `operator`, whose word ends at `at`.
pub(super) fn operator_end(text: &[u8], at: usize) -> usize {
    let near = &text[at..text.len().min(at + 64)];
    let blanks = near.len() - near.trim_ascii_start().len();
    if near[blanks..].starts_with(b"()") {
        return at + blanks + 2;
    }
    let group = near.iter().position(|&byte| byte == b'(');
    at + group.map_or(0, |group| near[..group].trim_ascii_end().len())
}
