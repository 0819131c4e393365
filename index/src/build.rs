//! Building an index from a clone, and bringing it up to date.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use tantivy::indexer::NoMergePolicy;
use tantivy::{IndexWriter, TantivyDocument, Term};

use crate::fixes::{self, Fix, FixCommit};
use crate::guard::guarded;
use crate::history::changes::Changes;
use crate::history::references::{DEAD_REFERENCES, References};
use crate::history::{Commit, CommitId, Gaps, GitClone, Message, Reference, Releases, TagPattern};
use crate::progress::{Progress, on_all_cores};
use crate::schema::FixSchema;
use crate::search::fixes_with_keys;
use crate::store::{Counts, FORMAT, Generation, History, Manifest, NewGeneration, Store};
use crate::{IndexError, history};

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

/// Memory of tantivy's writer before it flushes a segment, in bytes, for all its threads.
const WRITER_MEMORY: usize = 240 << 20;

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
        let found = current.manifest().upstream.clone();
        return Err(IndexError::OtherUpstream {
            dir: store.dir().to_owned(),
            found,
            wanted: upstream,
        });
    }
    let lock = store.lock()?;
    history::clone::tune_libgit2();
    let references = clone.references()?;
    let head = references.head;
    let mut batch = Batch::read(clone, History::default(), references, progress)?;
    let new = store.begin(&lock)?;
    let fixes = batch.write_all(&new, progress)?;
    let releases = batch.releases(options.tags.as_ref(), progress);
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
    new.write(&batch.history, &releases, &manifest)?;
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
    let current = store.current()?;
    let lock = store.lock()?;
    history::clone::tune_libgit2();
    let old = current.manifest().clone();
    let recorded;
    let clone = match clone {
        Some(clone) => clone,
        None => {
            recorded = GitClone::open(&old.clone)?;
            &recorded
        }
    };
    let references = clone.references()?;
    let head = references.head;
    let tags = match old.tag_pattern.as_deref().map(TagPattern::new) {
        Some(Ok(tags)) => Some(tags),
        Some(Err(_)) | None => None,
    };
    if clone.is_deeper(&old.gaps)? {
        drop(lock);
        let reason = "the clone has older commits now";
        return rebuild(store, clone, old.upstream, tags, reason, progress);
    }
    let history = current.history()?;
    if history.references == references.found && old.head == head {
        return Ok((current, Outcome::UpToDate));
    }
    let known = history.graph.len();
    let mut batch = Batch::read(clone, history, references, progress)?;
    let reached = batch.reached(known);
    if !reached.contains(&true) && clone.project() != old.upstream {
        return Err(IndexError::OtherUpstream {
            dir: store.dir().to_owned(),
            found: old.upstream,
            wanted: clone.project(),
        });
    }
    if reached.contains(&false) {
        drop(lock);
        let reason = "commits that were indexed are not in the clone any more";
        return rebuild(store, clone, old.upstream, tags, reason, progress);
    }
    let new = store.begin(&lock)?;
    let fixes = guarded(&current.tantivy_dir(), || {
        batch.write_new(&new, &current, progress)
    })?;
    let releases = batch.releases(tags.as_ref(), progress);
    let added = batch.commits.len() as u64;
    let mut gaps = Gaps::default();
    // References are looked at anew each time; objects only as their commits become known.
    let objects = old.gaps.into_iter();
    gaps.merge(objects.filter(|gap| gap.what != DEAD_REFERENCES).collect());
    gaps.merge(std::mem::take(&mut batch.gaps).into_vec());
    let manifest = Manifest {
        written_by: env!("CARGO_PKG_VERSION").to_owned(),
        clone: absolute(clone.path()),
        head,
        branches: batch.branches(),
        updated: now(),
        newest_commit: batch.newest(old.newest_commit),
        counts: batch.counts(fixes, &releases),
        gaps: gaps.into_vec(),
        ..old
    };
    new.write(&batch.history, &releases, &manifest)?;
    Ok((store.publish(&lock, new)?, Outcome::Updated(added)))
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

/// Commits that are new to an index, with all that is known of them.
struct Batch {
    history: History,
    head: Option<CommitId>,
    commits: Vec<Commit>,
    messages: Vec<Message>,
    changes: Changes,
    gaps: Gaps,
}

impl Batch {
    fn read(
        clone: &GitClone,
        mut history: History,
        references: References,
        progress: &dyn Progress,
    ) -> Result<Self, IndexError> {
        progress.phase("reading commits", None);
        let mut gaps = Gaps::default();
        let (commits, missing) = history
            .graph
            .extend(clone, &references.found, |_| progress.advance(1))?;
        gaps.merge(missing);
        gaps.merge(references.gaps);
        history.references = references.found;
        let changes = Changes::read(clone, &commits, progress)?;
        gaps.merge(changes.gaps.clone());
        progress.phase("reading messages", Some(commits.len() as u64));
        let parts = on_all_cores(
            commits.len(),
            512,
            || Ok::<(), IndexError>(()),
            |(), range| {
                progress.advance(range.len() as u64);
                commits[range]
                    .iter()
                    .map(|c| Message::parse(&c.message, c.committed))
                    .collect::<Vec<_>>()
            },
        )?;
        Ok(Self {
            history,
            head: references.head,
            commits,
            messages: parts.concat(),
            changes,
            gaps,
        })
    }

