//! Trackers: from their exports and answers to issues with the stacks in them.
//!
//! ```text
//! files ──▶ records ─┐
//! github ─▶ records ─┴▶ taken in: stacks found, private things left out ─▶ fixtrail_index::issues
//! ```
//!
//! In: JSON and XML as GitHub, `gh` and Bugzilla write it, whole or in part, or a GitHub server. Out: issues in the
//! [`IssueStore`](fixtrail_index::issues::IssueStore) of an upstream. Of the texts only stacks (functions and file names,
//! no arguments, no source lines) and links to other issues and commits are kept.

pub mod github;
mod import;
mod packed;
mod records;
mod stacks;
mod texts;
mod wording;

pub use import::{Import, ImportError, Imported};
pub use packed::unpacked;
pub use records::{
    OneOrMany, ParsePlaceError, Place, Read, Record, Text, Unreadable, read as read_records,
};
pub(crate) use records::{bytes, is_set};
pub use stacks::stacks_of;
