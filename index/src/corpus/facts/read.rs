//! From columns to facts, fix by fix.

use super::Reduced;
use super::columns::{Column, NAME_LISTS, NAMES, PATHS};
use super::ints::IntsReader;
use super::vocabulary::Vocabulary;
use crate::corpus::CorpusError;
use crate::corpus::limits::{LONGEST_NAME, LONGEST_PATH, MOST_COMMITS, MOST_NAMES, MOST_NUMBERS};
use crate::fixes::{Fix, FixCommit, Outline};
use crate::history::{CommitChanges, CommitId, IssueRef, Kind, Message};

/// Fixes that stand in columns.
pub(in crate::corpus) struct Facts<'a> {
    names: Vocabulary,
    paths: Vocabulary,
    ints: Vec<IntsReader<'a>>,
    hashes: &'a [u8],
    strangers: &'a [u8],
    /// Every commit, by ordinal.
    ids: &'a [u8],
    ordinal: u32,
    committed: i64,
    issues: [i64; 3],
}

impl<'a> Facts<'a> {
    /// The fixes of columns as [`columns`](fn@super::columns) gives them.
    pub(in crate::corpus) fn new(columns: &'a [Vec<u8>]) -> Result<Self, CorpusError> {
        if columns.len() != Column::COUNT {
            return Err(CorpusError::Malformed("not as many columns as there are"));
        }
        let vocabulary = |texts: [Column; 3], longest| {
            Vocabulary::decode(texts.map(|at| &*columns[at as usize]), longest)
        };
        let hashes = &*columns[Column::Hashes as usize];
        Ok(Self {
            names: vocabulary(NAMES, LONGEST_NAME)?,
            paths: vocabulary(PATHS, LONGEST_PATH)?,
            ints: columns
                .iter()
                .map(|column| IntsReader::new(column))
                .collect(),
            hashes,
            strangers: &columns[Column::Strangers as usize],
            ids: hashes,
            ordinal: 0,
            committed: 0,
            issues: [0; 3],
        })
    }

    /// The next of the fixes.
    pub(in crate::corpus) fn next(&mut self) -> Result<Reduced, CorpusError> {
        let mut main = self.changes()?;
        let kinds = self.column(Column::Kinds).next()?;
        let traits = self.column(Column::Traits).next()?;
        let traits = u16::try_from(traits).map_err(|_| CorpusError::TooLarge)?;
        let all = i64::try_from(main.0.functions.len()).unwrap_or(0);
        let own = all.saturating_sub(self.column(Column::OwnFunctions).next_signed()?);
        let own = u32::try_from(own).map_err(|_| CorpusError::TooLarge)?;
        main.0.added = self.column(Column::Added).next_u32()?;
        main.0.removed = self.column(Column::Removed).next_u32()?;
        let mut fix = self.commits()?;
        if let Some(first) = fix.commits.first_mut() {
            (first.changes, first.message.identifiers) = main;
            first.message.kinds = Kind::all()
                .filter(|&kind| kinds >> kind as u64 & 1 == 1)
                .collect();
        }
        let outline = Outline::restored(&fix, traits, own);
        Ok(Reduced { fix, outline })
    }

    /// That no column has more.
    pub(in crate::corpus) fn end(&self) -> Result<(), CorpusError> {
        // Names and bytes were read otherwise.
        let read = [
            Column::ListLengths as usize..=Column::CommitCounts as usize,
            Column::Committed as usize..=Column::Links as usize,
            Column::Kinds as usize..=Column::Removed as usize,
        ];
        read.into_iter()
            .flatten()
            .try_for_each(|column| self.ints[column].end())?;
        if self.hashes.is_empty() && self.strangers.is_empty() {
            Ok(())
        } else {
            Err(CorpusError::Malformed("a column that is too long"))
        }
    }

