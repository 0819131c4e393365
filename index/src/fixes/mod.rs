//! One fix, many commits: a change on the main branch with its backports.

mod grouping;
mod outline;
mod reverts;

pub(crate) use grouping::{group, keys};
pub use outline::{Outline, Trait};
pub(crate) use reverts::Reverts;
use serde::{Deserialize, Serialize};

use crate::history::{CommitChanges, CommitId, IssueRef, Kind, Message};

/// A change to the project, with every commit that carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// The commit on the main branch first (else the oldest), then its backports, oldest first.
    pub commits: Vec<FixCommit>,
    /// The commit that took it back, where that was not taken back itself.
    pub reverted_by: Option<CommitId>,
}

/// One commit of a fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixCommit {
    /// Object name.
    pub id: CommitId,
    /// Ordinal in the index's [`Graph`](crate::history::Graph).
    pub(crate) ordinal: u32,
    /// Whether the main branch contains it.
    pub on_main: bool,
    /// When the author wrote it, in seconds since 1970.
    pub authored: i64,
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
    /// The message as written.
    pub text: String,
    /// What the message says.
    pub message: Message,
    /// What the commit changes.
    pub changes: CommitChanges,
}

impl Fix {
    /// Puts commits in order; `None` without any.
    #[must_use]
    pub fn new(mut commits: Vec<FixCommit>) -> Option<Self> {
        commits.sort_by_key(|commit| (!commit.on_main, commit.committed, commit.ordinal));
        commits.dedup_by_key(|commit| commit.id);
        (!commits.is_empty()).then_some(Self {
            commits,
            reverted_by: None,
        })
    }

    /// The commit on the main branch, else the oldest.
    #[must_use]
    pub fn main(&self) -> &FixCommit {
        // Every fix is made by `new`, and a damaged store does not deserialise to an empty one: see `Searcher`.
        &self.commits[0]
    }

    /// The other commits.
    #[must_use]
    pub fn backports(&self) -> &[FixCommit] {
        &self.commits[1..]
    }

    /// Issues and pull requests that any of its subjects names, the main commit's first; those of the message's body
    /// only where no subject has one.
    #[must_use]
    pub fn issues(&self) -> Vec<IssueRef> {
        let mut found = Vec::new();
        for commit in &self.commits {
            for issue in commit.message.subject_issues() {
                if !found.contains(issue) {
                    found.push(*issue);
                }
            }
        }
        if found.is_empty() {
            self.main().message.issues.clone()
        } else {
            found
        }
    }

    /// Kinds of failure that its messages name.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self
            .commits
            .iter()
            .flat_map(|commit| commit.message.kinds.clone())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Lines added and removed by the main commit.
    #[must_use]
    pub fn size(&self) -> u32 {
        let changes = &self.main().changes;
        changes.added.saturating_add(changes.removed)
    }

    pub(crate) fn ordinals(&self) -> Vec<u32> {
        self.commits.iter().map(|commit| commit.ordinal).collect()
    }
}
