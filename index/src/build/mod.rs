//! Building an index from a clone, and bringing it up to date.

mod batch;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::code::CodeMap;
use crate::guard::guarded;
use crate::history::references::DEAD_REFERENCES;
use crate::history::{Gaps, GitClone, TagPattern};
use crate::progress::Progress;
use crate::store::{FORMAT, Generation, History, Manifest, Store, WriteLock};
use crate::{IndexError, history};
use batch::Batch;

/// How an index is to be built.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// The project's name; by default that of the clone.
    pub upstream: Option<String>,
    /// Which tags are releases.
    pub tags: Option<TagPattern>,
    /// Take the place of another project's index.
    pub replace: bool,
}

/// What a build did.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// Every commit was read.
    Built,
    /// Every commit was read, since the indexed history is not that of the clone any more; the reason.
    Rebuilt(&'static str),
    /// This many commits were added.
    Updated(u64),
    /// The clone has nothing new.
    UpToDate,
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
) -> Result<(Generation, Outcome), IndexError> {
    let upstream = options.upstream.clone().unwrap_or_else(|| clone.project());
    // An index of another format is replaced: nothing but a build could make it useful again.
    if let Ok(current) = store.current()
        && current.manifest().upstream != upstream
        && !options.replace
    {
        return Err(other_upstream(store, current.manifest(), upstream));
    }
    let lock = store.lock()?;
    history::clone::tune_libgit2();
    let references = clone.references()?;
    let head = references.head;
    let mut batch = Batch::read(clone, History::default(), references, progress)?;
    let new = store.begin(&lock)?;
    let fixes = batch.write_all(&new, progress)?;
    let releases = batch.releases(clone, options.tags.as_ref(), progress);
    let code = CodeMap::build(clone, &batch.sources(&releases), progress)?;
    let now = now();
    let manifest = Manifest {
        format: FORMAT,
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        upstream,
        clone: absolute(clone.path()),
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
    Ok((store.publish(&lock, new)?, Outcome::Built))
}

/// Adds what is new in the clone since the index was built. Costs the new commits only; a history that was rewritten
/// is read anew.
///
/// # Errors
///
/// [`IndexError`]; the old index is untouched by any of them.
pub fn update(
    store: &Store,
    clone: Option<&GitClone>,
    progress: &dyn Progress,
) -> Result<(Generation, Outcome), IndexError> {
    // Before the lock, which would make the folder of an index that is not there.
    store.current()?;
    let lock = store.lock()?;
    history::clone::tune_libgit2();
    let current = store.current()?;
    let old = current.manifest();
    let recorded;
    let clone = match clone {
        Some(clone) => clone,
        None => {
            recorded = GitClone::open(&old.clone)?;
            &recorded
        }
    };
    let tags = old
        .tag_pattern
        .as_deref()
        .and_then(|pattern| TagPattern::new(pattern).ok());
    let anew = |lock: WriteLock, reason| {
        drop(lock);
        rebuild(
            store,
            clone,
            old.upstream.clone(),
            tags.clone(),
            reason,
            progress,
        )
    };
    if clone.is_deeper(&old.gaps)? {
        return anew(lock, "the clone has older commits now");
    }
    let references = clone.references()?;
    let history = current.history()?;
    if history.references == references.found && old.head == references.head {
        return Ok((current, Outcome::UpToDate));
    }
    let known = history.graph.len();
    let batch = Batch::read(clone, history, references, progress)?;
    let reached = batch.reached(known);
    if !reached.contains(&true) && clone.project() != old.upstream {
        return Err(other_upstream(store, old, clone.project()));
    }
    if reached.contains(&false) {
        return anew(
            lock,
            "commits that were indexed are not in the clone any more",
        );
    }
    append(
        store,
        &lock,
        &current,
        batch,
        clone,
        tags.as_ref(),
        progress,
    )
}

/// Writes a generation that has the batch beside what the current one has.
fn append(
    store: &Store,
    lock: &WriteLock,
    current: &Generation,
    mut batch: Batch,
    clone: &GitClone,
    tags: Option<&TagPattern>,
    progress: &dyn Progress,
) -> Result<(Generation, Outcome), IndexError> {
    let old = current.manifest().clone();
    let new = store.begin(lock)?;
    let fixes = guarded(&current.tantivy_dir(), || {
        batch.write_new(&new, current, progress)
    })?;
    let releases = batch.releases(clone, tags, progress);
    let code = current
        .code()?
        .update(clone, &batch.sources(&releases), progress)?;
    let mut gaps = Gaps::default();
    // References are looked at anew each time; objects only as their commits become known.
    let objects = old.gaps.into_iter();
    gaps.merge(objects.filter(|gap| gap.what != DEAD_REFERENCES).collect());
    gaps.merge(std::mem::take(&mut batch.gaps).into_vec());
    let manifest = Manifest {
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        clone: absolute(clone.path()),
        head: batch.head,
        branches: batch.branches(),
        updated: now(),
        newest_commit: batch.newest(old.newest_commit),
        counts: batch.counts(fixes, &releases),
        gaps: gaps.into_vec(),
        ..old
    };
    new.write(&batch.history, &releases, &code, &manifest)?;
    let added = batch.commits.len() as u64;
    Ok((store.publish(lock, new)?, Outcome::Updated(added)))
}

fn other_upstream(store: &Store, current: &Manifest, wanted: String) -> IndexError {
    IndexError::OtherUpstream {
        dir: store.dir().to_owned(),
        found: current.upstream.clone(),
        wanted,
    }
}

fn rebuild(
    store: &Store,
    clone: &GitClone,
    upstream: String,
    tags: Option<TagPattern>,
    reason: &'static str,
    progress: &dyn Progress,
) -> Result<(Generation, Outcome), IndexError> {
    let options = BuildOptions {
        upstream: Some(upstream),
        tags,
        replace: true,
    };
    let (generation, _) = build(store, clone, &options, progress)?;
    Ok((generation, Outcome::Rebuilt(reason)))
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

fn absolute(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
