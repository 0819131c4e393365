//! What each commit changes: files, functions, identifiers on the changed lines, NEWS text.
//!
//! Trees are walked commit by commit; blobs are then read file by file.

use git2::{Oid, Repository};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::blobs::{BlobReader, FileSummary, by_path};
use super::trees::{FileChange, TreeWalker};
use super::{CloneError, Commit, CommitId, Gap, Gaps, GitClone, News, Purpose};
use crate::progress::{Progress, on_all_cores};

/// What one commit changes against its first parent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitChanges {
    /// Paths, sorted.
    pub files: Vec<String>,
    /// C and Python functions whose text differs, sorted; Python's are qualified by their class.
    pub functions: Vec<String>,
    /// Functions called on changed lines, those of tests left out, sorted.
    pub calls: Vec<String>,
    /// Other identifiers on changed lines, those of tests left out, sorted.
    pub identifiers: Vec<String>,
    /// Identifiers on changed lines of tests, sorted.
    pub tested: Vec<String>,
    /// Lines added in C and Python files that are no tests.
    pub added: u32,
    /// Lines removed in C and Python files that are no tests.
    pub removed: u32,
    /// NEWS fragments added or changed.
    pub news: Vec<News>,
}

/// The changes of a batch of commits, packed until each is asked for.
#[derive(Debug)]
pub struct Changes {
    /// Per commit of the batch, its files by path.
    files: Vec<Vec<PackedFile>>,
    /// What the clone lacks.
    pub gaps: Vec<Gap>,
}

/// A path with its [`FileSummary`] in postcard form.
type PackedFile = (Box<str>, Option<Box<[u8]>>);

impl Changes {
    /// Reads what the commits of a batch change. Merges change nothing of their own and are left empty.
    ///
    /// # Errors
    ///
    /// [`CloneError`] when the repository cannot be opened.
    pub fn read(
        clone: &GitClone,
        commits: &[Commit],
        progress: &dyn Progress,
    ) -> Result<Self, CloneError> {
        let mut gaps = Gaps::default();
        let mut files = walk_trees(clone, commits, progress, &mut gaps)?;
        let by_path = by_path(&files);
        let pairs = by_path.iter().map(|path| path.pairs.len() as u64).sum();
        progress.phase("reading changed files", Some(pairs));
        let results = on_all_cores(
            by_path.len(),
            1,
            || clone.repository(),
            |repository, range| {
                let path = &by_path[range.start];
                let result = BlobReader::open(repository)
                    .map(|mut reader| (reader.read(path), reader.missing));
                progress.advance(path.pairs.len() as u64);
                result
            },
        )?;
        let mut packed: Vec<Vec<PackedFile>> = files
            .iter_mut()
            .map(|changed| {
                std::mem::take(changed)
                    .into_iter()
                    .map(|change| (change.path, None))
                    .collect()
            })
            .collect();
        for (path, result) in by_path.iter().zip(results) {
            let Some((summaries, missing)) = result else {
                continue;
            };
            missing
                .into_iter()
                .for_each(|blob| gaps.add("blobs (partial clone)", blob));
            for (pair, summary) in path.pairs.iter().zip(summaries) {
                packed[pair.commit][pair.file].1 = summary;
            }
        }
        Ok(Self {
            files: packed,
            gaps: gaps.into_vec(),
        })
    }

    /// Whether a commit of the batch changes the file at a path.
    #[must_use]
    pub fn touches(&self, commit: usize, path: &str) -> bool {
        self.files[commit]
            .iter()
            .any(|(changed, _)| &**changed == path)
    }

    /// The changes of one commit of the batch.
    #[must_use]
    pub fn of(&self, commit: usize) -> CommitChanges {
        let mut changes = CommitChanges::default();
        for (path, summary) in &self.files[commit] {
            changes.files.push(path.to_string());
            match summary.as_deref().map(postcard::from_bytes) {
                Some(Ok(FileSummary::Source {
                    functions,
                    calls,
                    identifiers,
                    added,
                    removed,
                })) => {
                    changes.functions.extend(functions);
                    if Purpose::of(path) == Purpose::Test {
                        changes.tested.extend(calls);
                        changes.tested.extend(identifiers);
                        continue;
                    }
                    changes.calls.extend(calls);
                    changes.identifiers.extend(identifiers);
                    changes.added += added;
                    changes.removed += removed;
                }
                Some(Ok(FileSummary::News(news))) => changes.news.push(news),
                Some(Err(_)) | None => {}
            }
        }
        for names in [
            &mut changes.functions,
            &mut changes.calls,
            &mut changes.identifiers,
            &mut changes.tested,
        ] {
            names.sort_unstable();
            names.dedup();
        }
        changes
            .identifiers
            .retain(|name| changes.calls.binary_search(name).is_err());
        changes
    }
}

fn walk_trees(
    clone: &GitClone,
    commits: &[Commit],
    progress: &dyn Progress,
    gaps: &mut Gaps,
) -> Result<Vec<Vec<FileChange>>, CloneError> {
    /// Commits a thread takes at a time: many, since neighbours share trees.
    const GRAIN: usize = 1024;
    progress.phase("walking trees", Some(commits.len() as u64));
    let trees: FxHashMap<CommitId, Oid> = commits
        .iter()
        .map(|commit| (commit.id, commit.tree))
        .collect();
    let parts = on_all_cores(
        commits.len(),
        GRAIN,
        || clone.repository(),
        |repository, range| {
            let mut gaps = Gaps::default();
            let count = range.len();
            let Ok(odb) = repository.odb() else {
                return (vec![Vec::new(); count], gaps);
            };
            let mut walker = TreeWalker::new(&odb);
            let changed = commits[range]
                .iter()
                .map(|commit| {
                    progress.advance(1);
                    commit_files(repository, &mut walker, &trees, commit, &mut gaps)
                })
                .collect::<Vec<_>>();
            (changed, gaps)
        },
    )?;
    let mut files = Vec::with_capacity(commits.len());
    for (changed, missing) in parts {
        files.extend(changed);
        gaps.merge(missing.into_vec());
    }
    Ok(files)
}

fn commit_files(
    repository: &Repository,
    walker: &mut TreeWalker<'_>,
    trees: &FxHashMap<CommitId, Oid>,
    commit: &Commit,
    gaps: &mut Gaps,
) -> Vec<FileChange> {
    let before = match commit.parents.as_slice() {
        [] => None,
        [parent] => {
            let known = trees.get(parent).copied();
            let tree = known.or_else(|| Some(repository.find_commit(parent.oid()).ok()?.tree_id()));
            if tree.is_none() {
                // Against nothing, every file of the project would count as changed here.
                gaps.add(
                    "parents of commits, whose changes are therefore not known",
                    commit.id,
                );
                return Vec::new();
            }
            tree
        }
        _ => return Vec::new(),
    };
    walker
        .diff(before, Some(commit.tree))
        .unwrap_or_else(|missing| {
            gaps.add("trees (partial clone)", missing.0);
            Vec::new()
        })
}
