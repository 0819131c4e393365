//! The functions that lines stand in.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::{Function, Language};
use super::blanks::same;

/// Finds the innermost function of ever later lines.
#[derive(Debug)]
pub(super) struct Owners<'a> {
    /// Those that start later.
    functions: std::slice::Iter<'a, Function>,
    /// Those that started and may not have ended, innermost last.
    open: Vec<&'a Function>,
}

impl<'a> Owners<'a> {
    pub(super) fn new(functions: &'a [Function]) -> Self {
        Self {
            functions: functions.iter(),
            open: Vec::new(),
        }
    }

    /// The name of the innermost function of `line`. Lines must not go back.
    pub(super) fn at(&mut self, line: u32) -> Option<&'a str> {
        while let Some(function) = self.functions.as_slice().first()
            && function.lines.start <= line
        {
            self.open.push(function);
            self.functions.next();
        }
        while self
            .open
            .pop_if(|function| function.lines.end <= line)
            .is_some()
        {}
        self.open.last().map(|function| &*function.name)
    }
}

/// Those of `names` that have the same text on both sides: functions that only
/// moved, or that a diff has counted lines of a neighbour for.
pub(super) fn unchanged<'a>(
    language: Language,
    names: &FxHashSet<&'a str>,
    old: (&'a [u8], &'a [Function]),
    new: (&'a [u8], &'a [Function]),
) -> FxHashSet<&'a str> {
    let old = texts(names, old);
    let new = texts(names, new);
    let pairs = old.into_iter().filter_map(|(name, old)| {
        let new = new.get(name)?;
        let mut both = old.iter().zip(new);
        let same = old.len() == new.len() && both.all(|(old, new)| same(language, old, new));
        same.then_some(name)
    });
    pairs.collect()
}

/// The texts of the functions called one of `names`, in their order.
fn texts<'a>(
    names: &FxHashSet<&'a str>,
    (text, functions): (&'a [u8], &'a [Function]),
) -> FxHashMap<&'a str, Vec<&'a [u8]>> {
    let mut texts: FxHashMap<&str, Vec<&[u8]>> = FxHashMap::default();
    for function in functions {
        if names.contains(&*function.name) {
            let bytes = function.bytes.start as usize..function.bytes.end as usize;
            let lines = texts.entry(&function.name).or_default();
            lines.extend(text.get(bytes));
        }
    }
    texts
}
