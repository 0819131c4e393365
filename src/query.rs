//! From a signature to the terms that are looked for, each tied to the clue it comes from.
//!
//! A clue is one thing that the evidence shows: a frame, a source file, a failed assertion, an exception, the kind of
//! failure. It is looked for in several fields in several spellings; [`ranking`](crate::ranking) counts a clue once.

use std::collections::HashSet;

use fixtrail_index::history::{Kind, message};
use fixtrail_index::{Field, QueryTerm};
use serde::Serialize;

use crate::evidence::Facts;
use crate::signature::{Class, Signature, SignatureFrame};

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// The clues, in no order of worth.
    pub clues: Vec<Clue>,
    /// Every term, with the index of its clue.
    pub terms: Vec<(usize, QueryTerm)>,
    /// How many outer frames are not looked for, beyond those that a search can bear.
    pub frames_left_out: usize,
}

/// How many frames of the chosen stack, and as many of its companions, are looked for. With recursion folded, no real
/// stack has as many.
const MOST_FRAMES: usize = 500;

/// How many words of one error message are looked for.
const MOST_WORDS: usize = 16;

/// One thing that the evidence shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clue {
    /// What it is.
    pub kind: ClueKind,
    /// Its words: a function, a file, an expression.
    pub text: String,
    /// Number of the frame it comes from, where it comes from one of the chosen thread.
    pub frame: Option<usize>,
    /// What it is worth, from 0 to 1.
    pub weight: f32,
}

/// What a clue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClueKind {
    /// A native frame's function.
    Function,
    /// A Python frame: function and file together.
    PythonFrame,
    /// A frame's source file.
    SourceFile,
    /// An extension module.
    Module,
    /// The function in which an assertion failed or a fatal error was found.
    FailedIn,
    /// An identifier of a failed assertion or a fatal error.
    FailureText,
    /// A word of an error message.
    MessageWord,
    /// An exception's type.
    Exception,
    /// The kind of failure.
    Kind,
    /// A word for what the interpreter was about.
    InterpreterState,
}

/// What a match is worth by field, for the name of a function. A message that names the function says more than a
/// change in it: functions change for many reasons.
const FUNCTION_FIELDS: [(Field, f32); 4] = [
    (Field::Mentioned, 1.1),
    (Field::Function, 1.0),
    (Field::Call, 0.5),
    (Field::Identifier, 0.35),
];

/// Makes the query of a signature.
#[must_use]
pub fn query(signature: &Signature, facts: &Facts) -> Query {
    let mut query = Query::default();
    let (own, others) = frames(signature);
    query.frames_left_out =
        signature.frames.len() + signature.companion_frames.len() - own.len() - others.len();
    let own = own.iter().map(|frame| (frame, true));
    let others = others.iter().map(|frame| (frame, false));
    for (frame, own) in own.chain(others) {
        let number = own.then_some(frame.number);
        if frame.python {
            query.python_frame(frame, number)
        } else {
            query.native_frame(frame, number)
        }
    }
    query.source_files(signature);
    query.failure(facts);
    for exception in &facts.exceptions {
        let name = exception.type_name.rsplit('.').next().unwrap_or_default();
        query.named(
            ClueKind::Exception,
            name,
            0.4,
            &[(Field::Mentioned, 0.8), (Field::Identifier, 0.4)],
        );
    }
    for state in &facts.interpreter {
        for word in state.words() {
            query.named(
                ClueKind::InterpreterState,
                word,
                0.25,
                &[(Field::Word, 0.5)],
            );
        }
    }
    for (at, kind) in (0_u8..).zip(signature.kind.named_as()) {
        query.failure_kind(*kind, if at == 0 { 1.0 } else { 0.6 });
    }
    query
}

/// The innermost frames, and those of companions.
fn frames(signature: &Signature) -> (&[SignatureFrame], &[SignatureFrame]) {
    let first = |frames: &'_ [SignatureFrame]| frames.len().min(MOST_FRAMES);
    let (own, others) = (&signature.frames, &signature.companion_frames);
    (&own[..first(own)], &others[..first(others)])
}

