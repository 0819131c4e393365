//! What trackers know: issues with their state, links and the stacks pasted in them, as a search index of its own.
//!
//! ```text
//! export or API ─▶ Piece ─▶ IssueWriter ─▶ DIR/UPSTREAM/issues ─▶ IssueSearcher
//! ```
//!
//! In: [`Piece`]s of issues, in any order and any number of times; who reads trackers' formats and finds the stacks is no
//! concern of this crate. Out: issues by name, by what they link to, and by the frames of their stacks. The folder belongs
//! to tantivy, whose commits are atomic: what the tracker has to be asked next (a cursor) is committed together with what
//! came before, so that an interrupted import loses and repeats nothing.

mod issue;
mod key;
mod piece;
mod schema;
mod search;
mod store;
mod writer;

pub use issue::{Head, Issue, KnownFrame, KnownStack, Link, Post, State, Target};
pub use key::{IssueKey, ParseKeyError};
pub use piece::{Change, Piece};
pub use search::{Counts, IssueSearcher};
pub use store::{ISSUE_FORMAT, IssueStore};
pub use writer::IssueWriter;
