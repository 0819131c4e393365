//! Clues of what a text names beside its stacks.

use fixtrail_index::Field;
use fixtrail_index::code::CodeMap;

use super::{ClueKind, Query};
use crate::evidence::Facts;
use crate::stack::names::unqualified;

/// A long log names much that has nothing to do with the failure.
const MOST_NAMES: usize = 60;

impl Query {
    pub(super) fn text_names(&mut self, facts: &Facts, code: &CodeMap) {
        for name in facts.named.iter().take(MOST_NAMES) {
            let last = unqualified(name);
            let Some(clue) = self.clue(ClueKind::TextName, name, None, 1.0) else {
                continue;
            };
            self.term(clue, Field::Mentioned, name.as_str(), 1.0);
            self.term(clue, Field::Function, last, 1.0);
            self.term(clue, Field::Tested, last, 1.0);
            self.term(
                clue,
                Field::Part,
                last.trim_matches('_').to_lowercase(),
                0.7,
            );
            if last.len() < name.len() {
                self.term(clue, Field::Mentioned, last, 0.8);
            }
            self.reached(ClueKind::TextReached, last, |_| true, None, 1.0, code);
        }
    }
}
