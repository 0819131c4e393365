//! Writing fixes to a new search index.

use tantivy::indexer::NoMergePolicy;
use tantivy::{Index, IndexWriter, TantivyDocument};

use crate::IndexError;
use crate::fixes::{Fix, Outline};
use crate::schema::FixSchema;

/// Memory of tantivy's writer before it flushes a segment, in bytes, for all its threads.
const MEMORY: usize = 240 << 20;

/// Bytes of records that may wait for tantivy's threads: it counts documents, and some are large.
const PENDING: usize = 256 << 20;

/// Writes fixes; nothing of them is seen before [`FixWriter::finish`].
pub(crate) struct FixWriter {
    writer: IndexWriter<TantivyDocument>,
    schema: FixSchema,
    pending: usize,
}

impl FixWriter {
    pub(crate) fn new(index: &Index) -> Result<Self, IndexError> {
        let writer: IndexWriter<TantivyDocument> = index.writer(MEMORY)?;
        // Merging while all is being written would write everything twice.
        writer.set_merge_policy(Box::new(NoMergePolicy));
        Ok(Self {
            writer,
            schema: FixSchema::new(),
            pending: 0,
        })
    }

    /// Adds a fix; several threads may.
    pub(crate) fn add(&self, fix: &Fix, outline: Outline) -> Result<usize, IndexError> {
        let (document, record) = self.schema.document(fix, outline)?;
        self.writer.add_document(document)?;
        Ok(record)
    }

    /// Adds a fix from a file that may be hostile: waits for what was added before, when that is much.
    pub(crate) fn add_bounded(&mut self, fix: &Fix, outline: Outline) -> Result<(), IndexError> {
        self.pending += self.add(fix, outline)?;
        if self.pending > PENDING {
            self.writer.commit()?;
            self.pending = 0;
        }
        Ok(())
    }

    /// Commits everything.
    pub(crate) fn finish(mut self) -> Result<(), IndexError> {
        self.writer.commit()?;
        Ok(self.writer.wait_merging_threads()?)
    }
}
