//! Building an index from a clone, and bringing it up to date.

mod batch;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::code::CodeMap;
use crate::guard::guarded;
use crate::history::references::DEAD_REFERENCES;
use crate::history::{Gaps, GitClone, TagPattern};
use crate::progress::Progress;
use crate::store::{FORMAT, Generation, History, Manifest, Origin, Recipe, Store, WriteLock};
use crate::{IndexError, history};
use batch::Batch;

/// How an index is to be built.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// Which tags are releases.
    pub tags: Option<TagPattern>,
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
    match store.current() {
        Err(IndexError::Format {
            found,
            recipe: Some(recipe),
            ..
        }) if found < FORMAT => {
            let built = rebuild(store, clone, &recipe, progress)?;
            return Ok((built, Outcome::Rebuilt("an older fixtrail wrote it")));
        }
        current => drop(current?),
    }
    let lock = store.lock()?;
    history::clone::tune_libgit2();
    let current = store.current()?;
    let old = current.manifest();
    if old.is_facts() {
        return Err(no_clone(store, old));
    }
    let recorded;
    let clone = match clone {
        Some(clone) => clone,
        None => {
            let path = old.clone_path().ok_or_else(|| no_clone(store, old))?;
            recorded = GitClone::open(path)?;
            &recorded
        }
    };
    let tags = old
        .tag_pattern
        .as_deref()
        .and_then(|pattern| TagPattern::new(pattern).ok());
    let anew = |lock: WriteLock, reason| {
        drop(lock);
        let options = BuildOptions { tags: tags.clone() };
        let (generation, _) = build(store, clone, &options, progress)?;
        Ok((generation, Outcome::Rebuilt(reason)))
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
        return Err(IndexError::OtherHistory {
            dir: store.dir().to_owned(),
            clone: clone.path().to_owned(),
        });
    }
    if reached.contains(&false) {
        return anew(
            lock,
            "commits that were indexed are not in the clone any more",
        );
    }
    append(store, &lock, current, batch, clone, tags.as_ref(), progress)
}

/// Writes a generation that has the batch beside what the current one has.
fn append(
    store: &Store,
    lock: &WriteLock,
    current: Generation,
    mut batch: Batch,
    clone: &GitClone,
    tags: Option<&TagPattern>,
    progress: &dyn Progress,
) -> Result<(Generation, Outcome), IndexError> {
    let old = current.manifest().clone();
    let mut new = store.begin(lock)?;
    let fixes = guarded(&current.tantivy_dir(), || {
        batch.write_new(&mut new, &current, progress)
    });
    let fixes = fixes.map_err(|error| new.explained(error))?;
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
        origin: origin(clone),
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
    // Nobody needs it from here on, unless another process reads it.
    drop(current);
    Ok((store.publish(lock, new)?, Outcome::Updated(added)))
}

/// Builds an index as an older one was built, of whose format this program reads no more than that.
///
/// # Errors
///
/// [`IndexError`]; the old index is untouched by any of them.
pub fn rebuild(
    store: &Store,
    clone: Option<&GitClone>,
    recipe: &Recipe,
    progress: &dyn Progress,
) -> Result<Generation, IndexError> {
    let recorded;
    let clone = match clone {
        Some(clone) => clone,
        None => {
            recorded = GitClone::open(&recipe.clone)?;
            &recorded
        }
    };
    let tags = recipe.tag_pattern.as_deref();
    let tags = tags.and_then(|pattern| TagPattern::new(pattern).ok());
    let (generation, _) = build(store, clone, &BuildOptions { tags }, progress)?;
    Ok(generation)
}

fn no_clone(store: &Store, manifest: &Manifest) -> IndexError {
    IndexError::NoClone {
        dir: store.dir().to_owned(),
        facts: manifest.is_facts(),
    }
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
