//! Labelled cases on the disk: a folder each, with a label beside the files that a user might have of one failure.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::label::Label;
use crate::evidence::Problem;

/// The file of a case that says what is right.
const LABEL: &str = "case.json";

/// One failure with a known fix, in every shape that there is of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledCase {
    /// What is right.
    pub label: Label,
    /// The files to ask about, by name.
    pub inputs: Vec<InputFile>,
}

/// One file to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name in the folder.
    pub name: String,
    /// What kind of input it is: `core`, `gdb`, `report`.
    pub shape: String,
}

/// Every case of some folders.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cases {
    /// In the order of the folders given, and by name within each.
    pub cases: Vec<LabelledCase>,
    /// Cases whose link to their fix is in doubt, by `id`: they are left out.
    pub doubtful: Vec<String>,
    /// What was skipped because it is broken.
    pub problems: Vec<Problem>,
}

/// A folder whose cases cannot be listed.
#[derive(Debug, thiserror::Error)]
#[error("the cases in {} cannot be read", path.display())]
pub struct CasesError {
    /// The folder.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

impl Cases {
    /// Reads each folder: it is a case if it holds a `case.json`, else its folders that hold one are.
    ///
    /// A case that is broken is skipped and named.
    ///
    /// # Errors
    ///
    /// [`CasesError`] for a folder that cannot be listed.
    pub fn read(folders: &[PathBuf]) -> Result<Self, CasesError> {
        let mut found = Self::default();
        let mut ids = HashSet::new();
        for folder in folders {
            for case in case_folders(folder)? {
                match read_case(&case) {
                    Ok(case) if case.label.doubtful() => found.doubtful.push(case.label.id),
                    Ok(case) if !ids.insert(case.label.id.clone()) => {
                        let what = format!("another case is called {}, too", case.label.id);
                        found.problems.push(Problem::of(what));
                    }
                    Ok(case) => found.cases.push(case),
                    Err(why) => {
                        let what = format!("{} is no case: {why}", case.display());
                        found.problems.push(Problem::of(what));
                    }
                }
            }
        }
        Ok(found)
    }

    /// How many files there are to ask about.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.cases.iter().map(|case| case.inputs.len()).sum()
    }
}

fn case_folders(folder: &Path) -> Result<Vec<PathBuf>, CasesError> {
    if folder.join(LABEL).is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let listed = list(folder).map_err(|source| CasesError {
        path: folder.to_owned(),
        source,
    })?;
    Ok(listed
        .into_iter()
        .filter(|path| path.join(LABEL).is_file())
        .collect())
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

fn read_case(folder: &Path) -> Result<LabelledCase, String> {
    let text = fs::read(folder.join(LABEL)).map_err(|error| error.to_string())?;
    let label = Label::parse(&text)?;
    let listed = list(folder).map_err(|error| error.to_string())?;
    let inputs: Vec<InputFile> = listed.into_iter().filter_map(input).collect();
    if inputs.is_empty() {
        return Err("it has no input: a file called SHAPE.txt, core or core.*".to_owned());
    }
    Ok(LabelledCase { label, inputs })
}

fn input(path: PathBuf) -> Option<InputFile> {
    let name = path.file_name()?.to_str()?.to_owned();
    let shape = shape(&name)?;
    path.is_file().then_some(InputFile { path, name, shape })
}

/// What a file of this name is; `None` if it is no input.
///
/// `core` and `core.*` are cores. Other inputs are texts called after the tool that printed them: `coredumpctl.txt`,
/// `pystack.txt`, `report.txt`; `gdb-bt.txt` is `gdb`.
fn shape(name: &str) -> Option<String> {
    if name == "core" || name.starts_with("core.") {
        return Some("core".to_owned());
    }
    let stem = name.strip_suffix(".txt")?;
    let about =
        stem.is_empty() || stem.starts_with('.') || stem.to_lowercase().starts_with("readme");
    let shape = if stem == "gdb-bt" { "gdb" } else { stem };
    (!about).then(|| shape.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_by_name() {
        for (name, expected) in [
            ("gdb-bt.txt", Some("gdb")),
            ("gdb.txt", Some("gdb")),
            ("coredumpctl.txt", Some("coredumpctl")),
            ("py-bt.txt", Some("py-bt")),
            ("report.txt", Some("report")),
            ("core", Some("core")),
            ("core.zst", Some("core")),
            ("core.python3.1000.lz4", Some("core")),
            ("case.json", None),
            ("README.txt", None),
            ("readme.md", None),
            ("repro.py", None),
            (".txt", None),
            (".report.txt", None),
        ] {
            assert_eq!(shape(name).as_deref(), expected, "{name}");
        }
    }

    fn case(folder: &Path, label: &str, files: &[&str]) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(LABEL), label).unwrap();
        for file in files {
            fs::write(folder.join(file), "#0 f () at x.c:1\n").unwrap();
        }
    }

    #[test]
    fn broken_cases_are_named_and_skipped() {
        let temporary = tempfile::tempdir().unwrap();
        let dir = temporary.path();
        let good = |id: &str| format!(r#"{{"id": "{id}", "issue": ["bpo-1"], "other": 1}}"#);
        case(&dir.join("b-good"), &good("good"), &["report.txt", "core"]);
        case(&dir.join("c-again"), &good("good"), &["report.txt"]);
        case(&dir.join("d-empty"), &good("empty"), &["notes.md"]);
        case(&dir.join("e-text"), "no json", &["report.txt"]);
        let doubtful = r#"{"id": "doubt", "issue": ["bpo-1"], "link": "doubtful"}"#;
        case(&dir.join("f-doubt"), doubtful, &["report.txt"]);
        fs::create_dir(dir.join("g-no-label")).unwrap();

        let found = Cases::read(&[dir.to_owned()]).unwrap();
        let ids: Vec<&str> = found.cases.iter().map(|case| &*case.label.id).collect();
        assert_eq!(ids, ["good"]);
        let shapes: Vec<&str> = found.cases[0].inputs.iter().map(|i| &*i.shape).collect();
        assert_eq!(shapes, ["core", "report"]);
        assert_eq!(found.inputs(), 2);
        assert_eq!(found.doubtful, ["doubt"]);
        let problems: Vec<&str> = found.problems.iter().map(|p| &*p.what).collect();
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].contains("called good"));
        assert!(problems[1].contains("d-empty is no case: it has no input"));
        assert!(problems[2].contains("e-text is no case"));

        let one = Cases::read(&[dir.join("b-good")]).unwrap();
        assert_eq!(one.cases, found.cases);
        assert!(Cases::read(&[dir.join("nowhere")]).is_err());
    }
}
