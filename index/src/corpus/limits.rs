//! What a corpus may hold, so that a hostile one costs no more memory than a large one.

use super::CorpusError;
use crate::fixes::{Fix, FixCommit};

/// Bytes of a name of code.
pub(super) const LONGEST_NAME: usize = 512;

/// Bytes of a path (`PATH_MAX` of Linux).
pub(super) const LONGEST_PATH: usize = 4096;

/// Names of one kind that one fix has. Reading a commit stops at a thousand for each file.
pub(super) const MOST_NAMES: usize = 1 << 16;

/// Commits of one fix.
pub(super) const MOST_COMMITS: usize = 1 << 12;

/// Issues that one message names, commits that it was picked from, and commits that it reverts.
pub(super) const MOST_NUMBERS: usize = 255;

/// Takes off what a corpus has no room for: generated files have names that are whole texts.
pub(super) fn keep(fix: &mut Fix) {
    fix.commits.truncate(MOST_COMMITS);
    for commit in &mut fix.commits {
        let message = &mut commit.message;
        message.issues.truncate(MOST_NUMBERS);
        message.cherry_picked_from.truncate(MOST_NUMBERS);
        message.reverts.truncate(MOST_NUMBERS);
        let (changes, names) = (&mut commit.changes, &mut message.identifiers);
        for (names, longest) in [
            (&mut changes.functions, LONGEST_NAME),
            (&mut changes.calls, LONGEST_NAME),
            (&mut changes.identifiers, LONGEST_NAME),
            (&mut changes.tested, LONGEST_NAME),
            (names, LONGEST_NAME),
            (&mut changes.files, LONGEST_PATH),
        ] {
            names.retain(|name| name.len() <= longest && !name.contains('\0'));
            names.truncate(MOST_NAMES);
        }
    }
}

/// Whether a fix keeps the limits, and is in the order that the rest of the program counts on.
pub(super) fn check(fix: &Fix) -> Result<(), CorpusError> {
    if fix.commits.is_empty() {
        return Err(CorpusError::Malformed("a fix without commits"));
    }
    if fix.commits.len() > MOST_COMMITS || !fix.commits.iter().all(keeps_limits) {
        return Err(CorpusError::TooLarge);
    }
    Ok(())
}

fn keeps_limits(commit: &FixCommit) -> bool {
    let changes = &commit.changes;
    let names = [
        (&changes.functions, LONGEST_NAME),
        (&changes.calls, LONGEST_NAME),
        (&changes.identifiers, LONGEST_NAME),
        (&changes.tested, LONGEST_NAME),
        (&commit.message.identifiers, LONGEST_NAME),
        (&changes.files, LONGEST_PATH),
    ];
    names.into_iter().all(|(names, longest)| {
        names.len() <= MOST_NAMES && names.iter().all(|name| name.len() <= longest)
    })
}
