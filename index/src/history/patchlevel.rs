//! Releases that commits announce, for clones that lack their tags: CPython's `Include/patchlevel.h`.
//!
//! A release manager's commit sets `PY_VERSION` to `"3.11.0b1"`, the next one to `"3.11.0b1+"`. Forks and partial
//! mirrors often have the commits and not the tags; and a series starts where the main branch has its first beta, which
//! tells what all its releases contain.

use std::path::Path;
use std::sync::LazyLock;

use git2::{Repository, Tree};
use regex::Regex;

use super::message::regex;
use super::{Commit, CommitId, GitClone};
use crate::{PreRelease, Version};

/// The file, from the project's root.
pub(crate) const FILE: &str = "Include/patchlevel.h";

static VERSION: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"(?m)^#define\s+PY_VERSION\s+"([0-9a-z.]+)"\s*$"#));

/// Whether the newest tree of the main branch has the file of a Python interpreter.
pub(super) fn is_at_head(clone: &GitClone) -> bool {
    let head = || {
        let repository = clone.repository().ok()?;
        let tree = repository.head().ok()?.peel_to_tree().ok()?;
        Some(text(&repository, &tree)?.contains("PY_VERSION"))
    };
    head().unwrap_or(false)
}

/// The releases that commits announce, those that change [`FILE`], oldest commit first; each version once.
pub(crate) fn announced<'a>(
    clone: &GitClone,
    commits: impl Iterator<Item = &'a Commit>,
) -> Vec<(Version, CommitId)> {
    let Ok(repository) = clone.repository() else {
        return Vec::new();
    };
    let mut found: Vec<(i64, Version, CommitId)> = commits
        .filter_map(|commit| Some((commit.committed, version(&repository, commit)?, commit.id)))
        .collect();
    found.sort_by_key(|&(committed, _, id)| (committed, id));
    let mut announced: Vec<(Version, CommitId)> = Vec::new();
    for (_, version, id) in found {
        if announced.iter().all(|(known, _)| *known != version) {
            announced.push((version, id));
        }
    }
    announced
}

fn version(repository: &Repository, commit: &Commit) -> Option<Version> {
    parse(&text(repository, &repository.find_tree(commit.tree).ok()?)?)
}

fn text(repository: &Repository, tree: &Tree<'_>) -> Option<String> {
    let blob = tree.get_path(Path::new(FILE)).ok()?.id();
    let blob = repository.find_blob(blob).ok()?;
    Some(String::from_utf8_lossy(blob.content()).into_owned())
}

/// The release that the file's text announces; none between releases (`"3.11.0b1+"`).
fn parse(text: &str) -> Option<Version> {
    let version: Version = VERSION.captures(text)?[1].parse().ok()?;
    // `3.12.0a0` is the main branch since it is that of the next series.
    let begun = version.pre() == Some((PreRelease::Alpha, 0));
    (!begun).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_and_what_lies_between() {
        for (text, expected) in [
            (
                "/* x */\n#define PY_VERSION      \t\"3.11.0b1\"\n",
                Some("3.11.0b1"),
            ),
            ("#define PY_VERSION \"3.11.0b1+\"\n", None),
            ("#define PY_VERSION \"3.12.0a0\"\n", None),
            ("#define PY_VERSION_HEX 1\n", None),
        ] {
            assert_eq!(
                parse(text),
                expected.map(|version| version.parse().unwrap()),
                "{text}"
            );
        }
    }
}
