//! Function definitions of C and C++, in one pass and without a preprocessor.
//!
//! Within braces only braces, literals, comments and directives are looked at;
//! outside of them [`header`] reads the words of each declaration. Both sides
//! of `#if` and `#else` are read, each from the state before the `#if`; only
//! what stands under `#if 0` is left out. A `}` in column 0 ends a definition
//! however many braces are open, so one odd macro costs one function.
//!
//! Methods within a `class` body are not listed, `Class::method` outside is.

mod directives;
mod header;
mod lex;
mod names;

use super::lines::{Found, table};
use super::{Function, bytecodes};
use directives::Branch;
use header::{Candidate, Header, Previous};

/// What a `}` closes.
#[derive(Clone, Copy, Debug)]
enum Open {
    /// The function at this index of those found.
    Function(usize),
    /// A type or an initialiser.
    Data,
}

/// Where the scan stands in the nesting: what `#else` goes back to.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Open braces, those of `extern "C"` and namespaces not counted.
    depth: usize,
    /// Open parentheses outside of braces.
    parens: usize,
    open: Open,
    header: Header,
    /// `name(a, b) int a;`: a definition if nothing but `{` comes next.
    old_style: Option<Candidate>,
}

/// A function in the making.
#[derive(Debug)]
struct Raw {
    candidate: Candidate,
    /// Unknown while the body is open.
    end: Option<usize>,
}

#[derive(Debug)]
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    state: State,
    branches: Vec<Branch>,
    /// Open `#if` beyond the depth that is kept.
    ignored: usize,
    found: Vec<Raw>,
}

/// The functions defined in `text`.
pub(super) fn functions(text: &[u8]) -> Vec<Function> {
    let state = State {
        depth: 0,
        parens: 0,
        open: Open::Data,
        header: Header::default(),
        old_style: None,
    };
    let mut scanner = Scanner {
        text,
        at: 0,
        state,
        branches: Vec::new(),
        ignored: 0,
        found: Vec::new(),
    };
    scanner.run();
    let mut found: Vec<Found> = scanner.found.iter().map(|raw| raw.finish(text)).collect();
    bytecodes::add(text, &mut found);
    table(text, found)
}

impl Raw {
    fn finish(&self, text: &[u8]) -> Found {
        let (start, end) = self.candidate.name;
        Found {
            name: String::from_utf8_lossy(&text[start..end]).into(),
            bytes: self.candidate.start..self.end.unwrap_or(text.len()),
        }
    }
}

impl Scanner<'_> {
    fn run(&mut self) {
        while self.at < self.text.len() {
            if self.state.depth > 0 {
                self.body();
            } else if self.state.parens > 0 {
                self.group();
            } else {
                self.declaration();
            }
        }
    }

    /// Steps through braces, to the end of the outermost.
    fn body(&mut self) {
        while self.state.depth > 0 {
            self.at = lex::find(self.text, self.at, lex::BODY);
            match self.text.get(self.at) {
                None => return,
                Some(b'{') => {
                    self.state.depth += 1;
                    self.at += 1;
                }
                Some(b'}') => self.close(),
                Some(_) => self.step_over(),
            }
        }
    }

    /// Steps over a literal, comment or directive at the cursor.
    fn step_over(&mut self) {
        self.at = match self.text[self.at] {
            b'"' | b'\'' => lex::quoted_end(self.text, self.at),
            b'/' => lex::slash_end(self.text, self.at),
            b'#' if lex::starts_line(self.text, self.at) => self.directive(),
            _ => self.at + 1,
        };
    }

    fn close(&mut self) {
        let first = lex::in_column_0(self.text, self.at);
        self.at += 1;
        self.state.depth = if first { 0 } else { self.state.depth - 1 };
        if self.state.depth > 0 {
            return;
        }
        if let Open::Function(index) = self.state.open {
            self.end(index);
        } else if self.state.header.initialisers {
            // `Foo::Foo() : a{1}, b{2} {`
            self.state.header.previous = Previous::Close;
            return;
        }
        self.state.header = Header::default();
        self.state.old_style = None;
    }

    /// Ends the function at `index` and those that other branches left open:
    /// `#if A`, `int f(void) {`, `#else`, `int g(void) {`, `#endif` share a `}`.
    fn end(&mut self, index: usize) {
        self.found[index].end = Some(self.at);
        let open = self
            .found
            .iter_mut()
            .rev()
            .take_while(|raw| raw.end.is_none());
        open.for_each(|raw| raw.end = Some(self.at));
    }

    /// Steps through the parentheses of a declaration.
    fn group(&mut self) {
        self.at = lex::find(self.text, self.at, lex::GROUP);
        let Some(&byte) = self.text.get(self.at) else {
            return;
        };
        match byte {
            b'{' | b'}' if lex::in_column_0(self.text, self.at) => {
                self.state.parens = 0;
                self.close_group();
                return;
            }
            // No declaration has this in its parentheses: one is missing.
            b';' if self.text[self.at + 1..].starts_with(b"\n") => {
                self.state.parens = 0;
                self.state.header = Header::default();
            }
            b'(' => self.state.parens += 1,
            b')' => self.state.parens -= 1,
            b'{' | b'}' | b';' => {}
            _ => return self.step_over(),
        }
        self.at += 1;
        if byte == b')' && self.state.parens == 0 {
            self.close_group();
        }
    }

    fn open(&mut self) {
        let candidate = self.definition();
        self.state.old_style = None;
        self.state.depth = 1;
        self.state.open = Open::Data;
        if let Some(candidate) = candidate {
            self.state.open = Open::Function(self.found.len());
            self.found.push(Raw {
                candidate,
                end: None,
            });
        }
    }
}
