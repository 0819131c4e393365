//! Whether a subject reads as that of a fix.

use super::Message;

/// What a commit's subject announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// The repair of a fault.
    Repair,
    /// Neither this nor that.
    Plain,
    /// A refactoring, a feature, a removal, a revert.
    Chore,
}

/// Words that announce a repair, wherever they stand; `*` for any ending.
const REPAIR: &[&str] = &[
    "fix*",
    "bug*",
    "prevent*",
    "avoid*",
    "crash*",
    "segfault*",
    "segmentation",
    "hang*",
    "deadlock*",
    "leak*",
    "race*",
    "overflow*",
    "infinite",
    "recursion",
    "assert*",
    "abort*",
    "dangling",
    "uninitialized",
    "uninitialised",
    "null",
    "incorrect*",
    "wrong*",
    "correct*",
    "missing",
    "properly",
    "handle*",
    "guard*",
    "ensure*",
    "check*",
    "don",
    "freed",
    "refcount*",
    "invalid",
    "broken",
    "failure*",
    "error*",
];

/// First words of subjects that announce anything else.
const CHORE: &[&str] = &[
    "add*",
    "remov*",
    "refactor*",
    "renam*",
    "mov*",
    "clean*",
    "simplif*",
    "convert*",
    "use*",
    "using",
    "implement*",
    "speed*",
    "optimi*",
    "improv*",
    "doc*",
    "typo*",
    "pep",
    "revert*",
    "updat*",
    "split*",
    "introduc*",
    "make",
    "makes",
    "support*",
    "new",
    "deprecat*",
    "port",
    "whitespace",
    "c99",
    "merg*",
    "migrat*",
    "replac*",
    "reorder*",
    "inline*",
    "specializ*",
    "streamlin*",
    "get",
    "restore",
    "enhance*",
    "backed",
    "initial",
    "test*",
    "bump*",
    "enable*",
];

impl Wording {
    /// Reads the subject of a message. What it begins with decides, except that a repair outweighs a chore that is named
    /// first ("Add missing check"), a revert excepted.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        let subject = message.bare_subject();
        let words: Vec<&str> = subject.split(' ').collect();
        let first = words.first().copied().unwrap_or_default();
        let repair = words.iter().any(|word| listed(REPAIR, word));
        match () {
            () if first.starts_with("revert") => Self::Chore,
            () if repair && !listed(CHORE, first) => Self::Repair,
            () if listed(CHORE, first) && !repair => Self::Chore,
            () => Self::Plain,
        }
    }
}

fn listed(list: &[&str], word: &str) -> bool {
    list.iter().any(|entry| match entry.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == *entry,
    })
}
