//! Why an index cannot be built, opened or searched.

use std::io;
use std::path::{Path, PathBuf};

use crate::corpus::CorpusError;
use crate::history::CloneError;
use crate::store::Recipe;

/// What went wrong; partial histories are no errors but [`Gap`](crate::history::Gap)s.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The folder holds no index.
    #[error("there is no index in {}", dir.display())]
    NoIndex {
        /// The folder.
        dir: PathBuf,
    },
    /// An index that another version of fixtrail wrote.
    #[error("the index in {} has format {found}, this program reads format {known}", dir.display())]
    Format {
        /// The folder.
        dir: PathBuf,
        /// The index's format.
        found: u32,
        /// This program's.
        known: u32,
        /// What it was built from, where it says so.
        recipe: Option<Recipe>,
        /// Whether it is of the facts that are compiled into such a program.
        built_in: bool,
    },
    /// A name that cannot be an upstream's.
    #[error("`{name}` is no name for an upstream: letters, digits and -_.+ are, at most 64")]
    UpstreamName {
        /// The name.
        name: String,
    },
    /// An index that has no clone to be brought up to date from.
    #[error("the index in {} was not built from a clone", dir.display())]
    NoClone {
        /// The folder.
        dir: PathBuf,
        /// Whether it holds facts alone, which no update can add titles to.
        facts: bool,
    },
    /// Another process builds or updates the same index.
    #[error("another process is building the index in {}", dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
    },
    /// The clone is of another history.
    #[error("the clone {} has none of the commits that the index in {} is of", clone.display(), dir.display())]
    OtherHistory {
        /// The folder.
        dir: PathBuf,
        /// The clone.
        clone: PathBuf,
    },
    /// A file of the index cannot be read as what it should be.
    #[error("the index file {} is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The decoder's words.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// A corpus that cannot be used.
    #[error("{} was not imported", path.display())]
    Corpus {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: CorpusError,
    },
    /// A fix that cannot be encoded or decoded.
    #[error("a stored fix is damaged")]
    Record(#[source] postcard::Error),
    /// The clone cannot be read.
    #[error(transparent)]
    Clone(#[from] CloneError),
    /// The search engine failed.
    #[error("the search engine failed")]
    Search(#[from] tantivy::TantivyError),
}

impl IndexError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn damaged<E: std::error::Error + Send + Sync + 'static>(
        path: &Path,
    ) -> impl FnOnce(E) -> Self + '_ {
        move |source| Self::Damaged {
            path: path.to_owned(),
            source: Box::new(source),
        }
    }

    pub(crate) fn record(source: postcard::Error) -> Self {
        Self::Record(source)
    }
}
