//! From a signature to the terms that are looked for, each tied to the clue it comes from.
//!
//! A clue is one thing that the evidence shows: a frame, a source file, a failed assertion, an exception, the kind of
//! failure; or what the project's source says of it: the Python name of a C function, whom it calls. It is looked for in
//! several fields in several spellings; [`ranking`](crate::ranking) counts a clue once in each field.

mod failure;
mod issues;
mod names;
mod native;
mod neighbours;
mod python;
mod words;

use std::collections::HashSet;

use fixtrail_index::code::CodeMap;
use fixtrail_index::{Field, QueryTerm};
use serde::Serialize;

use crate::evidence::Facts;
use crate::signature::{Signature, SignatureFrame};

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// The clues, in no order of worth.
    pub clues: Vec<Clue>,
    /// Every term, with the index of its clue. A term's weight is what its spelling is worth, times that of its clue.
    pub terms: Vec<(usize, QueryTerm)>,
    /// How many outer frames are not looked for, beyond those that a search can bear.
    pub frames_left_out: usize,
    /// Whether any native frame has a name.
    pub native: bool,
    /// Whether the failure is a hang, runaway recursion or an exception, which Python code alone may cause.
    pub of_python: bool,
    /// The source lines of frames, each once.
    pub lines: Vec<FrameLine>,
    known: HashSet<(ClueKind, String)>,
}

/// How many frames of the chosen stack, and as many of its companions, are looked for. With recursion folded, no real
/// stack has as many.
const MOST_FRAMES: usize = 500;

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

/// The source line of a frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrameLine {
    /// Its file, from the project's root or the end of its path.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// What a match is worth, from 0 to 1.
    pub weight: f32,
}

/// What a clue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClueKind {
    /// A native frame's function.
    Function,
    /// A function that a frame's function calls, though not now.
    Callee,
    /// A function that calls a frame's function, though not now.
    Caller,
    /// A word that the name of a frame's function is made of.
    NamePart,
    /// A Python frame: function and file together.
    PythonFrame,
    /// The module of a Python frame.
    PythonModule,
    /// A method of a built-in type that Python code called.
    BuiltIn,
    /// A name in the source line of a Python frame.
    SourceName,
    /// A C function that a name in the source line of a Python frame reaches.
    Reached,
    /// A name of the text beside its stacks.
    TextName,
    /// A C function that a name of the text reaches.
    TextReached,
    /// The type of an argument, or of a broken object.
    Type,
    /// A frame of another thread.
    OtherThread,
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
    /// The kind of failure, where it is a hang or runaway recursion.
    HangKind,
    /// A word for what the interpreter was about.
    InterpreterState,
    /// An issue with a stack like this one.
    KnownIssue,
}

/// Makes the query of a signature; `code` tells what the frames' functions are called, and where they are.
#[must_use]
pub fn query(signature: &Signature, facts: &Facts, code: &CodeMap) -> Query {
    let mut query = Query {
        of_python: signature.kind.may_be_of_python(),
        ..Query::default()
    };
    let (own, others) = frames(signature);
    query.frames_left_out =
        signature.frames.len() + signature.companion_frames.len() - own.len() - others.len();
    let own = own.iter().map(|frame| (frame, true));
    let others = others.iter().map(|frame| (frame, false));
    for (frame, own) in own.chain(others) {
        let number = own.then_some(frame.number);
        if frame.python {
            query.python_frame(frame, number);
        } else {
            query.native |= !frame.function.is_empty();
            query.native_frame(frame, number);
        }
    }
    query.types(signature, code);
    query.source_files(signature, code);
    query.source_lines(signature, code);
    query.frame_lines(signature);
    query.built_ins(signature, code);
    query.neighbours(signature, code);
    query.other_threads(signature);
    query.failure(facts);
    for name in &facts.object_types {
        query.value_type(name, None, 1.0, code);
    }
    query.text_names(facts, code);
    query.kind(signature.kind);
    query
}

/// The innermost frames, and those of companions.
fn frames(signature: &Signature) -> (&[SignatureFrame], &[SignatureFrame]) {
    let first = |frames: &'_ [SignatureFrame]| frames.len().min(MOST_FRAMES);
    let (own, others) = (&signature.frames, &signature.companion_frames);
    (&own[..first(own)], &others[..first(others)])
}

impl Query {
    /// Adds a clue; `None` for one that is known already, or is worth nothing.
    fn clue(
        &mut self,
        kind: ClueKind,
        text: &str,
        frame: Option<usize>,
        weight: f32,
    ) -> Option<usize> {
        let new = !text.is_empty() && weight > 0.0 && self.known.insert((kind, text.to_owned()));
        new.then(|| {
            self.clues.push(Clue {
                kind,
                text: text.to_owned(),
                frame,
                weight,
            });
            self.clues.len() - 1
        })
    }

    /// Adds a spelling of a clue in a field.
    fn term(&mut self, clue: usize, field: Field, text: impl Into<String>, weight: f32) {
        let weight = weight * self.clues[clue].weight;
        let text = text.into();
        self.terms.push((
            clue,
            QueryTerm {
                field,
                text,
                weight,
            },
        ));
    }

    /// Adds a clue with one spelling in several fields.
    fn named(
        &mut self,
        kind: ClueKind,
        text: &str,
        frame: Option<usize>,
        weight: f32,
        fields: &[Field],
    ) {
        if let Some(clue) = self.clue(kind, text, frame, weight) {
            for &field in fields {
                self.term(clue, field, text, 1.0);
            }
        }
    }
}
