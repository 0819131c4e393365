//! What one file's text says: its functions, whom each calls, and its tables of methods.

use rustc_hash::FxHashSet;

use super::methods::{methods, types};
use crate::history::source::{self, Language};

/// What is kept of one version of a file.
#[derive(Debug, Default)]
pub(super) struct FileCode {
    /// Each function with those that its text calls, sorted; of Python none, since names say little there.
    pub(super) functions: Vec<(String, Vec<String>)>,
    /// Python names with the C functions behind them.
    pub(super) methods: Vec<(String, String)>,
    /// Names of the types that it defines.
    pub(super) types: Vec<String>,
}

/// Reads the text of a file.
pub(super) fn scan(language: Language, text: &[u8]) -> FileCode {
    let functions = source::functions(language, text)
        .into_iter()
        .map(|function| {
            let range = function.bytes.start as usize..function.bytes.end as usize;
            let body = text.get(range).unwrap_or_default();
            (
                function.name.to_string(),
                calls(language, body, &function.name),
            )
        });
    let in_c = language == Language::C;
    FileCode {
        functions: functions.collect(),
        methods: if in_c { methods(text) } else { Vec::new() },
        types: if in_c { types(text) } else { Vec::new() },
    }
}

fn calls(language: Language, body: &[u8], own: &str) -> Vec<String> {
    if language == Language::Python {
        return Vec::new();
    }
    let words = source::identifiers(language, body);
    let called = words.filter_map(|(word, called)| (called && word != own).then_some(word));
    let mut calls: Vec<&str> = called.collect::<FxHashSet<_>>().into_iter().collect();
    calls.sort_unstable();
    calls.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_with_their_calls() {
        let text = b"static int\nwalk(int a)\n{\n    step(a);\n    return down (walk(a)) + step(1);\n}\n\nint step(int a) { return a; }\n";
        let code = scan(Language::C, text);
        let expected = [
            ("walk".to_owned(), vec!["step".to_owned()]),
            ("step".to_owned(), vec![]),
        ];
        assert_eq!(code.functions, expected);
    }
}
