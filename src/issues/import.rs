//! Taking files and answers in.

use std::io::{self, BufRead};

use fixtrail_index::IndexError;
use fixtrail_index::history::IssueRef;
use fixtrail_index::issues::{Change, IssueWriter};

use super::records::{self, Place, Record, Unreadable};
use super::texts::{self, Known};

/// Records are taken in by so many, or by so many bytes of text.
const BATCH: usize = 2_000;
const BATCH_BYTES: usize = 16 << 20;

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Records that were read.
    pub records: u64,
    /// Issues that were not known.
    pub new: u64,
    /// Records that changed a known issue.
    pub changed: u64,
    /// Records that said nothing new.
    pub unchanged: u64,
    /// Records that could not be read.
    pub skipped: u64,
    /// The first of these.
    pub reasons: Vec<Unreadable>,
}

impl Imported {
    /// Adds what came of more.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        let room = MOST_REASONS.saturating_sub(self.reasons.len());
        self.reasons
            .extend(other.reasons.iter().take(room).cloned());
    }
}

/// So many reasons are kept.
const MOST_REASONS: usize = 20;

/// Why no more could be taken in. What was, stays.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The input.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The folder of the issues.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Takes records in.
#[derive(Debug)]
pub struct Import<'w> {
    writer: &'w mut IssueWriter,
    batch: Vec<Known>,
    bytes: usize,
    imported: Imported,
}

impl<'w> Import<'w> {
    /// Nothing yet.
    #[must_use]
    pub fn new(writer: &'w mut IssueWriter) -> Self {
        Self {
            writer,
            batch: Vec::new(),
            bytes: 0,
            imported: Imported::default(),
        }
    }

    /// Takes in what a file holds. `tracker` is where records are from that do not say it.
    ///
    /// # Errors
    ///
    /// [`ImportError`]; a record that is broken is counted and left out.
    pub fn file(&mut self, from: impl BufRead, tracker: Option<&Place>) -> Result<(), ImportError> {
        let mut failed = None;
        let read = records::read(from, tracker, &mut |record| {
            self.record(record).map_err(|error| {
                failed = Some(error);
                io::Error::other("stopped")
            })
        });
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(read?),
        }
    }

    /// Takes in a record, or counts what is wrong with it.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it cannot be written.
    pub fn record(&mut self, record: Result<Record, Unreadable>) -> Result<(), IndexError> {
        let mut record = match record {
            Ok(record) => record,
            Err(why) => {
                self.imported.skipped += 1;
                if self.imported.reasons.len() < MOST_REASONS {
                    self.imported.reasons.push(why);
                }
                return Ok(());
            }
        };
        self.imported.records += 1;
        if let Some(head) = &mut record.head
            && self.writer.own_number(&record.key).is_none()
        {
            // In messages of the upstream's commits the numbers of other repositories mean nothing.
            head.names.retain(|name| matches!(name, IssueRef::Bpo(_)));
        }
        self.bytes += record
            .texts
            .iter()
            .map(|text| text.body.len())
            .sum::<usize>();
        let known = self.writer.issue(&record.key)?;
        self.batch.push((record, known));
        if self.batch.len() >= BATCH || self.bytes >= BATCH_BYTES {
            self.take()?;
        }
        Ok(())
    }

    /// Takes in what waits, and says what came of all.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it cannot be written.
    pub fn finish(mut self) -> Result<Imported, IndexError> {
        self.take()?;
        Ok(self.imported)
    }

    fn take(&mut self) -> Result<(), IndexError> {
        self.bytes = 0;
        for piece in texts::pieces(std::mem::take(&mut self.batch)) {
            match self.writer.take(piece)? {
                Change::New => self.imported.new += 1,
                Change::Changed => self.imported.changed += 1,
                Change::None => self.imported.unchanged += 1,
            }
        }
        Ok(())
    }
}
