//! Which functions and identifiers differ between two versions of a file.

mod blanks;
mod hunks;
mod owners;

use rustc_hash::FxHashSet;

use super::words::identifiers;
use super::{Function, Language};
use owners::Owners;

/// What changed from one version of a file to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Names of the functions changed, added and removed, sorted.
    pub functions: Vec<String>,
    /// Identifiers on changed lines, sorted. One that only stands directly
    /// before `(` is in `calls` alone.
    pub identifiers: Vec<String>,
    /// Identifiers directly before `(` on changed lines, sorted.
    pub calls: Vec<String>,
    /// Whether identifiers or calls are missing because of the cap.
    pub cut: bool,
    /// Changed and new lines of the new version, blank ones not counted.
    pub added: u32,
    /// Changed and removed lines of the old version, blank ones not counted.
    pub removed: u32,
}

/// A version of a file, its text and table; `None` where it does not exist.
pub type Version<'a> = Option<(&'a [u8], &'a [Function])>;

/// A line that stands on one side only.
#[derive(Debug)]
struct Line<'a> {
    text: &'a [u8],
    /// The innermost function around it.
    owner: Option<&'a str>,
}

/// Compares two versions of a file.
///
/// A changed line counts for the innermost function that holds it, on its own
/// side. White space never counts, except the width of Python's indentation. A
/// function with the same text on both sides is no change wherever it stands,
/// and its lines give no identifiers.
///
/// Of the identifiers, and of the calls, at most `cap` are kept: the first ones
/// in the order of the hunks, in each hunk the old side before the new.
#[must_use]
pub fn compare(language: Language, old: Version<'_>, new: Version<'_>, cap: usize) -> Change {
    let old = old.unwrap_or_default();
    let new = new.unwrap_or_default();
    let mut change = Change::default();
    let lines = changed_lines(language, old, new, &mut change);
    let named = lines.iter().filter(|line| has_word(line.text));
    let mut functions: FxHashSet<&str> = named.filter_map(|line| line.owner).collect();
    let same = owners::unchanged(language, &functions, old, new);
    functions.retain(|name| !same.contains(name));
    change.functions = sorted(functions);

    let mut words = Words::default();
    for line in &lines {
        if line.owner.is_none_or(|owner| !same.contains(owner)) {
            words.add(language, line.text, cap);
        }
    }
    change.identifiers = sorted(words.identifiers);
    change.calls = sorted(words.calls);
    change.cut = words.cut;
    change
}

/// The lines of either side that the other has not; counts them in `change`.
fn changed_lines<'a>(
    language: Language,
    old: (&'a [u8], &'a [Function]),
    new: (&'a [u8], &'a [Function]),
    change: &mut Change,
) -> Vec<Line<'a>> {
    let [old_middle, new_middle] = hunks::middles(old.0, new.0);
    let mut old_owners = Owners::new(old.1);
    let mut new_owners = Owners::new(new.1);
    let mut lines = Vec::new();
    for hunk in hunks::hunks(language, &old_middle, &new_middle) {
        let before = lines.len();
        lines.extend(old_middle.changed(hunk.before, &mut old_owners));
        let between = lines.len();
        lines.extend(new_middle.changed(hunk.after, &mut new_owners));
        change.removed += super::lines::number(between - before);
        change.added += super::lines::number(lines.len() - between);
    }
    lines
}

/// Whether `line` has more than braces and the like, which diffs attribute to
/// either of two neighbours at will.
fn has_word(line: &[u8]) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    line.iter().any(word)
}

#[derive(Debug, Default)]
struct Words<'a> {
    identifiers: FxHashSet<&'a str>,
    calls: FxHashSet<&'a str>,
    cut: bool,
}

impl<'a> Words<'a> {
    fn add(&mut self, language: Language, line: &'a [u8], cap: usize) {
        for (word, called) in identifiers(language, line) {
            let words = if called {
                &mut self.calls
            } else {
                &mut self.identifiers
            };
            if words.len() < cap {
                words.insert(word);
            } else {
                self.cut |= !words.contains(word);
            }
        }
    }
}

fn sorted(words: FxHashSet<&str>) -> Vec<String> {
    let mut words: Vec<&str> = words.into_iter().collect();
    words.sort_unstable();
    words.into_iter().map(String::from).collect()
}
