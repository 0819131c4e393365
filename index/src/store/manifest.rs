//! What a generation is of.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::history::{CommitId, Gap, Reference};

/// The format this program writes and reads. Raised by every change of schema, records or files.
pub const FORMAT: u32 = 3;

/// What a generation is of, as `manifest.json` holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of the whole folder.
    pub format: u32,
    /// The program's version that wrote it.
    pub written_by: String,
    /// The project.
    pub upstream: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Pattern that release tags follow; `None` for the default.
    pub tag_pattern: Option<String>,
    /// The tip of the main branch.
    pub head: Option<CommitId>,
    /// Branches and remote branches.
    pub branches: Vec<Reference>,
    /// When the whole history was last read, in seconds since 1970.
    pub built: i64,
    /// When commits were last added, in seconds since 1970.
    pub updated: i64,
    /// When the newest commit was committed, in seconds since 1970.
    pub newest_commit: i64,
    /// How much it holds.
    pub counts: Counts,
    /// What the clone lacked.
    pub gaps: Vec<Gap>,
}

/// Where an index comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Origin {
    /// A clone on this machine.
    Clone {
        /// Its folder.
        path: PathBuf,
    },
    /// A corpus that holds whole fixes; another machine had the clone.
    Corpus,
    /// A corpus of facts, without titles and texts.
    Facts,
    /// The facts that are compiled in; a newer program's take their place.
    BuiltIn {
        /// SHA-256 that the corpus ends with, in hexadecimal digits.
        sha256: String,
    },
}

impl Manifest {
    /// The clone, if it was one on this machine.
    #[must_use]
    pub fn clone_path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Clone { path } => Some(path),
            Origin::Corpus | Origin::Facts | Origin::BuiltIn { .. } => None,
        }
    }

    /// Whether it holds facts alone: fixes have neither titles nor texts.
    #[must_use]
    pub fn is_facts(&self) -> bool {
        matches!(self.origin, Origin::Facts | Origin::BuiltIn { .. })
    }
}

/// How much an index holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Commits, merges included.
    pub commits: u64,
    /// Fixes: groups of commits, merges left out.
    pub fixes: u64,
    /// Releases, by tags.
    pub releases: u64,
    /// Branches and remote branches.
    pub branches: u64,
}
