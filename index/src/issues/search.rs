//! Finding issues: by key, by name, by what they link to, by the frames of their stacks.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use tantivy::schema::{Field, Value};
use tantivy::{DocAddress, Index, Searcher, SegmentReader, TantivyDocument, Term};

use super::schema::IssueSchema;
use super::store::Payload;
use super::{Issue, IssueKey, IssueStore};
use crate::IndexError;
use crate::guard::guarded;
use crate::history::IssueRef;
use crate::search::each_doc;

/// Issues as they were when this was opened.
pub struct IssueSearcher {
    searcher: Searcher,
    schema: IssueSchema,
    payload: Payload,
    dir: PathBuf,
    upstream: String,
}

/// How much a folder of issues holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Issues and pull requests.
    pub issues: u64,
    /// Those with a stack.
    pub with_stacks: u64,
    /// Stacks.
    pub stacks: u64,
}

/// So many postings are read for one search: the rarest frames come first, and what half of all issues share tells none
/// of them apart.
const MOST_POSTINGS: u64 = 400_000;

impl std::fmt::Debug for IssueSearcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssueSearcher")
            .field("dir", &self.dir)
            .field("issues", &self.searcher.num_docs())
            .finish_non_exhaustive()
    }
}

impl IssueSearcher {
    pub(super) fn open(
        index: &Index,
        payload: Payload,
        store: &IssueStore,
    ) -> Result<Self, IndexError> {
        let dir = store.dir();
        let searcher = guarded(dir, || {
            let builder = index.reader_builder();
            let builder = builder.reload_policy(tantivy::ReloadPolicy::Manual);
            Ok(builder.try_into()?.searcher())
        })?;
        Ok(Self {
            searcher,
            schema: IssueSchema::new(),
            payload,
            dir: dir.to_owned(),
            upstream: store.upstream().to_owned(),
        })
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The number of an issue that messages of the upstream's commits may mean: that of its own repository on GitHub, which
    /// is called as it is.
    #[must_use]
    pub fn own_number(&self, key: &IssueKey) -> Option<u32> {
        let repository = key.tracker.strip_prefix("github:")?.rsplit('/').next()?;
        let own = repository.eq_ignore_ascii_case(&self.upstream);
        u32::try_from(key.number).ok().filter(|_| own)
    }

    /// By tracker: what is to be asked next, in the words of whoever asks.
    pub fn cursors(&self) -> impl Iterator<Item = (&str, &str)> {
        let cursors = self.payload.cursors.iter();
        cursors.map(|(tracker, cursor)| (tracker.as_str(), cursor.as_str()))
    }

    /// Whether no issue is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.searcher.num_docs() == 0
    }

    /// How much is known of each tracker, by name.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], as everything that reads.
    pub fn counts(&self) -> Result<Vec<(String, Counts)>, IndexError> {
        guarded(&self.dir, || {
            let mut counts: FxHashMap<String, Counts> = FxHashMap::default();
            for segment in self.searcher.segment_readers() {
                let stacks = segment.fast_fields().u64("stacks")?;
                for tracker in terms(segment, self.schema.tracker)? {
                    let term = Term::from_field_text(self.schema.tracker, &tracker);
                    let of = counts.entry(tracker).or_default();
                    each_doc(segment, &term, |doc| {
                        let stacks = stacks.first(doc).unwrap_or(0);
                        of.issues += 1;
                        of.with_stacks += u64::from(stacks > 0);
                        of.stacks += stacks;
                    })?;
                }
            }
            let mut counts: Vec<_> = counts.into_iter().filter(|(_, of)| of.issues > 0).collect();
            counts.sort_by(|a, b| a.0.cmp(&b.0));
            Ok(counts)
        })
    }

