//! Scans the trees of a clone into a [`CodeMap`].

use std::collections::BTreeMap;

use git2::{ObjectType, Oid};
use rustc_hash::{FxHashMap, FxHashSet};

use super::scan::{FileCode, scan};
use super::{CodeMap, FunctionFacts, Scanned};
use crate::IndexError;
use crate::history::clone::read_object;
use crate::history::source::Language;
use crate::history::trees::TreeWalker;
use crate::history::{CommitId, GitClone, Purpose};
use crate::progress::{Progress, on_all_cores};

/// Larger files are generated, and tell nothing of who calls whom.
const LARGEST: usize = 4 << 20;

/// Series older than so many trees crash on nobody's machine; a function has a bit for each.
const MOST_TREES: usize = 16;

/// The trees that a map is to be of.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Tip of the main branch.
    pub(crate) main: Option<CommitId>,
    /// The newest release of each series.
    pub(crate) series: BTreeMap<(u32, u32), CommitId>,
}

/// A file to scan, with a bit for each tree that has this version of it.
type Files = FxHashMap<(Box<str>, Oid), u16>;

impl CodeMap {
    /// Scans the trees. What the clone lacks is left out.
    ///
    /// # Errors
    ///
    /// When the repository cannot be opened.
    pub(crate) fn build(
        clone: &GitClone,
        sources: &Sources,
        progress: &dyn Progress,
    ) -> Result<Self, IndexError> {
        let mut trees: Vec<Scanned> = sources
            .series
            .iter()
            .map(|(&series, &commit)| Scanned {
                series: Some(series),
                commit,
            })
            .collect();
        trees.extend(sources.main.map(|commit| Scanned {
            series: None,
            commit,
        }));
        let trees = trees.split_off(trees.len().saturating_sub(MOST_TREES));
        let mut map = Self {
            scanned: trees.clone(),
            ..Self::default()
        };
        let wanted: Vec<_> = (0..)
            .zip(&trees)
            .map(|(bit, tree)| (bit, tree.commit, None))
            .collect();
        map.add(clone, &wanted, progress)?;
        Ok(map)
    }

    /// Brings a map up to date: of each tree only what differs from the last one of its branch is scanned. What was
    /// removed since then stays.
    ///
    /// # Errors
    ///
    /// When the repository cannot be opened.
    pub(crate) fn update(
        mut self,
        clone: &GitClone,
        sources: &Sources,
        progress: &dyn Progress,
    ) -> Result<Self, IndexError> {
        let series = sources
            .series
            .iter()
            .map(|(&series, &commit)| (Some(series), commit));
        let trees = series.chain(sources.main.map(|commit| (None, commit)));
        let mut wanted = Vec::new();
        for (series, commit) in trees {
            let known = self.scanned.iter().position(|tree| tree.series == series);
            match known {
                Some(bit) if self.scanned[bit].commit == commit => {}
                Some(bit) => {
                    let before = std::mem::replace(&mut self.scanned[bit].commit, commit);
                    wanted.push((bit, commit, Some(before)));
                }
                None if self.scanned.len() < MOST_TREES => {
                    self.scanned.push(Scanned { series, commit });
                    wanted.push((self.scanned.len() - 1, commit, None));
                }
                None => {}
            }
        }
        if !wanted.is_empty() {
            self.add(clone, &wanted, progress)?;
        }
        Ok(self)
    }

    /// Adds trees: the bit of each, its commit, and one whose files are known already.
    fn add(
        &mut self,
        clone: &GitClone,
        trees: &[(usize, CommitId, Option<CommitId>)],
        progress: &dyn Progress,
    ) -> Result<(), IndexError> {
        let mut files: Vec<((Box<str>, Oid), u16)> = list(clone, trees)?.into_iter().collect();
        files.sort_unstable();
        progress.phase("reading source trees", Some(files.len() as u64));
        let scanned = on_all_cores(
            files.len(),
            16,
            || clone.repository(),
            |repository, range| {
                progress.advance(range.len() as u64);
                let odb = repository.odb().ok();
                let text = |id: Oid| read_object(odb.as_ref()?, id, ObjectType::Blob);
                let scan_one = |((path, id), _): &((Box<str>, Oid), u16)| {
                    let text = text(*id).filter(|text| text.len() <= LARGEST)?;
                    Some(scan(Language::of(path)?, &text))
                };
                files[range].iter().map(scan_one).collect::<Vec<_>>()
            },
        )?;
        let scanned = files.iter().zip(scanned.into_iter().flatten());
        self.merge(scanned.filter_map(|(((path, _), trees), code)| Some((&**path, *trees, code?))));
        Ok(())
    }

