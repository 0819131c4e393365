//! A git repository as commits with what each says and changes.
//!
//! In: a clone, bare or not, whole, shallow or partial. Out, stage by stage:
//!
//! 1. [`clone`] and [`references`]: the repository, its branches and tags;
//! 2. [`graph`]: every commit reachable from them, with its message;
//! 3. [`message`]: issue numbers, cherry-picks, kinds of failure and identifiers named in a message;
//! 4. [`trees`]: the files each commit changes, by walking raw tree objects side by side;
//! 5. [`source`]: functions and identifiers on the changed lines of each file, by function tables;
//! 6. [`changes`]: 4 and 5 put together, both cores at work: every version of a file is read once;
//! 7. [`releases`]: the first release of each series that contains a commit, by tags and what `patchlevel.h` announces.
//!
//! What is missing (a shallow parent, an absent blob) becomes a [`Gap`] and never an error: the rest is read.

mod blobs;
pub mod changes;
pub mod clone;
mod commit_id;
pub mod graph;
pub mod message;
pub mod news;
pub(crate) mod patchlevel;
mod purpose;
pub mod references;
pub mod releases;
pub mod source;
pub mod trees;

pub use changes::CommitChanges;
pub use clone::{CloneError, GitClone};
pub use commit_id::CommitId;
pub use graph::{Commit, Graph};
pub use message::{IssueRef, Kind, Message};
pub use news::News;
pub use purpose::Purpose;
pub use references::{Reference, References};
pub use releases::{Containment, Releases, TagPattern};
use serde::{Deserialize, Serialize};

/// Something the repository lacks, with how often it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What is missing: a lower-case fragment ("parent commits (shallow clone)").
    pub what: String,
    /// How many of them.
    pub count: u64,
    /// One of them, by object name.
    pub example: String,
}

/// Gaps by what is missing.
#[derive(Debug, Default)]
pub(crate) struct Gaps(Vec<Gap>);

impl Gaps {
    pub(crate) fn add(&mut self, what: &str, example: impl ToString) {
        match self.0.iter_mut().find(|gap| gap.what == what) {
            Some(gap) => gap.count += 1,
            None => self.0.push(Gap {
                what: what.to_owned(),
                count: 1,
                example: example.to_string(),
            }),
        }
    }

    pub(crate) fn merge(&mut self, other: Vec<Gap>) {
        for gap in other {
            match self.0.iter_mut().find(|mine| mine.what == gap.what) {
                Some(mine) => mine.count += gap.count,
                None => self.0.push(gap),
            }
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Gap> {
        self.0
    }
}