    fn column(&mut self, column: Column) -> &mut IntsReader<'a> {
        &mut self.ints[column as usize]
    }

    /// What the fix changes, and what its messages mention.
    fn changes(&mut self) -> Result<(CommitChanges, Vec<String>), CorpusError> {
        let mut lists = [const { Vec::new() }; NAME_LISTS.len()];
        for (list, column) in lists.iter_mut().zip(NAME_LISTS) {
            let length = self.column(Column::ListLengths).next_len(MOST_NAMES)?;
            *list = self.names.list(&mut self.ints[column as usize], length)?;
        }
        let length = self.column(Column::ListLengths).next_len(MOST_NAMES)?;
        let files = self
            .paths
            .list(&mut self.ints[Column::Files as usize], length)?;
        let [functions, mentioned, calls, identifiers, tested] = lists;
        let changes = CommitChanges {
            files,
            functions,
            calls,
            identifiers,
            tested,
            ..CommitChanges::default()
        };
        Ok((changes, mentioned))
    }

    fn commits(&mut self) -> Result<Fix, CorpusError> {
        let count = self.column(Column::CommitCounts).next_len(MOST_COMMITS)?;
        if count == 0 {
            return Err(CorpusError::Malformed("a fix without commits"));
        }
        let reverted_by = match self.column(Column::Links).next()? {
            0 => None,
            _ => Some(self.link()?),
        };
        let mut commits = Vec::new();
        let before = self.committed;
        for at in 0..count {
            let commit = self.commit(if at == 0 { before } else { self.committed })?;
            if at == 0 {
                self.committed = commit.committed;
            }
            commits.push(commit);
        }
        Ok(Fix {
            commits,
            reverted_by,
        })
    }

    fn commit(&mut self, before: i64) -> Result<FixCommit, CorpusError> {
        let id = take_id(&mut self.hashes)?;
        let difference = self.column(Column::Committed).next_signed()?;
        let committed = before.wrapping_add(difference);
        let later = self.column(Column::Authored).next_signed()?;
        let message = self.message()?;
        let ordinal = self.ordinal;
        self.ordinal += 1;
        Ok(FixCommit {
            id,
            ordinal,
            on_main: later & 1 == 1,
            authored: committed.wrapping_sub(later >> 1),
            committed,
            text: String::new(),
            message,
            changes: CommitChanges::default(),
        })
    }

    fn message(&mut self) -> Result<Message, CorpusError> {
        let counts = self.column(Column::IssueCounts);
        let (count, in_subject) = (
            counts.next_len(MOST_NUMBERS)?,
            counts.next_len(MOST_NUMBERS)?,
        );
        let mut message = Message::default();
        for _ in 0..count {
            message.issues.push(self.issue()?);
        }
        message.issues_in_subject = u8::try_from(in_subject).unwrap_or(u8::MAX);
        let links = self.column(Column::Links);
        let (picked, reverts) = (links.next_len(MOST_NUMBERS)?, links.next_len(MOST_NUMBERS)?);
        for _ in 0..picked {
            let from = self.link()?;
            message.cherry_picked_from.push(from);
        }
        for _ in 0..reverts {
            let reverted = self.link()?;
            message.reverts.push(reverted);
        }
        Ok(message)
    }

    fn issue(&mut self) -> Result<IssueRef, CorpusError> {
        let tracker = self.column(Column::Trackers).next_len(2)?;
        let difference = self.column(Column::IssueNumbers).next_signed()?;
        let number = self.issues[tracker].saturating_add(difference);
        self.issues[tracker] = number;
        let number = u32::try_from(number).map_err(|_| CorpusError::TooLarge)?;
        Ok(match tracker {
            0 => IssueRef::Bpo(number),
            1 => IssueRef::Gh(number),
            _ => IssueRef::Pr(number),
        })
    }

    fn link(&mut self) -> Result<CommitId, CorpusError> {
        let Some(folded) = self.column(Column::Links).next()?.checked_sub(1) else {
            return take_id(&mut self.strangers);
        };
        let difference = (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed();
        let ordinal = i64::from(self.ordinal).saturating_add(difference);
        let at = usize::try_from(ordinal)
            .ok()
            .and_then(|at| at.checked_mul(20));
        let id = at.and_then(|at| self.ids.get(at..)?.first_chunk::<20>());
        let id = id.ok_or(CorpusError::Malformed("a link to no commit"))?;
        Ok(CommitId::from(*id))
    }
}

fn take_id(column: &mut &[u8]) -> Result<CommitId, CorpusError> {
    let (id, rest) = column
        .split_first_chunk::<20>()
        .ok_or(CorpusError::Malformed("a column that ends early"))?;
    *column = rest;
    Ok(CommitId::from(*id))
}
