//! What is known of a segment's documents without their records.

use tantivy::SegmentReader;
use tantivy::columnar::Column;

use crate::IndexError;
use crate::fixes::Outline;
use crate::schema::{COMMIT, COMMITTED, OUTLINE};

/// What is read of a segment's documents without their records.
pub(super) struct Columns {
    /// Ordinals of each fix's commits.
    commits: Column<u64>,
    outline: Column<u64>,
    committed: Column<i64>,
}

impl Columns {
    pub(super) fn open(segment: &SegmentReader) -> Result<Self, IndexError> {
        let fields = segment.fast_fields();
        Ok(Self {
            commits: fields.u64(COMMIT)?,
            outline: fields.u64(OUTLINE)?,
            committed: fields.i64(COMMITTED)?,
        })
    }

    pub(super) fn ordinals(&self, doc: u32) -> Vec<u32> {
        let commits = self.commits.values_for_doc(doc);
        commits
            .filter_map(|commit| u32::try_from(commit).ok())
            .collect()
    }

    pub(super) fn outline(&self, doc: u32) -> Outline {
        let packed = self.outline.first(doc).unwrap_or(0);
        Outline::unpack(packed, self.committed(doc))
    }

    pub(super) fn committed(&self, doc: u32) -> i64 {
        self.committed.first(doc).unwrap_or(0)
    }
}
