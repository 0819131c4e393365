//! Every version of a file, read once, and what each pair of them says.
//!
//! All versions of one file follow each other, so that libgit2 finds the bases of their deltas in its cache, each version
//! is scanned once, and just those that a later pair needs are held.

use std::rc::Rc;

use git2::{ObjectType, Odb, Oid, Repository};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::clone::read_object;
use super::source::{self, Function, Language};
use super::trees::FileChange;
use super::{News, news};

/// Identifiers kept of one file of one commit. Imports of whole libraries have tens of thousands, which tell nothing.
const MOST_NAMES: usize = 1000;

/// Files larger than this are generated (`Modules/unicodedata_db.h`) and not scanned.
const LARGEST_SOURCE: usize = 4 << 20;

/// What is kept of one changed file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FileSummary {
    Source {
        functions: Vec<String>,
        calls: Vec<String>,
        identifiers: Vec<String>,
        added: u32,
        removed: u32,
    },
    News(News),
}

/// Every version pair of one file.
#[derive(Debug)]
pub(super) struct PathPairs {
    kind: PathKind,
    pub(super) pairs: Vec<Pair>,
}

#[derive(Debug, Clone)]
enum PathKind {
    Source(Language),
    News(String),
}

#[derive(Debug)]
pub(super) struct Pair {
    /// Index of the commit in its batch.
    pub(super) commit: usize,
    /// Index among the commit's files.
    pub(super) file: usize,
    old: Option<Oid>,
    new: Option<Oid>,
}

/// The pairs of every file whose text is read, the longest list first.
pub(super) fn by_path(files: &[Vec<FileChange>]) -> Vec<PathPairs> {
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
pub(super) struct BlobReader<'r> {
    odb: Odb<'r>,
    held: FxHashMap<Oid, Rc<Version>>,
    /// Blobs that the clone lacks.
    pub(super) missing: Vec<Oid>,
}

impl<'r> BlobReader<'r> {
    pub(super) fn open(repository: &'r Repository) -> Option<Self> {
        Some(Self {
            odb: repository.odb().ok()?,
            held: FxHashMap::default(),
            missing: Vec::new(),
        })
    }

    /// A summary per pair, in their order.
    pub(super) fn read(&mut self, path: &PathPairs) -> Vec<Option<Box<[u8]>>> {
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
