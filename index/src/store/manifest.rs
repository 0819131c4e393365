//! What a generation is of.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::history::{CommitId, Gap, Reference};

/// The format this program writes and reads. Raised by every change of schema, records or files.
pub const FORMAT: u32 = 2;

/// What a generation is of, as `manifest.json` holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of the whole folder.
    pub format: u32,
    /// The program's version that wrote it.
    pub written_by: String,
    /// The project.
    pub upstream: String,
    /// The clone it was built from.
    pub clone: PathBuf,
    /// Pattern that release tags follow; `None` for the default.
    pub tag_pattern: Option<String>,
    /// The commit that was `HEAD`: the tip of the main branch.
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
