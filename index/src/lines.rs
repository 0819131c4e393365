//! Whether a fix changed the very lines that a stack shows.
//!
//! In: a release and lines of its files; a fix. Out: how far each line is from what the fix changed. A line is carried
//! from the release to the fix's parent through the differences of the file between the two, and then held against the
//! ranges of the parent that the fix replaces. It needs the clone that the index is of; without it nothing is said.

use std::ops::Range;
use std::path::Path;

use git2::{Oid, Repository};
use imara_diff::{Algorithm, Diff, Hunk, InternedInput};
use rustc_hash::FxHashMap;

use crate::fixes::Fix;
use crate::history::clone::trust_objects;
use crate::history::{CommitId, GitClone};

/// Larger files are generated.
const LARGEST: usize = 2 << 20;

/// The files of a release, to be held against fixes.
pub struct ReleaseLines {
    repository: Repository,
    tree: Oid,
    /// Differences by the blobs that they are between.
    differences: FxHashMap<(Oid, Oid), Option<Vec<Hunk>>>,
}

impl std::fmt::Debug for ReleaseLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReleaseLines")
            .field("tree", &self.tree)
            .finish_non_exhaustive()
    }
}

impl ReleaseLines {
    /// Opens the release that a commit is; `None` where the clone or the commit is not there.
    pub(crate) fn open(clone: &Path, release: CommitId) -> Option<Self> {
        trust_objects();
        let repository = GitClone::open(clone).ok()?.repository().ok()?;
        let tree = repository.find_commit(release.oid()).ok()?.tree_id();
        Some(Self {
            repository,
            tree,
            differences: FxHashMap::default(),
        })
    }

    /// How many lines lie between a line of the release, from 1, and the nearest that the fix changes in the same file: 0
    /// for one that it changes. `None` where the fix leaves the file alone, or its text is not at hand.
    pub fn distance(&mut self, fix: &Fix, file: &str, line: u32) -> Option<u32> {
        let path = changed_path(fix, file)?;
        let (before, after) = self.trees(fix)?;
        let [release, before, after] = [self.tree, before, after].map(|tree| self.blob(tree, path));
        let (release, before, after) = (release?, before?, after?);
        let at = carry(self.difference(release, before)?, line.checked_sub(1)?);
        let hunks = self.difference(before, after)?.iter();
        hunks.map(|hunk| apart(&hunk.before, at)).min()
    }

    /// The trees before and after a fix.
    fn trees(&self, fix: &Fix) -> Option<(Oid, Oid)> {
        let commit = self.repository.find_commit(fix.main().id.oid()).ok()?;
        Some((commit.parent(0).ok()?.tree_id(), commit.tree_id()))
    }

    fn blob(&self, tree: Oid, path: &str) -> Option<Oid> {
        let tree = self.repository.find_tree(tree).ok()?;
        Some(tree.get_path(Path::new(path)).ok()?.id())
    }

    fn difference(&mut self, old: Oid, new: Oid) -> Option<&[Hunk]> {
        if !self.differences.contains_key(&(old, new)) {
            let hunks = self.hunks(old, new);
            self.differences.insert((old, new), hunks);
        }
        self.differences.get(&(old, new))?.as_deref()
    }

    fn hunks(&self, old: Oid, new: Oid) -> Option<Vec<Hunk>> {
        if old == new {
            return Some(Vec::new());
        }
        let (old, new) = (
            self.repository.find_blob(old).ok()?,
            self.repository.find_blob(new).ok()?,
        );
        if old.size().max(new.size()) > LARGEST {
            return None;
        }
        let input = InternedInput::new(old.content(), new.content());
        Some(
            Diff::compute(Algorithm::Histogram, &input)
                .hunks()
                .collect(),
        )
    }
}

/// The path of the fix that a stack's file names, by its end where the stack leaves out folders.
fn changed_path<'f>(fix: &'f Fix, file: &str) -> Option<&'f str> {
    let paths = fix.main().changes.files.iter().map(String::as_str);
    let ends = |path: &&str| {
        path.strip_suffix(file)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    paths.into_iter().find(ends)
}

/// Where a line of the old text, from 0, is in the new: the first line of what replaced it, if it is gone.
fn carry(hunks: &[Hunk], line: u32) -> u32 {
    let mut shifted = i64::from(line);
    for hunk in hunks {
        if hunk.before.start > line {
            break;
        }
        if hunk.before.contains(&line) {
            return hunk.after.start;
        }
        shifted = i64::from(line) + i64::from(hunk.after.end) - i64::from(hunk.before.end);
    }
    u32::try_from(shifted).unwrap_or(0)
}

/// Lines between a line and a range; what is only added stands between two lines, and is apart from neither.
fn apart(range: &Range<u32>, line: u32) -> u32 {
    if line < range.start {
        range.start - line - u32::from(range.is_empty())
    } else {
        (line + 1).saturating_sub(range.end.max(range.start + u32::from(range.is_empty())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_carried_through_hunks() {
        let hunk = |before: Range<u32>, after: Range<u32>| Hunk { before, after };
        // Two lines added before line 3, line 10 replaced by three.
        let hunks = [hunk(3..3, 3..5), hunk(10..11, 12..15)];
        for (line, expected) in [(0, 0), (2, 2), (3, 5), (9, 11), (10, 12), (11, 15)] {
            assert_eq!(carry(&hunks, line), expected, "{line}");
        }
        assert_eq!(carry(&[], 7), 7);
    }

    #[test]
    fn lines_apart() {
        for (range, line, expected) in [
            (5..8, 5, 0),
            (5..8, 7, 0),
            (5..8, 8, 1),
            (5..8, 3, 2),
            (5..5, 4, 0),
            (5..5, 5, 0),
            (5..5, 6, 1),
        ] {
            assert_eq!(apart(&range, line), expected, "{range:?} {line}");
        }
    }
}
