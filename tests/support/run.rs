//! What one run of the command printed, and how it is compared.

use std::fmt;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

/// One run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    folder: String,
}

/// What differs from run to run and from machine to machine.
const FILTERS: [(&str, &str); 7] = [
    (r"\d+(\.\d+)? (B|KiB|MiB)\b", "[SIZE]"),
    (r"\d+\.\d s\b", "[SECONDS]"),
    // The last digits of sums of logarithms.
    (r"(\d\.\d\d)\d{3,}", "$1"),
    (
        r"(fixtrail|written by fixtrail) \d+\.\d+\.\d+",
        "$1 [VERSION]",
    ),
    (r#""fixtrail": "[\d.]+""#, r#""fixtrail": "[VERSION]""#),
    (r#""(bytes|built|updated)": \d+"#, r#""$1": "[NUMBER]""#),
    (r"built .+ ago|built just now, updated just now", "[AGE]"),
];

impl Run {
    pub(crate) fn new(output: &Output, folder: &Path) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8 is printed");
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            folder: folder.to_string_lossy().into_owned(),
        }
    }

    /// Asserts that the command found what it was asked for.
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self}");
        self
    }

    /// Asserts that the command failed with a message that holds each of the words, and no panic.
    pub(crate) fn failed_with(self, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(2), "{self}");
        assert_eq!(self.stdout, "", "{self}");
        let named = self.stderr.lines().any(|line| line.starts_with("error: "));
        assert!(named, "{self}");
        assert!(!self.stderr.contains("panicked"), "{self}");
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is missing: {self}");
        }
        self
    }

    /// The answer as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Compares with `tests/snapshots/NAME.snap`.
    pub(crate) fn snapshot(&self, name: &str) {
        let folder = self.folder.replace('.', r"\.");
        let folders = [(folder.as_str(), "[DIR]")];
        insta::with_settings!({
            filters => FILTERS.into_iter().chain(folders).collect::<Vec<_>>(),
            snapshot_path => "../snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name, self);
        });
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self
            .code
            .map_or_else(|| "none: a signal".to_owned(), |code| code.to_string());
        writeln!(f, "exit code {code}")?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}