impl Query {
    /// The terms for the index.
    #[must_use]
    pub fn terms(&self) -> Vec<QueryTerm> {
        self.terms.iter().map(|(_, term)| term.clone()).collect()
    }

    fn clue(
        &mut self,
        kind: ClueKind,
        text: &str,
        frame: Option<usize>,
        weight: f32,
    ) -> Option<usize> {
        let known = self
            .clues
            .iter()
            .any(|clue| clue.kind == kind && clue.text == text);
        (!known && !text.is_empty() && weight > 0.0).then(|| {
            self.clues.push(Clue {
                kind,
                text: text.to_owned(),
                frame,
                weight,
            });
            self.clues.len() - 1
        })
    }

    fn term(&mut self, clue: usize, field: Field, text: impl Into<String>, weight: f32) {
        let weight = weight * self.clues[clue].weight;
        self.terms.push((
            clue,
            QueryTerm {
                field,
                text: text.into(),
                weight,
            },
        ));
    }

    fn named(&mut self, kind: ClueKind, text: &str, weight: f32, fields: &[(Field, f32)]) {
        if let Some(clue) = self.clue(kind, text, None, weight) {
            for &(field, worth) in fields {
                self.term(clue, field, text, worth);
            }
        }
    }

    fn native_frame(&mut self, frame: &SignatureFrame, number: Option<usize>) {
        self.function(ClueKind::Function, &frame.function, number, frame.weight);
        if let Some(module) = frame.module.as_deref().and_then(extension_module)
            && let Some(clue) = self.clue(ClueKind::Module, module, number, 0.5)
        {
            for file in [format!("{module}module.c"), format!("{module}.c")] {
                self.term(clue, Field::File, file, 0.5);
            }
            self.term(clue, Field::Mentioned, module, 0.4);
        }
    }

    fn function(&mut self, kind: ClueKind, name: &str, number: Option<usize>, weight: f32) {
        // Argument Clinic splits `list_sort` into a parser and `list_sort_impl`: two frames, one clue.
        let name = name.strip_suffix("_impl").unwrap_or(name);
        let Some(clue) = self.clue(kind, name, number, weight) else {
            return;
        };
        for spelling in [name.to_owned(), format!("{name}_impl")] {
            for (field, worth) in FUNCTION_FIELDS {
                self.term(clue, field, spelling.as_str(), worth);
            }
        }
        if let Some(dotted) = dotted(name) {
            self.term(clue, Field::Mentioned, dotted, 0.9);
        }
    }

    fn python_frame(&mut self, frame: &SignatureFrame, number: Option<usize>) {
        let Some(file) = &frame.file else { return };
        // `outer.<locals>.inner` is `outer.inner` in the history.
        let function = frame.function.replace(".<locals>", "");
        let text = format!("{function} ({file})");
        let Some(clue) = self.clue(ClueKind::PythonFrame, &text, number, frame.weight) else {
            return;
        };
        self.term(clue, Field::File, file.as_str(), 0.6);
        self.term(clue, Field::Function, function.as_str(), 0.6);
        if let Some((_, bare)) = function.rsplit_once('.') {
            self.term(clue, Field::Function, bare, 0.4);
        }
        let module = file
            .trim_end_matches(".py")
            .trim_end_matches("/__init__")
            .replace('/', ".");
        self.term(clue, Field::Mentioned, format!("{module}.{function}"), 0.8);
    }

    /// The files of frames that say where the failure is; each once, at the weight of its best frame.
    fn source_files(&mut self, signature: &Signature) {
        let (own, others) = frames(signature);
        let frames = own.iter().chain(others);
        let mut seen = HashSet::new();
        let telling = |frame: &&SignatureFrame| {
            matches!(frame.class, Class::Subject | Class::Victim) && !frame.python
        };
        for frame in frames.filter(telling) {
            let Some(file) = frame.file.as_deref().filter(|file| !is_system_file(file)) else {
                continue;
            };
            if !seen.insert(file.to_owned()) {
                continue;
            }
            let header = file.ends_with(".h");
            let weight = frame.weight * if header { 0.3 } else { 1.0 };
            if let Some(clue) = self.clue(ClueKind::SourceFile, file, Some(frame.number), weight) {
                self.term(clue, Field::File, file, 0.75);
            }
        }
    }