    /// An issue by its key.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn issue(&self, key: &IssueKey) -> Result<Option<Issue>, IndexError> {
        let found = self.with(self.schema.key, &key.to_string())?;
        Ok(found.into_iter().next())
    }

    /// Issues that commit messages call so, in any tracker.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn named(&self, name: IssueRef) -> Result<Vec<Issue>, IndexError> {
        self.with(self.schema.name, &name.to_string())
    }

    /// Issues and pull requests that are tied to an issue, by its key or one of its names.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn tied_to(&self, issue: &Issue) -> Result<Vec<Issue>, IndexError> {
        let mut found = self.with(self.schema.link, &issue.key.to_string())?;
        for name in issue.head.iter().flat_map(|head| &head.names) {
            found.extend(self.with(self.schema.link, &name.to_string())?);
        }
        found.retain(|other| other.key != issue.key);
        found.sort_by(|a, b| a.key.cmp(&b.key));
        found.dedup_by(|a, b| a.key == b.key);
        Ok(found)
    }

    /// Numbers of the issues of a tracker that have stacks, and events that are not read.
    pub(super) fn without_events(&self, tracker: &str) -> Result<Vec<u64>, IndexError> {
        let found = self.with(self.schema.wants_events, tracker)?;
        let mut numbers: Vec<u64> = found.iter().map(|issue| issue.key.number).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// How rare a frame is: the natural logarithm of (issues + 1) / (issues with the frame + 1), with 300 issues at least.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn rarity(&self, frame: &str) -> Result<f32, IndexError> {
        guarded(&self.dir, || {
            let term = Term::from_field_text(self.schema.frame, frame);
            let found = self.searcher.doc_freq(&term)?;
            Ok(ratio(self.searcher.num_docs(), found))
        })
    }

    /// The issues whose stacks share most with the given frames, each with what the shared frames are worth: the sum of
    /// weight times rarity, so that the best come first. At most `most`.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn sharing(&self, frames: &[(&str, f32)], most: usize) -> Result<Vec<Issue>, IndexError> {
        guarded(&self.dir, || {
            let mut scores: FxHashMap<DocAddress, f32> = FxHashMap::default();
            for (term, worth) in self.telling(frames)? {
                for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
                    each_doc(segment, &term, |doc| {
                        *scores.entry(DocAddress::new(ordinal, doc)).or_default() += worth;
                    })?;
                }
            }
            let mut best: Vec<(DocAddress, f32)> = scores.into_iter().collect();
            best.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            best.truncate(most);
            let loaded = best.into_iter().map(|(address, _)| self.load(address));
            loaded.filter_map(Result::transpose).collect()
        })
    }

    /// The frames as terms with their worth, the rarest first, as far as their postings may be read.
    fn telling(&self, frames: &[(&str, f32)]) -> Result<Vec<(Term, f32)>, IndexError> {
        let mut terms = Vec::new();
        for (frame, weight) in frames {
            let term = Term::from_field_text(self.schema.frame, frame);
            let found = self.searcher.doc_freq(&term)?;
            if found > 0 {
                terms.push((found, term, weight * ratio(self.searcher.num_docs(), found)));
            }
        }
        terms.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        terms.dedup_by(|a, b| a.1 == b.1);
        let mut read = 0;
        let affordable = terms
            .into_iter()
            .enumerate()
            .take_while(|(at, (found, ..))| {
                read += found;
                // The rarest of all is looked for however many share it.
                read <= MOST_POSTINGS || *at == 0
            });
        Ok(affordable
            .map(|(_, (_, term, worth))| (term, worth))
            .collect())
    }

    /// Every issue with a term.
    fn with(&self, field: Field, text: &str) -> Result<Vec<Issue>, IndexError> {
        guarded(&self.dir, || {
            let term = Term::from_field_text(field, text);
            let mut found = Vec::new();
            for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
                each_doc(segment, &term, |doc| {
                    found.push(DocAddress::new(ordinal, doc))
                })?;
            }
            let loaded = found.into_iter().map(|address| self.load(address));
            loaded.filter_map(Result::transpose).collect()
        })
    }

    fn load(&self, address: DocAddress) -> Result<Option<Issue>, IndexError> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let record = document.get_first(self.schema.record);
        let Some(record) = record.and_then(|value| value.as_bytes()) else {
            return Ok(None);
        };
        postcard::from_bytes(record)
            .map(Some)
            .map_err(IndexError::record)
    }
}

/// Of fewer issues than this the share that has a frame tells little of how rare it is: they count as if there were as many,
/// of which none of the others has it.
const LEAST_ISSUES: u64 = 300;

fn ratio(all: u64, found: u64) -> f32 {
    let all = all.max(LEAST_ISSUES);
    #[expect(clippy::cast_precision_loss, reason = "counts, for a logarithm")]
    let log = |count: u64| ((count + 1) as f32).ln();
    log(all) - log(found)
}

fn terms(segment: &SegmentReader, field: Field) -> Result<Vec<String>, IndexError> {
    let inverted = segment.inverted_index(field)?;
    let mut stream = inverted
        .terms()
        .stream()
        .map_err(tantivy::TantivyError::from)?;
    let mut found = Vec::new();
    while stream.advance() {
        found.push(String::from_utf8_lossy(stream.key()).into_owned());
    }
    Ok(found)
}
