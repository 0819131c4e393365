//! What the project's source says of its functions: where each is defined, whom it calls, by which Python name it is
//! reached, and which release series have it.
//!
//! A stack shows where a process was, a fix where the fault was: often one call apart. And a tool that prints names
//! alone (`coredumpctl`) leaves out the file, which the definition tells.
//!
//! In: the newest tree of the main branch and of each release series. Out: a [`CodeMap`], a part of the index. Names
//! are not resolved: two static functions of one name are one function here.

mod build;
mod methods;
mod scan;

use std::sync::OnceLock;

pub(crate) use build::Sources;
use serde::{Deserialize, Serialize};

use crate::history::CommitId;

/// The functions of a project.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct CodeMap {
    /// Functions by name, sorted.
    functions: Vec<FunctionFacts>,
    /// Paths that functions are defined in.
    files: Vec<String>,
    /// Python names of methods and slots, sorted, with the C functions behind each.
    methods: Vec<(String, Vec<u32>)>,
    /// Names of built-in types, sorted, with the files that define one.
    types: Vec<(String, Vec<u32>)>,
    /// What was scanned, oldest series first.
    scanned: Vec<Scanned>,
    #[serde(skip)]
    callers: OnceLock<Vec<Vec<u32>>>,
}

/// A tree that was scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Scanned {
    /// The release series; `None` for the main branch.
    series: Option<(u32, u32)>,
    commit: CommitId,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct FunctionFacts {
    name: String,
    /// Indexes into the files.
    files: Vec<u32>,
    /// Indexes into the functions, ascending.
    calls: Vec<u32>,
    /// A bit for each tree of [`CodeMap::scanned`] that defines it.
    trees: u16,
}

impl CodeMap {
    /// The files that define a function, as paths from the project's root; none for an unknown one.
    pub fn files(&self, function: &str) -> impl Iterator<Item = &str> {
        let files = self.facts(function).map(|facts| &*facts.files);
        let files = files.unwrap_or_default().iter();
        files.filter_map(|&file| self.files.get(file as usize).map(String::as_str))
    }

    /// The functions that a function's text calls, in the order of their names.
    pub fn callees(&self, function: &str) -> impl Iterator<Item = &str> {
        let calls = self.facts(function).map(|facts| &*facts.calls);
        self.named(calls.unwrap_or_default())
    }

    /// The functions whose text calls a function, in the order of their names.
    pub fn callers(&self, function: &str) -> impl Iterator<Item = &str> {
        let callers = self.callers.get_or_init(|| self.all_callers());
        let at = self.position(function);
        let callers = at.and_then(|at| callers.get(at)).map(Vec::as_slice);
        self.named(callers.unwrap_or_default())
    }

    /// The C functions that a Python name reaches: `sort` reaches `list_sort`, `f_lineno` what gets and sets it,
    /// `__next__` every `tp_iternext`.
    pub fn behind(&self, python_name: &str) -> impl Iterator<Item = &str> {
        let found = self
            .methods
            .binary_search_by(|(name, _)| name.as_str().cmp(python_name));
        let functions = found.ok().map(|at| &*self.methods[at].1);
        self.named(functions.unwrap_or_default())
    }

    /// The files that define a built-in type of a name without its module: `SemLock`, `StringIO`.
    pub fn type_files(&self, name: &str) -> impl Iterator<Item = &str> {
        let found = self
            .types
            .binary_search_by(|(known, _)| known.as_str().cmp(name));
        let files = found.ok().map(|at| &*self.types[at].1);
        let files = files.unwrap_or_default().iter();
        files.filter_map(|&file| self.files.get(file as usize).map(String::as_str))
    }

    /// Whether a series defines a function; `None` where neither it nor a tree that could stand for it was scanned.
    ///
    /// A series without a tree of its own is the main branch if it is newer than all others.
    #[must_use]
    pub fn defines(&self, series: (u32, u32), function: &str) -> Option<bool> {
        let own = self
            .scanned
            .iter()
            .position(|tree| tree.series == Some(series));
        let newest = self.scanned.iter().filter_map(|tree| tree.series).max();
        let main = || {
            let main = self.scanned.iter().position(|tree| tree.series.is_none());
            main.filter(|_| newest.is_none_or(|newest| newest < series))
        };
        let tree = own.or_else(main)?;
        let facts = self.facts(function);
        Some(facts.is_some_and(|facts| facts.trees >> tree & 1 == 1))
    }

    /// Whether every tree has its bit. Other numbers that stand for nothing are passed over where they are met.
    pub(crate) fn is_sound(&self) -> bool {
        self.scanned.len() <= u16::BITS as usize
    }

    fn facts(&self, function: &str) -> Option<&FunctionFacts> {
        self.functions.get(self.position(function)?)
    }

    fn position(&self, function: &str) -> Option<usize> {
        let by_name = |facts: &FunctionFacts| facts.name.as_str().cmp(function);
        self.functions.binary_search_by(by_name).ok()
    }

    fn named<'a>(&'a self, functions: &'a [u32]) -> impl Iterator<Item = &'a str> {
        let facts = functions
            .iter()
            .filter_map(|&at| self.functions.get(at as usize));
        facts.map(|facts| facts.name.as_str())
    }

    fn all_callers(&self) -> Vec<Vec<u32>> {
        let mut callers = vec![Vec::new(); self.functions.len()];
        for (caller, facts) in (0..).zip(&self.functions) {
            for &callee in &facts.calls {
                if let Some(callers) = callers.get_mut(callee as usize) {
                    callers.push(caller);
                }
            }
        }
        callers
    }
}
