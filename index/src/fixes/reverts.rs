//! Which fixes were taken back.

use std::collections::BTreeMap;

use super::Fix;
use crate::history::CommitId;

/// Commits with the one that took each back, where that was not taken back in its turn.
#[derive(Debug, Default)]
pub(crate) struct Reverts(BTreeMap<CommitId, (CommitId, bool)>);

impl Reverts {
    /// Reads the reverts of a batch: of each commit, newest first, its name, whether the main branch contains it, and
    /// what it says to revert.
    pub(crate) fn of<'a>(commits: impl Iterator<Item = (CommitId, bool, &'a [CommitId])>) -> Self {
        let mut reverted: BTreeMap<CommitId, (CommitId, bool)> = BTreeMap::new();
        for (commit, on_main, targets) in commits {
            if reverted.contains_key(&commit) {
                continue;
            }
            for &target in targets {
                reverted.entry(target).or_insert((commit, on_main));
            }
        }
        Self(reverted)
    }

    /// The commits that were taken back.
    pub(crate) fn targets(&self) -> impl Iterator<Item = CommitId> + '_ {
        self.0.keys().copied()
    }

    /// Marks a fix whose first commit was taken back. A revert on a release branch alone says nothing of the main branch.
    pub(crate) fn mark(&self, fix: &mut Fix) {
        let main = fix.main();
        if let Some(&(by, on_main)) = self.0.get(&main.id)
            && (on_main || !main.on_main)
        {
            fix.reverted_by = Some(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revert_of_a_revert_brings_back() {
        let id = |n: u8| -> CommitId { format!("{n:040x}").parse().unwrap() };
        let (fix, revert, again, other) = (id(1), id(2), id(3), id(4));
        let taken_back = Reverts::of([(revert, true, &[fix][..])].into_iter());
        assert_eq!(taken_back.targets().collect::<Vec<_>>(), [fix]);
        let commits = [
            (again, true, &[revert][..]),
            (revert, true, &[fix][..]),
            (other, true, &[]),
        ];
        let back_again = Reverts::of(commits.into_iter());
        assert_eq!(back_again.targets().collect::<Vec<_>>(), [revert]);
    }
}
