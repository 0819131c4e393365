//! What is known of a fix at a glance: enough to weigh thousands without reading their records.

use super::Fix;
use crate::history::Purpose;
use crate::history::message::Wording;

/// What is known of a fix without its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// When its first commit was committed, in seconds since 1970.
    pub committed: i64,
    /// Lines that its first commit changes in code, at most 16 million.
    pub lines: u32,
    /// Functions that it changes, at most 16 million.
    pub functions: u32,
    traits: u16,
}

/// What a fix is or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Trait {
    /// Its subject announces a repair.
    Repair,
    /// Its subject announces anything else.
    Chore,
    /// Its messages name a kind of failure.
    NamesFailure,
    /// It changes tests.
    Tests,
    /// It has a NEWS entry.
    News,
    /// Its NEWS entry is about the interpreter.
    CoreNews,
    /// It changes no code that users run.
    NoCode,
    /// All code that it changes is Python.
    PythonAlone,
    /// It was picked to other branches.
    Backported,
    /// The main branch contains it.
    OnMain,
    /// It was taken back.
    Reverted,
}

/// Bits of each of the counts.
const COUNT: u32 = 24;
const MOST: u32 = (1 << COUNT) - 1;

impl Outline {
    /// The outline of a fix.
    #[must_use]
    pub fn of(fix: &Fix) -> Self {
        let changes = &fix.main().changes;
        let purposes = || changes.files.iter().map(|path| (path, Purpose::of(path)));
        let code = || purposes().filter(|(_, purpose)| *purpose == Purpose::Code);
        let wording = Wording::of(&fix.main().message);
        let core = |news: &crate::history::News| news.section.starts_with("Core");
        let traits = [
            (Trait::Repair, wording == Wording::Repair),
            (Trait::Chore, wording == Wording::Chore),
            (Trait::NamesFailure, !fix.kinds().is_empty()),
            (
                Trait::Tests,
                purposes().any(|(_, purpose)| purpose == Purpose::Test),
            ),
            (Trait::News, !changes.news.is_empty()),
            (Trait::CoreNews, changes.news.iter().any(core)),
            (Trait::NoCode, code().next().is_none()),
            (
                Trait::PythonAlone,
                code().next().is_some() && code().all(|(path, _)| path.ends_with(".py")),
            ),
            (Trait::Backported, !fix.backports().is_empty()),
            (
                Trait::OnMain,
                fix.commits.iter().any(|commit| commit.on_main),
            ),
            (Trait::Reverted, fix.reverted_by.is_some()),
        ];
        let set = traits.iter().filter(|(_, holds)| *holds);
        Self {
            committed: fix.main().committed,
            lines: fix.size().min(MOST),
            functions: u32::try_from(changes.functions.len())
                .unwrap_or(MOST)
                .min(MOST),
            traits: set.fold(0, |traits, (one, _)| traits | 1 << *one as u16),
        }
    }

    /// The outline of a fix that has no words any more, by what they had told.
    pub(crate) fn restored(fix: &Fix, traits: u16, functions: u32) -> Self {
        Self {
            committed: fix.main().committed,
            lines: fix.size().min(MOST),
            functions: functions.min(MOST),
            traits,
        }
    }

    /// A bit for each [`Trait`].
    pub(crate) fn traits(&self) -> u16 {
        self.traits
    }

    /// Whether it is so.
    #[must_use]
    pub fn is(&self, one: Trait) -> bool {
        self.traits >> one as u16 & 1 == 1
    }

    /// Traits and counts in one number, and the time as another.
    pub(crate) fn pack(&self) -> (u64, i64) {
        let counts = u64::from(self.lines) << COUNT | u64::from(self.functions);
        (
            u64::from(self.traits) << (2 * COUNT) | counts,
            self.committed,
        )
    }

    /// The reverse of [`Outline::pack`].
    pub(crate) fn unpack(packed: u64, committed: i64) -> Self {
        let count = |at: u32| u32::try_from(packed >> at & u64::from(MOST)).unwrap_or(MOST);
        Self {
            committed,
            lines: count(COUNT),
            functions: count(0),
            traits: u16::try_from(packed >> (2 * COUNT)).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_and_unpacked() {
        let outline = Outline {
            committed: -5,
            lines: MOST,
            functions: 3,
            traits: 1 << Trait::Reverted as u16 | 1 << Trait::Chore as u16,
        };
        let (packed, committed) = outline.pack();
        assert_eq!(Outline::unpack(packed, committed), outline);
        assert!(outline.is(Trait::Reverted) && !outline.is(Trait::Repair));
    }
}
