//! Corpora: indexes in one file, to be carried to other machines.
//!
//! A corpus has a member for each upstream, whole (fixes with their messages, and what an update from a clone needs) or
//! facts alone (`facts` says which). Its form is that of `container`; a member is a header and then
//!
//! - whole: history, releases, code map, fixes in sections of about a megabyte;
//! - facts: releases, code map, columns.
//!
//! The search index is not in it but made when it is imported: it is larger, and tied to the search engine's version.
//! Records are those of the index's own [format](crate::FORMAT), so that a corpus is read by the programs that read such
//! an index. An import writes beside what is there; only when the whole file was read and its checksum found right do
//! its members become current, one after the other.

mod container;
mod embedded;
mod export;
mod facts;
mod import;
mod limits;
mod member;
#[cfg(test)]
mod tests;

use std::io;

pub use embedded::{Answering, Embedded};
pub use export::{Contents, Exported, export};
pub use import::import;

/// Why a file is no corpus to be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// It does not begin as one.
    #[error("it is no corpus of fixtrail")]
    NoCorpus,
    /// Another form, or another format of the records in it.
    #[error("it has version {found}, this program reads version {known}")]
    Version {
        /// The file's.
        found: u32,
        /// This program's.
        known: u32,
    },
    /// It ends before its end.
    #[error("it is cut off")]
    Truncated,
    /// Its checksum is that of other bytes.
    #[error("its checksum is wrong: it was damaged on its way")]
    Checksum,
    /// A length or number beyond what any project needs.
    #[error("it states lengths that no corpus has")]
    TooLarge,
    /// Anything else that no exporter writes.
    #[error("it is damaged: {0}")]
    Malformed(&'static str),
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
}

/// Tells which kind of member follows, and of what.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Header {
    /// Format of the records: [`FORMAT`](crate::FORMAT).
    format: u32,
    /// How many fixes follow.
    fixes: u64,
    /// Whether they are facts.
    facts: bool,
    /// The index it was made of; read once the format is known to be this program's.
    manifest: serde_json::Value,
}
