//! Which columns there are.

/// A column of facts. Each is a section; their order is the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(in crate::corpus) enum Column {
    /// Of each name, sorted: bytes shared with the one before.
    NameShared,
    /// The rest of each, ended by a NUL; bytes.
    NameRest,
    /// In how many lists each stands.
    NameUses,
    /// The same for paths.
    PathShared,
    /// The same for paths.
    PathRest,
    /// The same for paths.
    PathUses,
    /// Of each fix how many names (or paths) of each kind it has: [`NAME_LISTS`] in turn, then files.
    ListLengths,
    /// Functions changed.
    Functions,
    /// Identifiers that messages and NEWS name.
    Mentioned,
    /// Functions called on changed lines.
    Calls,
    /// Other identifiers on changed lines.
    Identifiers,
    /// Identifiers on changed lines of tests.
    Tested,
    /// Files changed.
    Files,
    /// Of each fix: commits.
    CommitCounts,
    /// 20 bytes a commit.
    Hashes,
    /// When each was committed: a fix's first against that of the fix before, the others against the first; signed.
    Committed,
    /// How much later than it was written each was committed, signed; in the lowest bit below, whether it is on the main
    /// branch.
    Authored,
    /// Of each commit: issues named, and how many of them in the subject.
    IssueCounts,
    /// Of each issue its tracker: 0 bugs.python.org, 1 GitHub issues, 2 pull requests.
    Trackers,
    /// Of each issue its number, against the last one of its tracker; signed.
    IssueNumbers,
    /// Of each commit: how many commits it was picked from and how many it reverts, then these; and of each fix before its
    /// commits, 1 and the commit that reverts it, or 0. A commit is told by 1 + the difference of the ordinals, as a signed
    /// number is told, or by 0 where the corpus does not have it.
    Links,
    /// 20 bytes for each commit that the corpus does not have.
    Strangers,
    /// Of each fix: a bit for each kind of failure, in the order of the enumeration.
    Kinds,
    /// Of each fix: bits of its outline.
    Traits,
    /// Of each fix: functions that its first commit changes, against all that it changes; signed.
    OwnFunctions,
    /// Of each fix: lines that its first commit adds in code.
    Added,
    /// Of each fix: lines that its first commit removes in code.
    Removed,
}

impl Column {
    pub(in crate::corpus) const COUNT: usize = Self::Removed as usize + 1;
}

/// Lists of names of a fix, with the column of each; files come last and have names of their own.
pub(super) const NAME_LISTS: [Column; 5] = [
    Column::Functions,
    Column::Mentioned,
    Column::Calls,
    Column::Identifiers,
    Column::Tested,
];

/// The columns of names, and of paths: shared lengths, rests, uses.
pub(super) const NAMES: [Column; 3] = [Column::NameShared, Column::NameRest, Column::NameUses];
pub(super) const PATHS: [Column; 3] = [Column::PathShared, Column::PathRest, Column::PathUses];
