//! Globs of paths, which match the end of a path from any of its folders on.

use globset::{Error, Glob, GlobBuilder, GlobSet};

/// Globs, each of a rule; the first rule wins.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    set: GlobSet,
    /// By glob: the number of its rule, ascending.
    rules: Vec<usize>,
}

impl Patterns {
    /// Of the globs of each rule, in the order of the rules.
    pub(super) fn new<'g>(rules: impl Iterator<Item = &'g [Glob]>) -> Result<Self, globset::Error> {
        let mut set = GlobSet::builder();
        let mut numbers = Vec::new();
        for (number, globs) in rules.enumerate() {
            for glob in globs {
                set.add(glob.clone());
                numbers.push(number);
            }
        }
        Ok(Self {
            set: set.build()?,
            rules: numbers,
        })
    }

    /// The first rule with a glob that is the whole of a path.
    pub(super) fn rule(&self, path: &str) -> Option<usize> {
        let hits = self.set.matches(path);
        hits.first().map(|&glob| self.rules[glob])
    }

    /// Whether a rule has a glob that is the whole of a path.
    pub(super) fn has(&self, rule: usize, path: &str) -> bool {
        let mut hits = self.set.matches(path).into_iter();
        hits.any(|glob| self.rules[glob] == rule)
    }
}

/// Reads a glob: `*` stays within a folder, `**` does not.
pub(super) fn glob(pattern: &str) -> Result<Glob, Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

/// Folders further out say nothing of a project, and a hostile path has thousands.
const MOST_FOLDERS: usize = 16;

/// The path from each of its folders on, the whole path first, its file's name last.
pub(super) fn ends(path: &str) -> Vec<&str> {
    let inner = path.rmatch_indices('/').take(MOST_FOLDERS);
    let mut ends: Vec<&str> = inner.map(|(at, _)| &path[at + 1..]).collect();
    if ends.len() < MOST_FOLDERS {
        ends.push(path);
    }
    ends.reverse();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_paths() {
        assert_eq!(ends("/a/b.c"), ["/a/b.c", "a/b.c", "b.c"]);
        assert_eq!(ends("b.c"), ["b.c"]);
        assert_eq!(ends("a/b/"), ["a/b/", "b/", ""]);
        assert_eq!(ends(&"x/".repeat(10_000)).len(), MOST_FOLDERS);
    }
}