    fn failure(&mut self, facts: &Facts) {
        for assertion in &facts.assertions {
            if let Some(function) = &assertion.function {
                self.function(ClueKind::FailedIn, function, None, 1.0);
            }
            if let Some(file) = &assertion.file {
                let file = crate::stack::names::source_file(file);
                self.named(ClueKind::SourceFile, &file, 0.8, &[(Field::File, 0.75)]);
            }
            self.failure_text(&assertion.expression);
        }
        for error in facts.own_fatal_errors() {
            self.failure_text(error);
            self.sentence(error);
        }
        for message in facts
            .exceptions
            .iter()
            .filter_map(|exception| exception.message.as_deref())
        {
            self.sentence(message);
        }
    }

    fn failure_text(&mut self, text: &str) {
        let fields = [
            (Field::Identifier, 0.7),
            (Field::Call, 0.7),
            (Field::Mentioned, 0.7),
        ];
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        // An assertion's words are all code; of a sentence only what looks like code is.
        let code = message::identifiers(text);
        let sentence = text.split_whitespace().count() > 6;
        for word in words
            .filter(|word| word.len() > 3 && (!sentence || code.iter().any(|name| name == word)))
        {
            self.named(ClueKind::FailureText, word, 0.6, &fields);
        }
    }

    /// The words of an error message, as a fix may quote it.
    fn sentence(&mut self, text: &str) {
        let words = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 3);
        for word in words.take(MOST_WORDS) {
            let word = word.to_lowercase();
            self.named(ClueKind::MessageWord, &word, 0.25, &[(Field::Word, 0.5)]);
        }
    }

    fn failure_kind(&mut self, kind: Kind, weight: f32) {
        self.named(ClueKind::Kind, kind.word(), weight, &[(Field::Kind, 0.75)]);
    }
}

/// How messages write a method's C function: `gen_throw` is `gen.throw`, `_io_BytesIO_getbuffer` is
/// `BytesIO.getbuffer`.
fn dotted(name: &str) -> Option<String> {
    let bare = name.trim_start_matches('_');
    let (class, method) = bare.rsplit_once('_')?;
    let class = class.rsplit('_').next()?;
    (class.len() > 1 && method.len() > 1 && !class.starts_with("Py"))
        .then(|| format!("{class}.{method}"))
}

/// The name of an extension module by its file: `_lzma.cpython-311-x86_64-linux-gnu.so` is `_lzma`.
fn extension_module(file: &str) -> Option<&str> {
    let library = file.starts_with("lib") || file.starts_with("ld-") || file.starts_with("python");
    let name = file.split('.').next()?;
    let extension = file.ends_with(".so") || file.ends_with(".pyd");
    (extension && !library && !name.is_empty()).then_some(name)
}

/// Files of the C library, that every project's stacks share.
fn is_system_file(file: &str) -> bool {
    [
        "sysdeps/",
        "nptl/",
        "csu/",
        "posix/",
        "/usr/include/",
        "stdlib/",
    ]
    .iter()
    .any(|part| file.contains(part))
        || !file.contains('/')
            && [
                "raise.c",
                "abort.c",
                "assert.c",
                "pthread_kill.c",
                "start.S",
            ]
            .contains(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_spellings_of_c_names() {
        for (name, expected) in [
            ("gen_throw", Some("gen.throw")),
            ("deque_index", Some("deque.index")),
            ("_io_BytesIO_getbuffer", Some("BytesIO.getbuffer")),
            ("PyErr_SetObject", None),
            ("main", None),
            ("_", None),
        ] {
            assert_eq!(dotted(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn extension_modules_by_file() {
        for (file, module) in [
            ("_lzma.cpython-311-x86_64-linux-gnu.so", Some("_lzma")),
            ("_sqlite3.so", Some("_sqlite3")),
            ("_ssl.pyd", Some("_ssl")),
            ("libpython3.9.so.1.0", None),
            ("libc.so.6", None),
            ("python3.9", None),
        ] {
            assert_eq!(extension_module(file), module, "{file}");
        }
    }
}
