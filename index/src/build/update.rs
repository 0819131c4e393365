//! Bringing an index up to date.

use super::batch::Batch;
use super::{BuildOptions, build, now, origin};
use crate::IndexError;
use crate::guard::guarded;
use crate::history::references::DEAD_REFERENCES;
use crate::history::{self, Gaps, GitClone, TagPattern};
use crate::progress::Progress;
use crate::store::{FORMAT, Generation, Manifest, Recipe, Store, WriteLock};

/// What an update did.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// Every commit was read; why.
    Rebuilt(&'static str),
    /// This many commits were added.
    Updated(u64),
    /// The clone has nothing new.
    UpToDate,
}

/// Adds what is new in the clone since the index was built. Costs the new commits only; a history that was rewritten
/// is read anew, and so is that of an index whose format is older.
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
    let recipe = recipe(store, current.manifest(), clone)?;
    let clone = GitClone::open(&recipe.clone)?;
    let anew = |lock: WriteLock, reason| {
        drop(lock);
        let built = rebuild(store, Some(&clone), &recipe, progress)?;
        Ok((built, Outcome::Rebuilt(reason)))
    };
    if clone.is_deeper(&current.manifest().gaps)? {
        return anew(lock, "the clone has older commits now");
    }
    let references = clone.references()?;
    let history = current.history()?;
    if history.references == references.found && current.manifest().head == references.head {
        return Ok((current, Outcome::UpToDate));
    }
    let known = history.graph.len();
    let batch = Batch::read(&clone, history, references, progress)?;
    let reached = batch.reached(known);
    if !reached.contains(&true) && clone.project() != store.upstream() {
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
    append(store, &lock, current, batch, &clone, progress)
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
    let clone = match clone {
        Some(clone) => clone.clone(),
        None => GitClone::open(&recipe.clone)?,
    };
    let options = BuildOptions {
        tags: tags(recipe.tag_pattern.as_deref()),
    };
    build(store, &clone, &options, progress)
}

/// What an index is to be brought up to date from: the clone given, else the one that it was built from.
fn recipe(
    store: &Store,
    manifest: &Manifest,
    clone: Option<&GitClone>,
) -> Result<Recipe, IndexError> {
    let given = clone.map(GitClone::path).or_else(|| manifest.clone_path());
    match given.filter(|_| !manifest.is_facts()) {
        Some(path) => Ok(Recipe {
            clone: path.to_owned(),
            tag_pattern: manifest.tag_pattern.clone(),
        }),
        None => Err(IndexError::NoClone {
            dir: store.dir().to_owned(),
            facts: manifest.is_facts(),
        }),
    }
}

fn tags(pattern: Option<&str>) -> Option<TagPattern> {
    TagPattern::new(pattern?).ok()
}

/// Writes a generation that has the batch beside what the current one has.
fn append(
    store: &Store,
    lock: &WriteLock,
    current: Generation,
    mut batch: Batch,
    clone: &GitClone,
    progress: &dyn Progress,
) -> Result<(Generation, Outcome), IndexError> {
    let old = current.manifest().clone();
    let mut new = store.begin(lock)?;
    let fixes = guarded(&current.tantivy_dir(), || {
        batch.write_new(&mut new, &current, progress)
    });
    let fixes = fixes.map_err(|error| new.explained(error))?;
    let tags = tags(old.tag_pattern.as_deref());
    let releases = batch.releases(clone, tags.as_ref(), progress);
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
