//! NEWS fragments: one small file per change, as CPython's blurb, towncrier and reno keep them.

use serde::{Deserialize, Serialize};

/// The text that a commit adds to the release notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// The folder it stands in: `Core and Builtins`, `Library`; empty where fragments are not sorted.
    pub section: String,
    /// The text, markup included.
    pub text: String,
}

/// Folders of unreleased fragments: CPython's `Misc/NEWS.d/next/SECTION/`, towncrier's, and others'.
const FOLDERS: [&str; 5] = [
    "NEWS.d/next/",
    "newsfragments/",
    "changelog.d/",
    "news.d/",
    "upcoming_changes/",
];

/// Fragments are a few lines; a larger file is something else.
const LARGEST: usize = 16 << 10;

/// The section of a fragment, by its path; `None` for any other file.
#[must_use]
pub fn section(path: &str) -> Option<String> {
    let (folder, at) = FOLDERS
        .iter()
        .find_map(|folder| Some((folder, path.find(folder)?)))?;
    let (section, name) = path[at + folder.len()..]
        .rsplit_once('/')
        .unwrap_or(("", &path[at + folder.len()..]));
    let text_file = [".rst", ".md", ".txt"]
        .iter()
        .any(|ending| name.ends_with(ending));
    // Folders of READMEs stay in the tree for ever, fragments do not.
    (text_file && !name.eq_ignore_ascii_case("readme.rst"))
        .then(|| section.replace(['_', '/'], " "))
}

/// Reads a fragment. blurb writes plain text; directives and `.. ` comments are left out.
#[must_use]
pub fn parse(section: String, data: &[u8]) -> Option<News> {
    if data.len() > LARGEST {
        return None;
    }
    let text = String::from_utf8_lossy(data);
    let lines = text
        .lines()
        .filter(|line| !line.starts_with(".. "))
        .map(str::trim);
    let text = lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    (!text.is_empty()).then_some(News { section, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_by_path() {
        for (path, expected) in [
            (
                "Misc/NEWS.d/next/Core and Builtins/2020-05-22-00-00.bpo-40696.u9n8Wx.rst",
                Some("Core and Builtins"),
            ),
            (
                "Misc/NEWS.d/next/Core_and_Builtins/x.rst",
                Some("Core and Builtins"),
            ),
            ("newsfragments/123.bugfix.rst", Some("")),
            ("Misc/NEWS.d/3.9.0b1.rst", None),
            ("Misc/NEWS.d/next/Library/README.rst", None),
            ("Objects/genobject.c", None),
        ] {
            assert_eq!(section(path).as_deref(), expected, "{path}");
        }
    }
}
