//! Clues of what failed: assertions, fatal errors, exceptions, the kind of failure, the interpreter's state.

use fixtrail_index::Field;
use fixtrail_index::history::{Kind, message};

use super::{ClueKind, Query};
use crate::evidence::Facts;
use crate::signature::FailureKind;
use crate::stack::names::{source_file, unqualified};

/// How many words of one error message are looked for.
const MOST_WORDS: usize = 16;

/// An assertion's expression has as many words; more are a sentence, of which only what looks like code is looked for.
const EXPRESSION: usize = 6;

impl Query {
    pub(super) fn failure(&mut self, facts: &Facts) {
        for assertion in &facts.assertions {
            if let Some(function) = &assertion.function {
                self.function(ClueKind::FailedIn, function, None, 1.0);
            }
            if let Some(file) = &assertion.file {
                let file = source_file(file);
                self.named(ClueKind::SourceFile, &file, None, 0.8, &[Field::File]);
            }
            self.failure_text(&assertion.expression);
        }
        for error in facts.own_fatal_errors() {
            self.failure_text(error);
            self.sentence(error);
        }
        for exception in &facts.exceptions {
            if let Some(message) = &exception.message {
                self.sentence(message);
            }
            let name = unqualified(&exception.type_name);
            let fields = [Field::Mentioned, Field::Identifier];
            self.named(ClueKind::Exception, name, None, 1.0, &fields);
        }
        for state in &facts.interpreter {
            for word in state.words() {
                self.named(ClueKind::InterpreterState, word, None, 1.0, &[Field::Word]);
            }
        }
    }

    fn failure_text(&mut self, text: &str) {
        let fields = [Field::Identifier, Field::Call, Field::Mentioned];
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let code = message::identifiers(text);
        let sentence = text.split_whitespace().count() > EXPRESSION;
        for word in words
            .filter(|word| word.len() > 3 && (!sentence || code.iter().any(|name| name == word)))
        {
            self.named(ClueKind::FailureText, word, None, 1.0, &fields);
        }
    }

    /// The words of an error message, as a fix may quote it.
    fn sentence(&mut self, text: &str) {
        let words = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 3);
        for word in words.take(MOST_WORDS) {
            let word = word.to_lowercase();
            self.named(ClueKind::MessageWord, &word, None, 1.0, &[Field::Word]);
        }
    }

    pub(super) fn kind(&mut self, kind: FailureKind) {
        for (at, kind) in kind.named_as().iter().enumerate() {
            self.failure_kind(*kind, if at == 0 { 1.0 } else { 0.6 });
        }
    }

    fn failure_kind(&mut self, kind: Kind, weight: f32) {
        // Few messages speak of hangs, and nearly all of those are fixes: a word says more than of crashes.
        let clue = match kind {
            Kind::Hang | Kind::Deadlock | Kind::Race | Kind::Overflow => ClueKind::HangKind,
            _ => ClueKind::Kind,
        };
        self.named(clue, kind.word(), None, weight, &[Field::Kind]);
    }
}
