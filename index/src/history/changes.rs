//! What each commit changes: files, functions, identifiers on the changed lines, NEWS text.
//!
//! Trees are walked commit by commit; blobs are then read file by file. All versions of one file follow each other, so
//! that libgit2 finds the bases of their deltas in its cache, each version is scanned once, and just those that a later
//! pair needs are held.

use std::rc::Rc;

use git2::{ObjectType, Odb, Oid, Repository};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::clone::read_object;
use super::source::{self, Function, Language};
use super::trees::{FileChange, TreeWalker};
use super::{CloneError, Commit, CommitId, Gap, Gaps, GitClone, News, news};
use crate::progress::{Progress, on_all_cores};

/// What one commit changes against its first parent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitChanges {
    /// Paths, sorted.
    pub files: Vec<String>,
    /// C and Python functions whose text differs, sorted; Python's are qualified by their class.
    pub functions: Vec<String>,
    /// Functions called on changed lines, sorted.
    pub calls: Vec<String>,
    /// Other identifiers on changed lines, sorted.
    pub identifiers: Vec<String>,
    /// Lines added in C and Python files.
    pub added: u32,
    /// Lines removed in C and Python files.
    pub removed: u32,
    /// NEWS fragments added or changed.
    pub news: Vec<News>,
}

/// Identifiers kept of one file of one commit. Imports of whole libraries have tens of thousands, which tell nothing.
const MOST_NAMES: usize = 1000;

/// Files larger than this are generated (`Modules/unicodedata_db.h`) and not scanned.
const LARGEST_SOURCE: usize = 4 << 20;

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

/// What is kept of one changed file.
#[derive(Debug, Serialize, Deserialize)]
enum FileSummary {
    Source {
        functions: Vec<String>,
        calls: Vec<String>,
        identifiers: Vec<String>,
        added: u32,
        removed: u32,
    },
    News(News),
}

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

/// Every version pair of one file.
#[derive(Debug)]
struct PathPairs {
    kind: PathKind,
    pairs: Vec<Pair>,
}

#[derive(Debug, Clone)]
enum PathKind {
    Source(Language),
    News(String),
}

#[derive(Debug)]
struct Pair {
    commit: usize,
    /// Index among the commit's files.
    file: usize,
    old: Option<Oid>,
    new: Option<Oid>,
}

fn by_path(files: &[Vec<FileChange>]) -> Vec<PathPairs> {
    let mut found: FxHashMap<&str, PathPairs> = FxHashMap::default();
    for (commit, changed) in files.iter().enumerate() {
        for (file, change) in changed.iter().enumerate() {
            let pair = Pair {
                commit,
                file,
                old: change.old,
                new: change.new,
            };
            if let Some(path) = found.get_mut(&*change.path) {
                path.pairs.push(pair);
            } else if let Some(kind) = PathKind::of(&change.path) {
                found.insert(
                    &change.path,
                    PathPairs {
                        kind,
                        pairs: vec![pair],
                    },
                );
            }
        }
    }
    let mut paths: Vec<(&str, PathPairs)> = found.into_iter().collect();
    // The longest first, so that no core is left alone with one at the end; then by name, for the same order always.
    paths.sort_unstable_by(|(a, x), (b, y)| y.pairs.len().cmp(&x.pairs.len()).then(a.cmp(b)));
    paths.into_iter().map(|(_, pairs)| pairs).collect()
}

impl PathKind {
    fn of(path: &str) -> Option<Self> {
        Language::of(path)
            .map(Self::Source)
            .or_else(|| news::section(path).map(Self::News))
    }
}

/// One version of a file, with its functions.
#[derive(Debug)]
struct Version {
    text: Vec<u8>,
    functions: Vec<Function>,
}

/// Reads the versions of one file; holds those that are still needed.
struct BlobReader<'r> {
    odb: Odb<'r>,
    held: FxHashMap<Oid, Rc<Version>>,
    missing: Vec<Oid>,
}

impl<'r> BlobReader<'r> {
    fn open(repository: &'r Repository) -> Option<Self> {
        Some(Self {
            odb: repository.odb().ok()?,
            held: FxHashMap::default(),
            missing: Vec::new(),
        })
    }

    /// A summary per pair, in their order.
    fn read(&mut self, path: &PathPairs) -> Vec<Option<Box<[u8]>>> {
        let mut uses: FxHashMap<Oid, usize> = FxHashMap::default();
        for id in path
            .pairs
            .iter()
            .flat_map(|pair| [pair.old, pair.new])
            .flatten()
        {
            *uses.entry(id).or_default() += 1;
        }
        path.pairs
            .iter()
            .map(|pair| {
                let summary = match &path.kind {
                    PathKind::News(section) => self.news(section, pair),
                    PathKind::Source(language) => self.source(*language, pair, &mut uses),
                };
                postcard::to_stdvec(&summary?)
                    .ok()
                    .map(Vec::into_boxed_slice)
            })
            .collect()
    }

    fn news(&mut self, section: &str, pair: &Pair) -> Option<FileSummary> {
        let data = self.blob(pair.new?)?;
        news::parse(section.to_owned(), &data).map(FileSummary::News)
    }

    fn source(
        &mut self,
        language: Language,
        pair: &Pair,
        uses: &mut FxHashMap<Oid, usize>,
    ) -> Option<FileSummary> {
        let old = pair.old.map(|id| self.version(language, id, uses));
        let new = pair.new.map(|id| self.version(language, id, uses));
        // A side that is missing or generated says nothing of the other: no change is better than a false one.
        let (old, new) = (
            old.map_or(Some(None), |v| v.map(Some))?,
            new.map_or(Some(None), |v| v.map(Some))?,
        );
        let change = source::compare(
            language,
            old.as_deref()
                .map(|version| (&*version.text, &*version.functions)),
            new.as_deref()
                .map(|version| (&*version.text, &*version.functions)),
            MOST_NAMES,
        );
        Some(FileSummary::Source {
            functions: change.functions,
            calls: change.calls,
            identifiers: change.identifiers,
            added: change.added,
            removed: change.removed,
        })
    }

    fn version(
        &mut self,
        language: Language,
        id: Oid,
        uses: &mut FxHashMap<Oid, usize>,
    ) -> Option<Rc<Version>> {
        let left = uses.get_mut(&id)?;
        *left -= 1;
        if *left == 0 {
            return self.held.remove(&id).or_else(|| self.scan(language, id));
        }
        if let Some(version) = self.held.get(&id) {
            return Some(Rc::clone(version));
        }
        let version = self.scan(language, id)?;
        self.held.insert(id, Rc::clone(&version));
        Some(version)
    }

    fn scan(&mut self, language: Language, id: Oid) -> Option<Rc<Version>> {
        let text = self.blob(id).filter(|text| text.len() <= LARGEST_SOURCE)?;
        let functions = source::functions(language, &text);
        Some(Rc::new(Version { text, functions }))
    }

    fn blob(&mut self, id: Oid) -> Option<Vec<u8>> {
        let data = read_object(&self.odb, id, ObjectType::Blob);
        if data.is_none() {
            self.missing.push(id);
        }
        data
    }
}
