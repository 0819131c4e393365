//! Clues of Python frames: functions and modules, the names in their source lines, and what those reach in C.

use std::sync::LazyLock;

use fixtrail_index::Field;
use fixtrail_index::code::CodeMap;
use regex::Regex;

use super::{ClueKind, Query, frames};
use crate::pattern::regex;
use crate::signature::{Class, Signature, SignatureFrame};
use crate::stack::names::unqualified;

/// The source lines of as many frames are looked at: the innermost, which tell what was called when it happened.
const MOST_LINES: usize = 3;

/// What the next source line is worth, beside the one before it.
const NEXT_LINE: f32 = 0.6;

/// A method that more functions stand behind tells nothing.
const MOST_BEHIND: usize = 60;

static NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"[A-Za-z_][A-Za-z0-9_]*"));

static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| regex(r#""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#.*"#));

static BUILT_IN: LazyLock<Regex> =
    LazyLock::new(|| regex(r"built-in method (\w+) of ([\w.]+) object"));

/// Words of Python itself, and names that every source line may have.
const COMMON: [&str; 37] = [
    "and", "as", "assert", "async", "await", "class", "def", "del", "elif", "else", "except",
    "False", "for", "from", "global", "if", "import", "in", "is", "lambda", "None", "not", "or",
    "pass", "raise", "return", "self", "super", "True", "try", "while", "with", "yield", "print",
    "range", "args", "kwargs",
];

impl Query {
    pub(super) fn python_frame(&mut self, frame: &SignatureFrame, number: Option<usize>) {
        let Some(file) = &frame.file else { return };
        // `outer.<locals>.inner` is `outer.inner` in the history.
        let function = frame.function.replace(".<locals>", "");
        let text = format!("{function} ({file})");
        let Some(clue) = self.clue(ClueKind::PythonFrame, &text, number, frame.weight) else {
            return;
        };
        self.term(clue, Field::File, file.as_str(), 1.0);
        self.term(clue, Field::Function, function.as_str(), 1.0);
        if let Some((_, bare)) = function.rsplit_once('.') {
            self.term(clue, Field::Function, bare, 0.7);
        }
        let module = file
            .trim_end_matches(".py")
            .trim_end_matches("/__init__")
            .replace('/', ".");
        self.term(clue, Field::Mentioned, format!("{module}.{function}"), 1.0);
        if frame.class != Class::Trampoline
            && let Some(clue) = self.clue(ClueKind::PythonModule, &module, number, frame.weight)
        {
            let last = unqualified(&module);
            self.term(clue, Field::Mentioned, module.as_str(), 1.0);
            self.term(clue, Field::Word, last.to_lowercase(), 0.7);
            self.term(clue, Field::Part, last.to_lowercase(), 0.7);
        }
    }

    /// The names in the innermost source lines, with the C functions that they reach.
    pub(super) fn source_lines(&mut self, signature: &Signature, code: &CodeMap) {
        let (own, others) = frames(signature);
        let lines = own.iter().chain(others).filter_map(|frame| {
            let told = frame.class != Class::Trampoline || frame.file.is_none();
            Some((frame, frame.source.as_deref().filter(|_| told)?))
        });
        let lines: Vec<(&SignatureFrame, &str)> = lines.take(MOST_LINES).collect();
        let mut worth = 1.0;
        for (frame, line) in lines {
            let line = QUOTED.replace_all(line, " ");
            for name in NAME.find_iter(&line).map(|hit| hit.as_str()) {
                if name.len() > 2 && !COMMON.contains(&name) && !name.starts_with("assert") {
                    self.source_name(name, frame.number, worth, code);
                }
            }
            worth *= NEXT_LINE;
        }
    }

    fn source_name(&mut self, name: &str, number: usize, weight: f32, code: &CodeMap) {
        if let Some(clue) = self.clue(ClueKind::SourceName, name, Some(number), weight) {
            self.term(clue, Field::Tested, name, 1.0);
            self.term(clue, Field::Mentioned, name, 1.0);
            self.term(
                clue,
                Field::Part,
                name.trim_matches('_').to_lowercase(),
                0.7,
            );
        }
        self.reached(
            ClueKind::Reached,
            name,
            |_| true,
            Some(number),
            weight,
            code,
        );
    }

    /// Methods that Python code called, as py-bt and pystack name them.
    pub(super) fn built_ins(&mut self, signature: &Signature, code: &CodeMap) {
        for marker in &signature.markers {
            let Some(hit) = BUILT_IN.captures(marker) else {
                continue;
            };
            let (method, of) = (&hit[1], unqualified(&hit[2]));
            let typed = !matches!(of, "module" | "type");
            let text = if typed {
                format!("{of}.{method}")
            } else {
                method.to_owned()
            };
            if let Some(clue) = self.clue(ClueKind::BuiltIn, &text, None, 1.0) {
                self.term(clue, Field::Mentioned, text.as_str(), 1.0);
                self.term(clue, Field::Mentioned, method, 0.6);
                self.term(clue, Field::Tested, method, 0.6);
            }
            let of = of.to_lowercase();
            let fits = |function: &str| !typed || function.to_lowercase().contains(&of);
            self.reached(ClueKind::Function, method, fits, None, 1.0, code);
        }
    }

    /// The C functions that stand behind a Python name. The more there are, the less each says.
    pub(super) fn reached(
        &mut self,
        kind: ClueKind,
        name: &str,
        fits: impl Fn(&str) -> bool,
        number: Option<usize>,
        weight: f32,
        code: &CodeMap,
    ) {
        let functions: Vec<&str> = code
            .behind(name)
            .filter(|function| fits(function))
            .collect();
        if functions.len() > MOST_BEHIND {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most sixty")]
        let weight = weight / (functions.len().max(1) as f32).sqrt();
        for function in functions {
            self.function(kind, function, number, weight);
        }
    }
}
