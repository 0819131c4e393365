//! Writing pieces of issues.

use rustc_hash::FxHashMap;
use tantivy::{Index, IndexWriter, TantivyDocument, TantivyError, Term};

use super::schema::IssueSchema;
use super::search::IssueSearcher;
use super::store::Payload;
use super::{Change, Issue, IssueKey, IssueStore, Piece};
use crate::IndexError;

/// Memory of tantivy's writer before it flushes a segment, in bytes.
const MEMORY: usize = 96 << 20;

/// So many issues, or stacks of them, wait to be written together.
const MOST_PENDING: usize = 20_000;
const MOST_STACKS: usize = 50_000;

/// Takes pieces in; they are seen after [`IssueWriter::commit`], and now and then before.
pub struct IssueWriter {
    index: Index,
    writer: IndexWriter<TantivyDocument>,
    schema: IssueSchema,
    /// What was committed.
    committed: IssueSearcher,
    pending: FxHashMap<IssueKey, Issue>,
    /// What was read of the committed ones, and is about to be changed.
    read: FxHashMap<IssueKey, Option<Issue>>,
    pending_stacks: usize,
    payload: Payload,
    store: IssueStore,
}

impl std::fmt::Debug for IssueWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssueWriter")
            .field("dir", &self.store.dir())
            .field("pending", &self.pending.len())
            .finish_non_exhaustive()
    }
}

impl IssueWriter {
    pub(super) fn open(
        index: Index,
        payload: Payload,
        store: IssueStore,
    ) -> Result<Self, IndexError> {
        let writer = index.writer_with_num_threads(1, MEMORY);
        let writer = writer.map_err(|error| match error {
            TantivyError::LockFailure(..) => IndexError::Busy {
                dir: store.dir().to_owned(),
            },
            error => error.into(),
        })?;
        Ok(Self {
            committed: IssueSearcher::open(&index, payload.clone(), &store)?,
            index,
            writer,
            schema: IssueSchema::new(),
            pending: FxHashMap::default(),
            read: FxHashMap::default(),
            pending_stacks: 0,
            payload,
            store,
        })
    }

    /// What is to be asked next of a tracker, as the last commit has it.
    #[must_use]
    pub fn cursor(&self, tracker: &str) -> Option<&str> {
        self.payload.cursors.get(tracker).map(String::as_str)
    }

    /// As [`IssueSearcher::own_number`].
    #[must_use]
    pub fn own_number(&self, key: &IssueKey) -> Option<u32> {
        self.committed.own_number(key)
    }

    /// An issue as it is known by now. What is read for it is kept until [`IssueWriter::take`] has a piece of it.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`].
    pub fn issue(&mut self, key: &IssueKey) -> Result<Option<Issue>, IndexError> {
        if let Some(issue) = self.pending.get(key) {
            return Ok(Some(issue.clone()));
        }
        if let Some(read) = self.read.get(key) {
            return Ok(read.clone());
        }
        let read = self.committed.issue(key)?;
        self.read.insert(key.clone(), read.clone());
        Ok(read)
    }

    /// Takes a piece in.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`], [`IndexError::Search`] when the disk is full.
    pub fn take(&mut self, piece: Piece) -> Result<Change, IndexError> {
        let pending = self.pending.remove(&piece.key);
        let was_pending = pending.is_some();
        let known = match (pending, self.read.remove(&piece.key)) {
            (Some(pending), _) => Some(pending),
            (None, Some(read)) => read,
            (None, None) => self.committed.issue(&piece.key)?,
        };
        let is_new = known.is_none();
        let mut issue = known.unwrap_or_else(|| Issue::new(piece.key.clone()));
        let is_changed = issue.take(piece);
        if is_new || is_changed {
            self.pending_stacks += issue.stacks().count();
        }
        if is_new || is_changed || was_pending {
            self.pending.insert(issue.key.clone(), issue);
        }
        if self.pending.len() >= MOST_PENDING || self.pending_stacks >= MOST_STACKS {
            self.flush()?;
        }
        Ok(match (is_new, is_changed) {
            (true, _) => Change::New,
            (false, true) => Change::Changed,
            (false, false) => Change::None,
        })
    }

    /// Issues of a tracker, by number, whose events are still to be read.
    ///
    /// # Errors
    ///
    /// As [`IssueWriter::take`].
    pub fn without_events(&mut self, tracker: &str) -> Result<Vec<u64>, IndexError> {
        self.flush()?;
        self.committed.without_events(tracker)
    }

    /// Writes everything, together with what is to be asked next of a tracker, if that is known.
    ///
    /// # Errors
    ///
    /// As [`IssueWriter::take`].
    pub fn commit(&mut self, cursor: Option<(&str, String)>) -> Result<(), IndexError> {
        if let Some((tracker, cursor)) = cursor {
            let before = self
                .payload
                .cursors
                .insert(tracker.to_owned(), cursor.clone());
            if before.as_ref() == Some(&cursor) && self.pending.is_empty() {
                return Ok(());
            }
            self.write()
        } else {
            self.flush()
        }
    }

    /// Ends, with what is being merged merged.
    ///
    /// # Errors
    ///
    /// As [`IssueWriter::take`].
    pub fn finish(mut self) -> Result<(), IndexError> {
        self.flush()?;
        Ok(self.writer.wait_merging_threads()?)
    }

    fn flush(&mut self) -> Result<(), IndexError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), IndexError> {
        for issue in self.pending.values() {
            let key = Term::from_field_text(self.schema.key, &issue.key.to_string());
            self.writer.delete_term(key);
            self.writer.add_document(self.schema.document(issue)?)?;
        }
        let payload =
            serde_json::to_string(&self.payload).map_err(IndexError::damaged(self.store.dir()))?;
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        self.pending.clear();
        self.read.clear();
        self.pending_stacks = 0;
        self.committed = IssueSearcher::open(&self.index, self.payload.clone(), &self.store)?;
        Ok(())
    }
}
