//! The commits that a build or an update adds, from the clone to the search index.

use rustc_hash::FxHashSet;
use tantivy::{IndexWriter, Searcher, TantivyDocument, Term};

use super::now;
use crate::IndexError;
use crate::code::Sources;
use crate::fixes::{self, Fix, FixCommit, Outline, Reverts};
use crate::history::changes::Changes;
use crate::history::patchlevel;
use crate::history::references::References;
use crate::history::{Commit, CommitId, Gaps, GitClone, Message, Reference, Releases, TagPattern};
use crate::progress::{Progress, on_all_cores};
use crate::schema::FixSchema;
use crate::search::fixes_with_keys;
use crate::store::{Counts, FixWriter, Generation, History, NewGeneration};

fn fixes_of(
    searcher: &Searcher,
    schema: &FixSchema,
    commits: &[CommitId],
) -> Result<Vec<Fix>, IndexError> {
    let keys: Vec<String> = commits.iter().map(ToString::to_string).collect();
    let mut fixes = fixes_with_keys(searcher, schema, &keys)?;
    // A cherry-pick's key is the commit that it was picked from.
    fixes.retain(|fix| {
        fix.commits
            .iter()
            .any(|commit| commits.contains(&commit.id))
    });
    Ok(fixes)
}

fn delete(writer: &IndexWriter<TantivyDocument>, schema: &FixSchema, fix: &Fix) {
    for commit in &fix.commits {
        writer.delete_term(Term::from_field_text(schema.key, &commit.id.to_string()));
    }
}

fn write(
    writer: &IndexWriter<TantivyDocument>,
    schema: &FixSchema,
    fix: &Fix,
) -> Result<(), IndexError> {
    let (document, _) = schema.document(fix, Outline::of(fix))?;
    writer.add_document(document)?;
    Ok(())
}

/// Commits that are new to an index, with all that is known of them.
pub(super) struct Batch {
    pub(super) history: History,
    pub(super) head: Option<CommitId>,
    pub(super) commits: Vec<Commit>,
    messages: Vec<Message>,
    changes: Changes,
    pub(super) gaps: Gaps,
}

