//! From a fix to the facts of it.

use crate::corpus::limits;
use crate::fixes::{Fix, Outline, Trait};
use crate::history::CommitChanges;
use crate::history::message::identifiers;

/// A fix without words, and the outline that its words gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::corpus) struct Reduced {
    pub(in crate::corpus) fix: Fix,
    pub(in crate::corpus) outline: Outline,
}

/// Takes from a fix everything but facts, which its outline keeps what words told of; `None` for one that changes no code.
pub(in crate::corpus) fn reduce(mut fix: Fix, outline: Outline) -> Option<Reduced> {
    if outline.is(Trait::NoCode) {
        return None;
    }
    let (added, removed) = (fix.main().changes.added, fix.main().changes.removed);
    let mut all = CommitChanges {
        added,
        removed,
        ..CommitChanges::default()
    };
    let (mut mentioned, kinds) = (Vec::new(), fix.kinds());
    for commit in &mut fix.commits {
        let changes = std::mem::take(&mut commit.changes);
        all.files.extend(changes.files);
        all.functions.extend(changes.functions);
        all.calls.extend(changes.calls);
        all.identifiers.extend(changes.identifiers);
        all.tested.extend(changes.tested);
        mentioned.append(&mut commit.message.identifiers);
        let news = changes.news.iter();
        mentioned.extend(news.flat_map(|news| identifiers(&news.text)));
        commit.message.kinds.clear();
        commit.message.subject.clear();
        commit.text.clear();
    }
    let lists = [
        &mut all.files,
        &mut all.functions,
        &mut all.calls,
        &mut all.identifiers,
        &mut all.tested,
        &mut mentioned,
    ];
    for list in lists {
        list.sort_unstable();
        list.dedup();
    }
    let main = fix.commits.first_mut()?;
    main.changes = all;
    main.message.identifiers = mentioned;
    main.message.kinds = kinds;
    limits::keep(&mut fix);
    Some(Reduced { fix, outline })
}
