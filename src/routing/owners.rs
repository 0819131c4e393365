//! Whose code a frame is.

use std::borrow::Cow;
use std::iter;
use std::sync::LazyLock;

use fixtrail_index::CPYTHON;
use globset::Glob;

use super::patterns::{Patterns, ends, glob};
use super::settings::{self, RoutesError};
use super::table::TABLE;
use crate::signature::SignatureFrame;
use crate::stack::names::source_file;

/// Which modules and source files belong to which upstream.
#[derive(Debug, Clone)]
pub struct Routes {
    rules: Vec<Rule>,
    modules: Patterns,
    sources: Patterns,
}

#[derive(Debug, Clone)]
struct Rule {
    upstream: String,
    modules: Vec<Glob>,
    sources: Vec<Glob>,
}

/// Folders that Python packages are installed in.
const PACKAGES: [&str; 3] = ["site-packages/", "dist-packages/", "vendor-packages/"];

impl Routes {
    /// Those of the built-in table.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<Routes> = LazyLock::new(|| {
            #[expect(clippy::unwrap_used, reason = "constants that the tests compile")]
            Routes::new(table()).unwrap()
        });
        &BUILT_IN
    }

    /// Those of the built-in table with a user's own, the text of an `index.toml`, before them; a list that it gives
    /// takes the place of the built-in one of the same upstream.
    ///
    /// # Errors
    ///
    /// [`RoutesError`] for a text that is no TOML, has keys that are not known, or globs that are none.
    pub fn with(text: &str) -> Result<Self, RoutesError> {
        let mut built_in = table();
        let mut rules = Vec::new();
        for own in settings::parse(text)? {
            let known = built_in
                .iter()
                .position(|rule| rule.upstream == own.upstream);
            let mut rule =
                known.map_or_else(|| Rule::none(&own.upstream), |at| built_in.remove(at));
            rule.modules = own.modules.unwrap_or(rule.modules);
            rule.sources = own.sources.unwrap_or(rule.sources);
            rules.push(rule);
        }
        rules.extend(built_in);
        Self::new(rules).map_err(|error| RoutesError {
            line: 1,
            what: error.to_string(),
        })
    }

    fn new(rules: Vec<Rule>) -> Result<Self, globset::Error> {
        Ok(Self {
            modules: Patterns::new(rules.iter().map(|rule| &*rule.modules))?,
            sources: Patterns::new(rules.iter().map(|rule| &*rule.sources))?,
            rules,
        })
    }

    /// Whether an upstream takes the frames that no one owns: CPython, and one of which nothing is known.
    pub(super) fn takes_unowned(&self, upstream: &str) -> bool {
        let known = |rule: &Rule| !rule.modules.is_empty() || !rule.sources.is_empty();
        upstream == CPYTHON || !self.rule(upstream).is_some_and(|at| known(&self.rules[at]))
    }

    fn rule(&self, upstream: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.upstream == upstream)
    }

    /// The upstream whose code a frame is, by its module, else by its source file; `None` where neither tells.
    pub(super) fn owner(&self, frame: &SignatureFrame) -> Option<Cow<'_, str>> {
        let path = slashes(frame.path.as_deref().unwrap_or_default());
        let standard = frame.python && frame.file.is_some();
        match package(&path) {
            _ if standard => Some(CPYTHON.into()),
            Some(package) if frame.python => self.of_package(&self.sources, package, false),
            Some(package) => self.of_package(&self.modules, package, true),
            None if frame.python => self.of_source(&path),
            None => self
                .of_module(&path)
                .or_else(|| self.of_source(frame.file.as_deref().unwrap_or_default())),
        }
    }

    /// The upstream that a source file belongs to, as the evidence prints it.
    pub(super) fn source_owner(&self, path: &str) -> Option<Cow<'_, str>> {
        self.of_source(&source_file(path))
    }

    /// A path below a folder of packages: its outermost folder tells, but libraries that a wheel brings along are of others
    /// (`numpy.libs/libopenblas.so`). Without a rule the package is called as its upstream is.
    fn of_package(&self, patterns: &Patterns, path: &str, library: bool) -> Option<Cow<'_, str>> {
        let name = path.rsplit('/').next().filter(|_| library);
        let mut rules = iter::once(path)
            .chain(name)
            .filter_map(|end| patterns.rule(end));
        let named = rules.find(|&rule| self.rules[rule].upstream != CPYTHON);
        if let Some(rule) = named {
            return Some(self.rules[rule].upstream.as_str().into());
        }
        let name = path.split(['/', '.']).next().unwrap_or_default();
        (!name.is_empty()).then(|| normalised(name).into())
    }

    /// By the file's name first: what folders are called says little outside of a folder of packages.
    fn of_module(&self, path: &str) -> Option<Cow<'_, str>> {
        let mut ends = ends(path).into_iter().rev();
        let rule = ends.find_map(|end| self.modules.rule(end))?;
        Some(self.rules[rule].upstream.as_str().into())
    }

    /// A file's name alone tells only where the evidence shows no folder.
    fn of_source(&self, path: &str) -> Option<Cow<'_, str>> {
        let mut ends = ends(path).into_iter();
        let rule = ends.find_map(|end| {
            self.sources
                .rule(end)
                .filter(|_| end.contains('/') || end == path)
        })?;
        Some(self.rules[rule].upstream.as_str().into())
    }

    /// A source file from the root of an upstream that it belongs to, as far as the rules tell where that is: the last
    /// folder that fits begins it, as in [`source_file`].
    pub(super) fn root_path(&self, upstream: &str, path: &str) -> String {
        let path = slashes(path);
        let path = package(&path).unwrap_or(&path);
        let rule = self.rule(upstream);
        let fits =
            |end: &&str| end.contains('/') && rule.is_some_and(|rule| self.sources.has(rule, end));
        let end = ends(path).into_iter().rev().find(fits);
        end.unwrap_or(path).to_owned()
    }
}

impl Rule {
    fn none(upstream: &str) -> Self {
        Self {
            upstream: upstream.to_owned(),
            modules: Vec::new(),
            sources: Vec::new(),
        }
    }
}

fn table() -> Vec<Rule> {
    let globs = |patterns: &[&str]| {
        let globs = patterns.iter().map(|pattern| glob(pattern));
        #[expect(clippy::unwrap_used, reason = "constants that the tests compile")]
        globs.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let rows = TABLE.iter().map(|row| Rule {
        upstream: row.upstream.to_owned(),
        modules: globs(row.modules),
        sources: globs(row.sources),
    });
    rows.collect()
}

/// A path as Linux writes it.
fn slashes(path: &str) -> String {
    path.trim_end_matches(" (deleted)").replace('\\', "/")
}

/// What of a path is below the innermost folder of packages.
fn package(path: &str) -> Option<&str> {
    let ends = PACKAGES.iter().filter_map(|folder| {
        let at = path.rfind(folder)?;
        let whole = at == 0 || path[..at].ends_with('/');
        whole.then_some(at + folder.len())
    });
    ends.max().map(|at| &path[at..])
}

/// A name as PyPI compares them (PEP 503), as far as file names go.
pub(super) fn normalised(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
