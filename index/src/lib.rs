//! The commits of a git clone as a search index of fixes.
//!
//! ```text
//! git clone ─▶ history ─▶ fixes ─▶ tantivy index ─▶ search
//!           └▶ code ─────────────▶ code map ───────▲
//!                    corpus file ◀─▶ both
//! ```
//!
//! [`history`] reads what each commit says and changes, [`fixes`] groups the commits that are one fix, [`code`] reads who
//! calls whom in the newest trees, [`build`] writes all to a [`Store`] of its upstream, [`corpus`] carries indexes from one
//! machine to another and brings the built-in facts, [`verify`] looks whether an index is whole, [`Searcher`] finds fixes
//! by terms. This crate knows commits, issues and terms, and nothing of cores, stacks or threads.
//!
//! `cpython.facts` is what `fixtrail index export --facts --upstream cpython` writes of a whole index. It has the records of
//! [`FORMAT`], and is made anew whenever that is raised.
//!
//! What is left out, so that nobody looks for it: merge commits are in the graph, which first releases are read from, but
//! are no fixes and change nothing of their own. CPython's single `Misc/NEWS` file of the years before 2017 is not read:
//! 16,455 commits change it, a quarter of a megabyte each time, and its entries mostly repeat their messages. Blobs that a
//! partial clone fetches later are noticed by a build only. A call or identifier beyond the first thousand of one file is not kept.
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod build;
pub mod code;
pub mod corpus;
mod error;
pub mod fixes;
mod guard;
pub mod history;
pub mod issues;
mod lines;
mod parts;
mod progress;
mod schema;
pub mod search;
mod store;
pub mod verify;
mod version;

pub use build::{BuildOptions, Outcome};
pub use corpus::{CorpusError, Embedded};
pub use error::IndexError;
pub use lines::ReleaseLines;
pub use parts::parts;
pub use progress::{Progress, Silent};
pub use schema::Field;
pub use search::{Candidate, Candidates, Limits, QueryTerm, Searcher};
pub use store::{
    CPYTHON, Counts, FORMAT, Former, Generation, Manifest, Origin, Recipe, Store, Upstreams,
};
pub use version::{ParseVersionError, PreRelease, Version};
