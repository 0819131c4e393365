//! Building an index from a clone, and bringing it up to date.

mod batch;
mod update;

use std::time::{SystemTime, UNIX_EPOCH};

use batch::Batch;
pub use update::{Outcome, rebuild, update};

use crate::code::CodeMap;
use crate::history::{GitClone, TagPattern};
use crate::progress::Progress;
use crate::store::{FORMAT, Generation, History, Manifest, Origin, Store};
use crate::{IndexError, history};

/// How an index is to be built.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// Which tags are releases.
    pub tags: Option<TagPattern>,
}

/// Builds the index of a clone, in place of the one that the store holds.
///
/// # Errors
///
/// [`IndexError`]; the old index is untouched by any of them.
pub fn build(
    store: &Store,
    clone: &GitClone,
    options: &BuildOptions,
    progress: &dyn Progress,
) -> Result<Generation, IndexError> {
    let lock = store.lock()?;
    history::clone::tune_libgit2();
    let references = clone.references()?;
    let head = references.head;
    let mut batch = Batch::read(clone, History::default(), references, progress)?;
    let new = store.begin(&lock)?;
    let fixes = batch
        .write_all(&new, progress)
        .map_err(|error| new.explained(error))?;
    let releases = batch.releases(clone, options.tags.as_ref(), progress);
    let code = CodeMap::build(clone, &batch.sources(&releases), progress)?;
    let now = now();
    let manifest = Manifest {
        format: FORMAT,
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        upstream: store.upstream().to_owned(),
        origin: origin(clone),
        tag_pattern: options.tags.as_ref().map(|tags| tags.as_str().to_owned()),
        head,
        branches: batch.branches(),
        built: now,
        updated: now,
        newest_commit: batch.newest(0),
        counts: batch.counts(fixes, &releases),
        gaps: std::mem::take(&mut batch.gaps).into_vec(),
    };
    new.write(&batch.history, &releases, &code, &manifest)?;
    store.publish(&lock, new)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

fn origin(clone: &GitClone) -> Origin {
    let path = clone.path();
    Origin::Clone {
        path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}
