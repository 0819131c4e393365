//! Clues of native frames: functions, their files, the modules they are in, the types of their arguments.

use std::collections::HashSet;

use fixtrail_index::code::CodeMap;
use fixtrail_index::{Field, parts};

use super::names::{dotted, extension_module, is_system_file};
use super::{ClueKind, FrameLine, Query, frames};
use crate::signature::{Signature, SignatureFrame};
use crate::stack::names::unqualified;

/// Where a function is looked for.
const FUNCTION_FIELDS: [Field; 4] = [
    Field::Mentioned,
    Field::Function,
    Field::Call,
    Field::Identifier,
];

/// Lines of so many frames are looked at.
const MOST_LINES: usize = 60;

/// A file that every second file includes is on the stack for its inlined functions.
const HEADER: f32 = 0.3;

/// What a type is worth, beside the one before it.
const NEXT_TYPE: f32 = 0.8;

/// Frames of the interpreter's loop tell the types of a Python function's variables; those of as many are looked for.
const MOST_EVALUATED: usize = 2;

/// How many files may define a function for its name to tell where it is.
const MOST_FILES: usize = 3;

impl Query {
    pub(super) fn native_frame(&mut self, frame: &SignatureFrame, number: Option<usize>) {
        self.function(ClueKind::Function, &frame.function, number, frame.weight);
        if frame.class.may_be_at_fault() {
            for part in parts(&frame.function) {
                self.named(
                    ClueKind::NamePart,
                    &part,
                    number,
                    frame.weight,
                    &[Field::Part],
                );
            }
        }
        if let Some(module) = frame.module.as_deref().and_then(extension_module)
            && let Some(clue) = self.clue(ClueKind::Module, module, number, 1.0)
        {
            for file in [format!("{module}module.c"), format!("{module}.c")] {
                self.term(clue, Field::File, file, 1.0);
            }
            self.term(clue, Field::Mentioned, module, 1.0);
        }
    }

    /// The types of arguments, innermost first. A frame that only stumbles over damage tells by them whose it is.
    pub(super) fn types(&mut self, signature: &Signature, code: &CodeMap) {
        let (own, others) = frames(signature);
        let typed = own
            .iter()
            .chain(others)
            .filter(|frame| !frame.types.is_empty());
        let mut evaluated = 0;
        let telling = typed.filter(|frame| {
            let at_fault = frame.class.may_be_at_fault();
            evaluated += usize::from(!at_fault);
            at_fault || evaluated <= MOST_EVALUATED
        });
        let mut worth = 1.0;
        for frame in telling {
            for name in &frame.types {
                if self.value_type(name, Some(frame.number), worth, code) {
                    worth *= NEXT_TYPE;
                }
            }
        }
    }

    /// A function under the names that it has in source and messages.
    pub(super) fn function(
        &mut self,
        kind: ClueKind,
        name: &str,
        number: Option<usize>,
        weight: f32,
    ) {
        // Argument Clinic splits `list_sort` into a parser and `list_sort_impl`: two frames, one clue.
        let name = name.strip_suffix("_impl").unwrap_or(name);
        let Some(clue) = self.clue(kind, name, number, weight) else {
            return;
        };
        for spelling in [name.to_owned(), format!("{name}_impl")] {
            for field in FUNCTION_FIELDS {
                self.term(clue, field, spelling.as_str(), 1.0);
            }
        }
        if let Some(dotted) = dotted(name) {
            self.term(clue, Field::Mentioned, dotted, 0.8);
        }
    }

    /// A built-in type by its last name, `_io.StringIO` by `StringIO`, and the files that define it. Gives whether it is a
    /// new clue, and of a type that the source defines.
    pub(super) fn value_type(
        &mut self,
        name: &str,
        number: Option<usize>,
        weight: f32,
        code: &CodeMap,
    ) -> bool {
        let bare = unqualified(name);
        // `function` and `module` are arguments everywhere.
        if COMMON_TYPES.contains(&bare) {
            return false;
        }
        let Some(clue) = self.clue(ClueKind::Type, bare, number, weight) else {
            return false;
        };
        self.term(clue, Field::Mentioned, bare, 1.0);
        self.term(clue, Field::Part, bare.to_ascii_lowercase(), 1.0);
        let mut defined = false;
        for file in code.type_files(bare).take(MOST_FILES) {
            self.term(clue, Field::File, file, 1.0);
            defined = true;
        }
        defined
    }

    /// The source lines of frames, innermost first; of a module of the standard library under its folder.
    pub(super) fn frame_lines(&mut self, signature: &Signature) {
        let (own, others) = frames(signature);
        for frame in own.iter().chain(others) {
            let (Some(file), Some(line)) = (&frame.file, frame.line) else {
                continue;
            };
            let file = if frame.is_standard_library() {
                format!("Lib/{file}")
            } else {
                file.clone()
            };
            let known = self
                .lines
                .iter()
                .any(|known| known.line == line && known.file == file);
            if !known && self.lines.len() < MOST_LINES {
                let weight = frame.weight;
                self.lines.push(FrameLine { file, line, weight });
            }
        }
    }

    /// The files of frames that say where the failure is; each once, at the weight of its best frame. Of a frame that
    /// names none, the file that defines its function.
    pub(super) fn source_files(&mut self, signature: &Signature, code: &CodeMap) {
        let (own, others) = frames(signature);
        let mut seen = HashSet::new();
        let telling = |frame: &&SignatureFrame| frame.class.may_be_at_fault() && !frame.python;
        for frame in own.iter().chain(others).filter(telling) {
            for (file, weight) in files_of(frame, code) {
                let strange = is_system_file(&file) && !defines(code, &frame.function, &file);
                if strange || !seen.insert(file.clone()) {
                    continue;
                }
                let weight = weight * if file.ends_with(".h") { HEADER } else { 1.0 };
                let number = Some(frame.number);
                self.named(ClueKind::SourceFile, &file, number, weight, &[Field::File]);
            }
        }
    }
}

/// Types whose arguments are on every stack.
const COMMON_TYPES: [&str; 14] = [
    "function", "module", "method", "type", "code", "frame", "object", "cell", "str", "dict",
    "tuple", "int", "list", "bytes",
];

/// Whether the source that is searched has the function in that file: then it is the C library's own.
fn defines(code: &CodeMap, function: &str, file: &str) -> bool {
    let ends = |path: &str| {
        path.strip_suffix(file)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    code.files(function).any(ends)
}

fn files_of(frame: &SignatureFrame, code: &CodeMap) -> Vec<(String, f32)> {
    if let Some(file) = &frame.file {
        return vec![(file.clone(), frame.weight)];
    }
    let files: Vec<&str> = code.files(&frame.function).take(MOST_FILES + 1).collect();
    if files.len() > MOST_FILES {
        return Vec::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "at most three")]
    let share = frame.weight / files.len().max(1) as f32;
    files
        .into_iter()
        .map(|file| (file.to_owned(), share))
        .collect()
}