    /// Puts what files say into the map.
    fn merge<'a>(&mut self, scanned: impl Iterator<Item = (&'a str, u16, FileCode)>) {
        let mut merged = Merge::open(std::mem::take(self));
        for (path, trees, code) in scanned {
            merged.file(path, trees, code);
        }
        *self = merged.close();
    }
}

/// A map by names, as long as functions are added.
#[derive(Default)]
struct Merge {
    functions: BTreeMap<String, Building>,
    methods: BTreeMap<String, FxHashSet<String>>,
    types: BTreeMap<String, Vec<u32>>,
    files: Vec<String>,
    file_numbers: FxHashMap<String, u32>,
    scanned: Vec<Scanned>,
}

#[derive(Default)]
struct Building {
    files: Vec<u32>,
    calls: FxHashSet<String>,
    trees: u16,
}

impl Merge {
    fn open(map: CodeMap) -> Self {
        let names = |functions: &[u32]| map.named(functions).map(str::to_owned).collect();
        let functions = map.functions.iter().map(|facts| {
            let building = Building {
                files: facts.files.clone(),
                calls: names(&facts.calls),
                trees: facts.trees,
            };
            (facts.name.clone(), building)
        });
        let methods = map
            .methods
            .iter()
            .map(|(name, behind)| (name.clone(), names(behind)));
        Self {
            functions: functions.collect(),
            methods: methods.collect(),
            types: map.types.iter().cloned().collect(),
            file_numbers: map.files.iter().cloned().zip(0..).collect(),
            files: map.files.clone(),
            scanned: map.scanned.clone(),
        }
    }

    fn file(&mut self, path: &str, trees: u16, code: FileCode) {
        let number = match self.file_numbers.get(path) {
            Some(&number) => number,
            None => {
                let number = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
                self.files.push(path.to_owned());
                self.file_numbers.insert(path.to_owned(), number);
                number
            }
        };
        for (name, calls) in code.functions {
            let function = self.functions.entry(name).or_default();
            function.calls.extend(calls);
            function.trees |= trees;
            if !function.files.contains(&number) {
                function.files.push(number);
            }
        }
        for name in code.types {
            let files = self.types.entry(name).or_default();
            if !files.contains(&number) {
                files.push(number);
            }
        }
        for (name, function) in code.methods {
            self.methods.entry(name).or_default().insert(function);
        }
    }

    fn close(self) -> CodeMap {
        let numbers: FxHashMap<String, u32> = self.functions.keys().cloned().zip(0..).collect();
        // What is called and defined nowhere here is a macro or another project's.
        let known = |names: FxHashSet<String>| {
            let mut found: Vec<u32> = names
                .iter()
                .filter_map(|name| numbers.get(name).copied())
                .collect();
            found.sort_unstable();
            found
        };
        let functions = self
            .functions
            .into_iter()
            .map(|(name, building)| FunctionFacts {
                name,
                files: building.files,
                calls: known(building.calls),
                trees: building.trees,
            });
        let functions = functions.collect();
        let methods = self
            .methods
            .into_iter()
            .map(|(name, behind)| (name, known(behind)));
        CodeMap {
            functions,
            files: self.files,
            methods: methods.filter(|(_, behind)| !behind.is_empty()).collect(),
            types: self.types.into_iter().collect(),
            scanned: self.scanned,
            callers: std::sync::OnceLock::new(),
        }
    }
}

/// Every version of a source file in the trees, tests and documentation left out.
fn list(
    clone: &GitClone,
    trees: &[(usize, CommitId, Option<CommitId>)],
) -> Result<Files, IndexError> {
    let repository = clone.repository()?;
    let mut files = Files::default();
    let Ok(odb) = repository.odb() else {
        return Ok(files);
    };
    let mut walker = TreeWalker::new(&odb);
    let tree = |commit: CommitId| Some(repository.find_commit(commit.oid()).ok()?.tree_id());
    for &(bit, commit, known) in trees {
        let Some(wanted) = tree(commit) else { continue };
        let changes = walker
            .diff(known.and_then(tree), Some(wanted))
            .unwrap_or_default();
        for change in changes {
            if let Some(id) = change.new
                && Language::of(&change.path).is_some()
                && Purpose::of(&change.path) == Purpose::Code
            {
                *files.entry((change.path, id)).or_default() |= 1 << bit;
            }
        }
    }
    Ok(files)
}
