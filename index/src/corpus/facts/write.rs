//! From facts to columns.

use rustc_hash::FxHashMap;

use super::Reduced;
use super::columns::{Column, NAME_LISTS, NAMES, PATHS};
use super::ints::Ints;
use super::vocabulary::{Vocabulary, write_list};
use crate::fixes::{Fix, FixCommit};
use crate::history::{CommitId, IssueRef};

/// The columns of fixes, in the order in which sections stand. Ordinals are taken anew: they count through the commits.
pub(in crate::corpus) fn columns(fixes: &[Reduced]) -> Vec<Vec<u8>> {
    let mut writer = Columns::default();
    let commits = fixes.iter().flat_map(|reduced| &reduced.fix.commits);
    let ordinals = commits.map(|commit| commit.id).zip(0..).collect();
    let lists = fixes.iter().flat_map(|reduced| name_lists(&reduced.fix));
    let (numbers, names) = Vocabulary::encode(lists);
    let paths = fixes.iter().map(|r| &r.fix.main().changes.files);
    let (path_numbers, paths) = Vocabulary::encode(paths);
    let mut last = 0;
    for reduced in fixes {
        writer.lists(&reduced.fix, &numbers, &path_numbers);
        writer.fix(reduced);
        writer.commits(&reduced.fix, last);
        writer.links(&reduced.fix, &ordinals);
        last = reduced.fix.main().committed;
    }
    let mut columns: Vec<Vec<u8>> = writer.ints.into_iter().map(Ints::into_bytes).collect();
    columns[Column::Hashes as usize] = writer.hashes;
    columns[Column::Strangers as usize] = writer.strangers;
    let texts = names
        .into_iter()
        .zip(NAMES)
        .chain(paths.into_iter().zip(PATHS));
    for (column, at) in texts {
        columns[at as usize] = column;
    }
    columns
}

/// The lists of names, in the order of [`NAME_LISTS`].
fn name_lists(fix: &Fix) -> [&Vec<String>; NAME_LISTS.len()] {
    let FixCommit {
        changes, message, ..
    } = fix.main();
    [
        &changes.functions,
        &message.identifiers,
        &changes.calls,
        &changes.identifiers,
        &changes.tested,
    ]
}

#[derive(Default)]
struct Columns {
    ints: [Ints; Column::COUNT],
    hashes: Vec<u8>,
    strangers: Vec<u8>,
    /// Last number of each tracker.
    issues: [u32; 3],
    /// Of the commit that comes next.
    ordinal: u32,
}

impl Columns {
    fn column(&mut self, column: Column) -> &mut Ints {
        &mut self.ints[column as usize]
    }

    fn lists(
        &mut self,
        fix: &Fix,
        numbers: &FxHashMap<&str, u64>,
        path_numbers: &FxHashMap<&str, u64>,
    ) {
        for (names, column) in name_lists(fix).into_iter().zip(NAME_LISTS) {
            self.column(Column::ListLengths).push_len(names.len());
            write_list(self.column(column), numbers, names);
        }
        let files = &fix.main().changes.files;
        self.column(Column::ListLengths).push_len(files.len());
        write_list(self.column(Column::Files), path_numbers, files);
    }

    fn fix(&mut self, reduced: &Reduced) {
        let main = reduced.fix.main();
        let kinds = main.message.kinds.iter();
        let kinds = kinds.fold(0, |bits, &kind| bits | 1 << kind as u64);
        self.column(Column::Kinds).push(kinds);
        self.column(Column::Traits)
            .push(reduced.outline.traits().into());
        let all = i64::try_from(main.changes.functions.len()).unwrap_or(0);
        self.column(Column::OwnFunctions)
            .push_signed(all - i64::from(reduced.outline.functions));
        self.column(Column::Added).push(main.changes.added.into());
        self.column(Column::Removed)
            .push(main.changes.removed.into());
        self.column(Column::CommitCounts)
            .push_len(reduced.fix.commits.len());
    }

    fn commits(&mut self, fix: &Fix, mut last: i64) {
        for commit in &fix.commits {
            self.hashes.extend_from_slice(commit.id.bytes());
            self.column(Column::Committed)
                .push_signed(commit.committed.wrapping_sub(last));
            last = fix.main().committed;
            // The top bit of a difference of times is never needed.
            let later = commit.committed.wrapping_sub(commit.authored);
            self.column(Column::Authored)
                .push_signed(later << 1 | i64::from(commit.on_main));
            let in_subject = commit.message.subject_issues().len();
            self.column(Column::IssueCounts)
                .push_len(commit.message.issues.len());
            self.column(Column::IssueCounts).push_len(in_subject);
            for issue in &commit.message.issues {
                self.issue(*issue);
            }
        }
    }

    fn issue(&mut self, issue: IssueRef) {
        let (tracker, number) = match issue {
            IssueRef::Bpo(number) => (0_u8, number),
            IssueRef::Gh(number) => (1, number),
            IssueRef::Pr(number) => (2, number),
        };
        let last = std::mem::replace(&mut self.issues[usize::from(tracker)], number);
        self.column(Column::Trackers).push(tracker.into());
        self.column(Column::IssueNumbers)
            .push_signed(i64::from(number) - i64::from(last));
    }

    fn links(&mut self, fix: &Fix, ordinals: &FxHashMap<CommitId, u32>) {
        let reverted = usize::from(fix.reverted_by.is_some());
        self.column(Column::Links).push_len(reverted);
        fix.reverted_by
            .iter()
            .for_each(|&by| self.link(by, ordinals));
        for commit in &fix.commits {
            let message = &commit.message;
            let links = [&message.cherry_picked_from, &message.reverts];
            for list in links {
                self.column(Column::Links).push_len(list.len());
            }
            for &to in links.into_iter().flatten() {
                self.link(to, ordinals);
            }
            self.ordinal += 1;
        }
    }

    fn link(&mut self, to: CommitId, ordinals: &FxHashMap<CommitId, u32>) {
        match ordinals.get(&to) {
            Some(&to) => {
                let difference = i64::from(to) - i64::from(self.ordinal);
                let folded = (difference << 1 ^ difference >> 63).cast_unsigned();
                self.column(Column::Links).push(1 + folded);
            }
            None => {
                self.column(Column::Links).push(0);
                self.strangers.extend_from_slice(to.bytes());
            }
        }
    }
}
