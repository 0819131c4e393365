//! Functions and classes of Python source, by indentation.
//!
//! Only the start of each logical line is read; strings, comments and brackets
//! are stepped over so that their lines are not taken for code. That holds for
//! Python 1 to 3 alike and needs no valid syntax.

mod lex;

use super::Function;
use super::lines::{Found, table};

/// Python's own limit; what is deeper belongs to the block at the limit.
const MAX_DEPTH: usize = 100;
/// A qualified name longer than this is cut to its last part, so that nested
/// names of hostile length cannot multiply.
const MAX_NAME: usize = 1000;
/// Columns of a tab stop.
const TAB: usize = 8;

/// An open `def` or `class`.
#[derive(Debug)]
struct Block {
    indent: usize,
    /// Its place among those found.
    index: usize,
}

#[derive(Debug)]
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// Where the last line with code ends, comments after it not counted.
    code_end: usize,
    /// Start of the first decorator since the last statement.
    decorators: Option<usize>,
    open: Vec<Block>,
    found: Vec<Found>,
}

/// The functions and classes of `text`.
pub(super) fn functions(text: &[u8]) -> Vec<Function> {
    let mut scanner = Scanner {
        text,
        at: if text.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        },
        code_end: 0,
        decorators: None,
        open: Vec::new(),
        found: Vec::new(),
    };
    while scanner.at < text.len() {
        scanner.logical_line();
    }
    scanner.close(0);
    table(text, scanner.found)
}

impl Scanner<'_> {
    fn logical_line(&mut self) {
        let start = self.at;
        let indent = self.indent();
        match self.text.get(self.at) {
            None => {}
            Some(b'\n') => self.at += 1,
            Some(b'#') => self.at = lex::line_end(self.text, self.at),
            Some(_) => {
                self.close(indent);
                self.statement(start, indent);
                (self.code_end, self.at) = lex::code_end(self.text, self.at);
            }
        }
    }

    /// Steps over the indentation; returns its width in columns.
    fn indent(&mut self) -> usize {
        let mut width = 0;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b' ' => width += 1,
                b'\t' => width = (width / TAB + 1) * TAB,
                // A page break, as between the classes of `Lib/email` in 2.x.
                0x0c => width = 0,
                b'\r' => {}
                _ => break,
            }
            self.at += 1;
        }
        width
    }

    /// Ends the blocks that a line at column `indent` is not part of.
    fn close(&mut self, indent: usize) {
        let ended = |block: &mut Block| block.indent >= indent;
        while let Some(block) = self.open.pop_if(ended) {
            self.found[block.index].bytes.end = self.code_end;
        }
    }

    /// Opens a block if the statement at the cursor, in the line from `start`,
    /// is a definition.
    fn statement(&mut self, start: usize, indent: usize) {
        if self.text[self.at] == b'@' {
            self.decorators.get_or_insert(start);
            return;
        }
        let decorators = self.decorators.take();
        let Some((name, end)) = lex::defined_name(self.text, self.at) else {
            return;
        };
        self.at = end;
        if self.open.len() == MAX_DEPTH {
            return;
        }
        let index = self.found.len();
        self.found.push(Found {
            name: self.qualified(&String::from_utf8_lossy(name)),
            bytes: decorators.unwrap_or(start)..end,
        });
        self.open.push(Block { indent, index });
    }

    fn qualified(&self, name: &str) -> Box<str> {
        let outer = self.open.last().map(|block| &self.found[block.index].name);
        match outer {
            Some(outer) if outer.len() + name.len() < MAX_NAME => format!("{outer}.{name}").into(),
            _ => name.into(),
        }
    }
}
