//! What stands outside of braces: which of the words before a `{` names a
//! function, if any does.

use super::names::{NO_NAMES, lone_word, operator_end, pointed_name};
use super::{Scanner, lex};

/// A name that is a function's if a body follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// First byte of the declaration.
    pub(super) start: usize,
    /// The bytes of the name.
    pub(super) name: (usize, usize),
}

/// The token before the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Previous {
    #[default]
    Start,
    Word,
    /// `)`
    Close,
    /// `::`
    Scope,
    /// A string: `extern "C"`.
    Text,
    Other,
}

/// The declaration at the cursor, as far as it was read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Header {
    pub(super) previous: Previous,
    /// A blank line or `#define` stood before the cursor.
    pub(super) gap: bool,
    /// `: x(a), y(b)` of a constructor.
    pub(super) initialisers: bool,
    start: Option<usize>,
    word: (usize, usize),
    name: Option<(usize, usize)>,
    /// The inside of a group that is a lone word: `find` of `STRINGLIB(find)`.
    lone: Option<(usize, usize)>,
    /// First byte within the last group, and the token before that group.
    group: (usize, Previous),
    /// Newlines since the last token.
    newlines: u8,
    /// A word came after the group of the candidate.
    trailing: bool,
    /// `=` came.
    data: bool,
    /// `namespace` came.
    namespace: bool,
    /// `struct`, `enum` … came after the last group.
    record: bool,
}

impl Scanner<'_> {
    /// Reads one token of a declaration.
    pub(super) fn declaration(&mut self) {
        let byte = self.text[self.at];
        let header = &mut self.state.header;
        match byte {
            b'\n' => {
                header.newlines = header.newlines.saturating_add(1);
                header.gap |= header.newlines > 1;
            }
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {}
            b'/' => {
                header.newlines = 0;
                return self.step_over();
            }
            b'#' => return self.step_over(),
            byte if lex::is(byte, lex::WORD) => return self.word(),
            b'"' | b'\'' => {
                self.step_over();
                return self.token(Previous::Text);
            }
            _ => return self.punctuation(byte),
        }
        self.at += 1;
    }

    fn punctuation(&mut self, byte: u8) {
        let header = &mut self.state.header;
        self.at += 1;
        match byte {
            b'{' => return self.brace(),
            b'}' => {
                *header = Header::default();
                self.state.old_style = None;
                return;
            }
            b';' => return self.semicolon(),
            b'(' => {
                header.group = (self.at, header.previous);
                self.state.parens = 1;
                return;
            }
            b'~' if header.previous == Previous::Scope => return,
            b':' if self.text.get(self.at) == Some(&b':') => {
                self.at += 1;
                return self.token(Previous::Scope);
            }
            b':' => header.initialisers |= header.name.is_some(),
            b'=' => header.data = true,
            _ => {}
        }
        self.token(Previous::Other);
    }

    fn token(&mut self, previous: Previous) {
        self.state.header.previous = previous;
        self.state.header.newlines = 0;
        self.state.header.gap = false;
    }

    fn word(&mut self) {
        let start = self.at;
        self.at = lex::word_end(self.text, start);
        let word = &self.text[start..self.at];
        self.restart(word);
        let header = &mut self.state.header;
        header.start.get_or_insert(start);
        header.trailing |= header.name.is_some();
        match word {
            b"namespace" => header.namespace = true,
            b"struct" | b"union" | b"enum" | b"class" => header.record = true,
            b"operator" => self.at = operator_end(self.text, self.at),
            _ => {}
        }
        let scoped = header.previous == Previous::Scope && header.word.1 > header.word.0;
        header.word = (if scoped { header.word.0 } else { start }, self.at);
        self.token(Previous::Word);
    }

    /// Starts over at `word` if what came before is a macro without semicolon:
    /// there is a gap, or a word that only starts declarations. Parameters of
    /// the old style may still follow, so a candidate is kept for them.
    fn restart(&mut self, word: &[u8]) {
        let header = &mut self.state.header;
        let complete = matches!(header.previous, Previous::Word | Previous::Close);
        let starts = matches!(word, b"static" | b"extern" | b"typedef");
        if (complete && header.gap) || (header.previous == Previous::Close && starts) {
            self.state.old_style = header.candidate().or(self.state.old_style);
            *header = Header::default();
        }
    }

    fn semicolon(&mut self) {
        let header = &self.state.header;
        if header.data {
            self.state.old_style = None;
        } else if header.trailing {
            self.state.old_style = header.candidate();
        }
        self.state.header = Header::default();
    }

    /// Looks at the group that ended before the cursor: the word before it may
    /// be a name.
    pub(super) fn close_group(&mut self) {
        let header = &mut self.state.header;
        let (start, previous) = header.group;
        let end = self.at.saturating_sub(1).max(start);
        let inside = &self.text[start..end];
        let word = &self.text[header.word.0..header.word.1];
        let lone = header.lone.take();
        header.record = false;
        if header.data || header.initialisers {
        } else if previous == Previous::Word && !NO_NAMES.contains(&word) {
            if inside.trim_ascii_start().starts_with(b"*") {
                header.name = header.name.or_else(|| pointed_name(inside, start));
            } else {
                header.name = Some(header.word);
                header.trailing = false;
                header.lone = lone_word(inside, start);
            }
        } else if previous == Previous::Close && self.text[..start].ends_with(b")(") {
            // `STRINGLIB(find)(…) {` is `find`: stacks show `asciilib_find`.
            header.name = lone.or(header.name);
        }
        self.token(Previous::Close);
    }

    fn brace(&mut self) {
        let header = &self.state.header;
        let block = header.namespace && header.name.is_none();
        if block || (header.previous == Previous::Text && !header.data) {
            self.state.header = Header::default();
        } else {
            self.open();
        }
    }

    /// The function whose body starts at the `{` before the cursor.
    pub(super) fn definition(&self) -> Option<Candidate> {
        let header = &self.state.header;
        match header.previous {
            _ if header.data => None,
            Previous::Start => self.state.old_style,
            Previous::Word if header.record || header.initialisers => None,
            // `Python/generated_cases.c.h` of 3.12: `TARGET(NOP) {`
            Previous::Close if self.text[header.word.0..].starts_with(b"TARGET(") => {
                let candidate = header.candidate()?;
                let name = header.lone.unwrap_or(candidate.name);
                Some(Candidate { name, ..candidate })
            }
            Previous::Word | Previous::Close => header.candidate(),
            _ => None,
        }
    }
}

impl Header {
    fn candidate(&self) -> Option<Candidate> {
        let (start, name) = (self.start?, self.name?);
        Some(Candidate { start, name })
    }
}
