//! `#if`, `#else` and `#endif`: every branch starts from the state before the
//! `#if`, and after the `#endif` the state of the first branch holds.

use super::header::Previous;
use super::{Scanner, State, lex};

/// Nesting beyond this is read as if its directives were not there, which
/// bounds the memory for saved states.
const MAX_DEPTH: usize = 1000;

/// An open `#if`.
#[derive(Debug)]
pub(super) struct Branch {
    /// The state at the `#if`.
    before: State,
    /// The state at the end of the first branch that counts.
    after: Option<State>,
    /// `#if 0`: the number of functions found before it, while in its branch.
    disabled: Option<usize>,
}

impl Scanner<'_> {
    /// Takes note of the directive at the cursor; returns where its line ends.
    pub(super) fn directive(&mut self) -> usize {
        let end = lex::directive_end(self.text, self.at);
        let line = self.text[self.at + 1..end].trim_ascii_start();
        let (word, rest) = line.split_at(lex::word_end(line, 0));
        match word {
            b"if" => self.branch(rest.trim_ascii_start()),
            b"ifdef" | b"ifndef" => self.branch(b""),
            b"elif" | b"else" | b"elifdef" | b"elifndef" => self.other_branch(),
            b"endif" => self.end_branch(),
            // A macro without semicolon before it is not part of what follows.
            _ => self.state.header.gap |= self.state.header.previous == Previous::Close,
        }
        end
    }

    fn branch(&mut self, condition: &[u8]) {
        if self.branches.len() == MAX_DEPTH {
            self.ignored += 1;
            return;
        }
        let zero = condition.starts_with(b"0") && lex::word_end(condition, 0) == 1;
        self.branches.push(Branch {
            before: self.state,
            after: None,
            disabled: zero.then_some(self.found.len()),
        });
    }

    fn other_branch(&mut self) {
        let Some(branch) = self.branches.last_mut().filter(|_| self.ignored == 0) else {
            return;
        };
        match branch.disabled.take() {
            Some(functions) => self.found.truncate(functions),
            None => {
                branch.after.get_or_insert(self.state);
            }
        }
        self.state = branch.before;
    }

    fn end_branch(&mut self) {
        if self.ignored > 0 {
            self.ignored -= 1;
            return;
        }
        let Some(mut branch) = self.branches.pop() else {
            return;
        };
        if let Some(functions) = branch.disabled.take() {
            self.found.truncate(functions);
            self.state = branch.before;
        }
        self.state = branch.after.unwrap_or(self.state);
    }
}