    /// Groups of the batch's commits that are one fix; merges are no fixes.
    fn groups(&self) -> Vec<Vec<usize>> {
        let own: Vec<usize> = (0..self.commits.len())
            .filter(|&at| self.commits[at].parents.len() < 2)
            .collect();
        let keys: Vec<Vec<String>> = own
            .iter()
            .map(|&at| {
                fixes::keys(
                    self.commits[at].id,
                    &self.messages[at],
                    self.commits[at].committed,
                )
            })
            .collect();
        fixes::group(&keys)
            .into_iter()
            .map(|group| group.into_iter().map(|at| own[at]).collect())
            .collect()
    }

    fn on_main(&self) -> Vec<bool> {
        let main = self.head.map(|commit| Reference {
            name: "HEAD".to_owned(),
            commit,
        });
        self.history.graph.reachable(main.as_slice())
    }

    fn commit(&self, at: usize, on_main: &[bool]) -> Option<FixCommit> {
        let commit = &self.commits[at];
        let ordinal = self.history.graph.ordinal(commit.id)?;
        Some(FixCommit {
            id: commit.id,
            ordinal,
            on_main: on_main[ordinal as usize],
            authored: commit.authored,
            committed: commit.committed,
            text: commit.message.clone(),
            message: self.messages[at].clone(),
            changes: self.changes.of(at),
        })
    }

    fn fix(&self, group: &[usize], on_main: &[bool]) -> Option<Fix> {
        Fix::new(
            group
                .iter()
                .filter_map(|&at| self.commit(at, on_main))
                .collect(),
        )
    }

    /// Writes every fix to a new search index; gives their number.
    fn write_all(&self, new: &NewGeneration, progress: &dyn Progress) -> Result<u64, IndexError> {
        let index = new.new_tantivy()?;
        let schema = FixSchema::new();
        let groups = self.groups();
        let on_main = self.on_main();
        progress.phase("writing fixes", Some(groups.len() as u64));
        let mut writer: IndexWriter<TantivyDocument> = index.writer(WRITER_MEMORY)?;
        // Merging while the build runs would write everything twice.
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let written = on_all_cores(
            groups.len(),
            64,
            || Ok::<(), IndexError>(()),
            |(), range| {
                let mut written = 0;
                progress.advance(range.len() as u64);
                for fix in groups[range]
                    .iter()
                    .filter_map(|group| self.fix(group, &on_main))
                {
                    writer.add_document(schema.document(&fix)?)?;
                    written += 1;
                }
                Ok::<u64, IndexError>(written)
            },
        )?;
        let written = written.into_iter().sum::<Result<u64, _>>()?;
        progress.phase("committing", None);
        writer.commit()?;
        writer.wait_merging_threads()?;
        Ok(written)
    }

    /// Adds the batch to the fixes of an older generation; gives the number of fixes after it.
    fn write_new(
        &self,
        new: &NewGeneration,
        old: &Generation,
        progress: &dyn Progress,
    ) -> Result<u64, IndexError> {
        let index = new.share_tantivy(old)?;
        let schema = FixSchema::new();
        let on_main = self.on_main();
        let groups = self.groups();
        progress.phase("writing fixes", Some(groups.len() as u64));
        let searcher = index.reader()?.searcher();
        let mut writer: IndexWriter<TantivyDocument> =
            index.writer_with_num_threads(1, 32 << 20)?;
        for group in &groups {
            progress.advance(1);
            let mut commits: Vec<FixCommit> = group
                .iter()
                .filter_map(|&at| self.commit(at, &on_main))
                .collect();
            let keys: Vec<String> = commits
                .iter()
                .flat_map(|c| fixes::keys(c.id, &c.message, c.committed))
                .collect();
            for known in fixes_with_keys(&searcher, &schema, &keys)? {
                for key in known.commits.iter().map(|commit| commit.id.to_string()) {
                    writer.delete_term(Term::from_field_text(schema.key, &key));
                }
                commits.extend(known.commits);
            }
            for commit in &mut commits {
                commit.on_main = on_main
                    .get(commit.ordinal as usize)
                    .copied()
                    .unwrap_or(false);
            }
            if let Some(fix) = Fix::new(commits) {
                writer.add_document(schema.document(&fix)?)?;
            }
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader = index.reader()?;
        Ok(reader.searcher().num_docs())
    }

    /// Which of the first `known` commits are reached by a reference still. One that is not: the history was rewritten;
    /// none that is: it is another history.
    fn reached(&self, known: usize) -> Vec<bool> {
        let mut reached = self.history.graph.reachable(&self.history.references);
        reached.truncate(known);
        reached
    }

    fn releases(&self, tags: Option<&TagPattern>, progress: &dyn Progress) -> Releases {
        progress.phase("finding first releases", None);
        let default = TagPattern::default();
        Releases::compute(
            &self.history.graph,
            &self.history.references,
            tags.unwrap_or(&default),
        )
    }

    fn branches(&self) -> Vec<Reference> {
        let all = self.history.references.iter();
        all.filter(|reference| !reference.name.starts_with("refs/tags/"))
            .cloned()
            .collect()
    }

    fn newest(&self, before: i64) -> i64 {
        // Clocks were wrong now and then: a commit of the future is not the newest.
        let now = now();
        let times = self
            .commits
            .iter()
            .map(|commit| commit.committed)
            .filter(|&time| time <= now);
        times.max().unwrap_or(0).max(before)
    }

    fn counts(&self, fixes: u64, releases: &Releases) -> Counts {
        Counts {
            commits: self.history.graph.len() as u64,
            fixes,
            releases: releases.tags().len() as u64,
            branches: self.branches().len() as u64,
        }
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

fn absolute(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