impl Batch {
    pub(super) fn read(
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
        let announcing = (0..commits.len()).filter(|&at| changes.touches(at, patchlevel::FILE));
        let announced = patchlevel::announced(clone, announcing.map(|at| &commits[at]));
        history.announced.extend(announced);
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
            .map(|&at| fixes::keys(self.commits[at].id, &self.messages[at]))
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

    fn fix(&self, group: &[usize], on_main: &[bool], reverts: &Reverts) -> Option<Fix> {
        let commits = group.iter().filter_map(|&at| self.commit(at, on_main));
        let mut fix = Fix::new(commits.collect())?;
        reverts.mark(&mut fix);
        Some(fix)
    }

    fn reverts(&self, on_main: &[bool]) -> Reverts {
        let commits = self.commits.iter().zip(&self.messages);
        let commits = commits.filter(|(_, message)| !message.reverts.is_empty());
        Reverts::of(commits.map(|(commit, message)| {
            let ordinal = self.history.graph.ordinal(commit.id);
            let on_main = ordinal.and_then(|ordinal| on_main.get(ordinal as usize));
            (
                commit.id,
                on_main.copied().unwrap_or(false),
                &*message.reverts,
            )
        }))
    }

    /// The trees that tell who calls whom.
    pub(super) fn sources(&self, releases: &Releases) -> Sources {
        Sources {
            main: self.head,
            series: releases.newest(),
        }
    }

    /// Writes every fix to a new search index; gives their number.
    pub(super) fn write_all(
        &self,
        new: &NewGeneration,
        progress: &dyn Progress,
    ) -> Result<u64, IndexError> {
        let index = new.new_tantivy()?;
        let groups = self.groups();
        let on_main = self.on_main();
        let reverts = self.reverts(&on_main);
        progress.phase("writing fixes", Some(groups.len() as u64));
        let writer = FixWriter::new(&index)?;
        let written = on_all_cores(
            groups.len(),
            64,
            || Ok::<(), IndexError>(()),
            |(), range| {
                let mut written = 0;
                progress.advance(range.len() as u64);
                for fix in groups[range]
                    .iter()
                    .filter_map(|group| self.fix(group, &on_main, &reverts))
                {
                    writer.add(&fix, Outline::of(&fix))?;
                    written += 1;
                }
                Ok::<u64, IndexError>(written)
            },
        )?;
        let written = written.into_iter().sum::<Result<u64, _>>()?;
        progress.phase("committing", None);
        writer.finish()?;
        Ok(written)
    }

    /// Adds the batch to the fixes of an older generation; gives the number of fixes after it.
    pub(super) fn write_new(
        &self,
        new: &mut NewGeneration,
        old: &Generation,
        progress: &dyn Progress,
    ) -> Result<u64, IndexError> {
        let index = new.share_tantivy(old)?;
        let schema = FixSchema::new();
        let on_main = self.on_main();
        let reverts = self.reverts(&on_main);
        let groups = self.groups();
        progress.phase("writing fixes", Some(groups.len() as u64));
        let searcher = index.reader()?.searcher();
        let mut writer: IndexWriter<TantivyDocument> =
            index.writer_with_num_threads(1, 32 << 20)?;
        let mut written: FxHashSet<CommitId> = FxHashSet::default();
        for group in &groups {
            progress.advance(1);
            let mut commits: Vec<FixCommit> = group
                .iter()
                .filter_map(|&at| self.commit(at, &on_main))
                .collect();
            let keys: Vec<String> = commits
                .iter()
                .flat_map(|c| fixes::keys(c.id, &c.message))
                .collect();
            let mut reverted_by = None;
            for known in fixes_with_keys(&searcher, &schema, &keys)? {
                delete(&writer, &schema, &known);
                reverted_by = reverted_by.or(known.reverted_by);
                commits.extend(known.commits);
            }
            for commit in &mut commits {
                commit.on_main = on_main
                    .get(commit.ordinal as usize)
                    .copied()
                    .unwrap_or(false);
            }
            if let Some(mut fix) = Fix::new(commits) {
                fix.reverted_by = reverted_by;
                reverts.mark(&mut fix);
                written.extend(fix.commits.iter().map(|commit| commit.id));
                write(&writer, &schema, &fix)?;
            }
        }
        // What a new commit takes back is written anew, too; and what that had taken back is back again.
        let targets: Vec<CommitId> = reverts
            .targets()
            .filter(|id| !written.contains(id))
            .collect();
        for mut fix in fixes_of(&searcher, &schema, &targets)? {
            reverts.mark(&mut fix);
            for mut again in fixes_of(&searcher, &schema, &fix.main().message.reverts)? {
                again.reverted_by = None;
                delete(&writer, &schema, &again);
                write(&writer, &schema, &again)?;
            }
            delete(&writer, &schema, &fix);
            write(&writer, &schema, &fix)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let reader = index.reader()?;
        Ok(reader.searcher().num_docs())
    }

    /// Which of the first `known` commits are reached by a reference still. One that is not: the history was rewritten;
    /// none that is: it is another history.
    pub(super) fn reached(&self, known: usize) -> Vec<bool> {
        let mut reached = self.history.graph.reachable(&self.history.references);
        reached.truncate(known);
        reached
    }

    pub(super) fn releases(
        &self,
        clone: &GitClone,
        tags: Option<&TagPattern>,
        progress: &dyn Progress,
    ) -> Releases {
        progress.phase("finding first releases", None);
        let default = TagPattern::default();
        let repository = clone.repository().ok();
        let date = |id: CommitId| {
            Some(
                repository
                    .as_ref()?
                    .find_commit(id.oid())
                    .ok()?
                    .time()
                    .seconds(),
            )
        };
        Releases::compute(
            &self.history.graph,
            &self.history.references,
            &self.history.announced,
            tags.unwrap_or(&default),
            date,
        )
    }

    pub(super) fn branches(&self) -> Vec<Reference> {
        let all = self.history.references.iter();
        all.filter(|reference| !reference.name.starts_with("refs/tags/"))
            .cloned()
            .collect()
    }

    pub(super) fn newest(&self, before: i64) -> i64 {
        // Clocks were wrong now and then: a commit of the future is not the newest.
        let now = now();
        let times = self
            .commits
            .iter()
            .map(|commit| commit.committed)
            .filter(|&time| time <= now);
        times.max().unwrap_or(0).max(before)
    }

    pub(super) fn counts(&self, fixes: u64, releases: &Releases) -> Counts {
        Counts {
            commits: self.history.graph.len() as u64,
            fixes,
            releases: releases.tags().len() as u64,
            branches: self.branches().len() as u64,
        }
    }
}
