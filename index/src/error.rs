//! Why an index cannot be built, opened or searched.

use std::io;
use std::path::{Path, PathBuf};

use crate::history::CloneError;

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
    },
    /// Another process builds or updates the same index.
    #[error("another process is building the index in {}", dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder holds another project's index.
    #[error("the index in {} is of {found}, not of {wanted}", dir.display())]
    OtherUpstream {
        /// The folder.
        dir: PathBuf,
        /// Whose index it is.
        found: String,
        /// Whose was to be built.
        wanted: String,
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
