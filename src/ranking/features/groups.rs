//! The features that count clues of some kinds in some fields.

use fixtrail_index::Field;

use super::{Basis, Feature};
use crate::query::ClueKind;

/// Matches that one feature counts: clues of some kinds in some fields.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: &'static str,
    kinds: &'static [ClueKind],
    fields: &'static [Field],
    /// How its clues are counted together.
    pub(super) count: Count,
    /// What a match is worth to the search for candidates, where features do not know of each other yet.
    pub(super) search: f32,
    pub(super) basis: Basis,
    what: &'static str,
}

impl Group {
    pub(super) fn feature(&self) -> Feature {
        Feature {
            name: self.name,
            basis: self.basis,
            what: self.what,
        }
    }
}

/// How the clues of a group are counted together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Count {
    /// Each further clue adds as much less than the one before, in the order of their worth.
    Falling(f32),
    /// As a share of what all clues of the group are worth, found or not.
    Share,
}

const FRAMES: Count = Count::Falling(0.85);
const MANY: Count = Count::Falling(0.7);
const SHARE: Count = Count::Share;

const fn group(
    name: &'static str,
    kinds: &'static [ClueKind],
    fields: &'static [Field],
    count: Count,
    search: f32,
    what: &'static str,
) -> Group {
    Group {
        name,
        kinds,
        fields,
        count,
        search,
        basis: Basis::Evidence,
        what,
    }
}

const fn of_issues(group: Group) -> Group {
    Group {
        basis: Basis::Issues,
        ..group
    }
}

const fn harvested(group: Group) -> Group {
    Group {
        basis: Basis::Harvest,
        ..group
    }
}

use ClueKind as K;
use Field as F;

/// Every group; a kind and a field belong to one at most.
#[rustfmt::skip]
pub(super) const GROUPS: &[Group] = &[
    group("function-changed", &[K::Function, K::FailedIn], &[F::Function], FRAMES, 1.2, "frames whose function it changes"),
    group("function-mentioned", &[K::Function, K::FailedIn], &[F::Mentioned], FRAMES, 1.3, "frames whose function its message names"),
    group("function-called", &[K::Function, K::FailedIn], &[F::Call], FRAMES, 0.5, "frames whose function is called on its lines"),
    group("function-on-lines", &[K::Function, K::FailedIn], &[F::Identifier], FRAMES, 0.4, "frames whose function stands on its lines"),
    group("callee-changed", &[K::Callee], &[F::Function], MANY, 0.4, "it changes what a frame's function calls"),
    group("caller-changed", &[K::Caller], &[F::Function], MANY, 0.3, "it changes what calls a frame's function"),
    group("name-part", &[K::NamePart], &[F::Part], SHARE, 0.2, "words of the frames' functions in its names"),
    group("source-file", &[K::SourceFile], &[F::File], FRAMES, 0.8, "files of frames that it changes"),
    group("module-file", &[K::Module], &[F::File], MANY, 0.4, "it changes the file of an extension module"),
    group("module-mentioned", &[K::Module], &[F::Mentioned], MANY, 0.3, "its message names an extension module"),
    group("python-function", &[K::PythonFrame], &[F::Function], FRAMES, 0.8, "Python functions that it changes, in a file of the stack"),
    group("python-file", &[K::PythonFrame], &[F::File], FRAMES, 0.7, "files of Python frames that it changes"),
    group("python-mentioned", &[K::PythonFrame, K::PythonModule], &[F::Mentioned], FRAMES, 0.7, "its message names a Python frame or its module"),
    group("python-module-word", &[K::PythonModule], &[F::Word, F::Part], MANY, 0.2, "the last name of a Python module in its words"),
    group("built-in", &[K::BuiltIn], &[F::Mentioned], MANY, 0.7, "its message names the method that Python code called"),
    group("source-mentioned", &[K::SourceName], &[F::Mentioned], MANY, 0.5, "its message names what stands in a Python source line"),
    group("source-part", &[K::SourceName], &[F::Part], SHARE, 0.2, "names of a Python source line among its names"),
    harvested(group("source-tested", &[K::SourceName, K::BuiltIn], &[F::Tested], MANY, 0.3, "names of a Python source line in its tests")),
    group("reached-changed", &[K::Reached], &[F::Function], MANY, 0.5, "it changes C functions that a Python source line reaches"),
    group("reached-mentioned", &[K::Reached], &[F::Mentioned], MANY, 0.5, "its message names C functions that a Python source line reaches"),
    group("reached-on-lines", &[K::Reached], &[F::Call, F::Identifier], MANY, 0.2, "C functions that a Python source line reaches on its lines"),
    group("type", &[K::Type], &[F::Mentioned, F::Part], MANY, 0.3, "types of arguments among its names"),
    group("type-file", &[K::Type], &[F::File], MANY, 0.3, "it changes the file that defines an argument's type"),
    group("text-mentioned", &[K::TextName], &[F::Mentioned], MANY, 0.5, "its message names what the text names"),
    group("text-changed", &[K::TextName], &[F::Function], MANY, 0.4, "it changes functions that the text names"),
    group("text-part", &[K::TextName], &[F::Part], SHARE, 0.2, "names of the text among its names"),
    harvested(group("text-tested", &[K::TextName], &[F::Tested], MANY, 0.3, "names of the text in its tests")),
    group("text-reached-changed", &[K::TextReached], &[F::Function], MANY, 0.4, "it changes C functions that names of the text reach"),
    group("text-reached-mentioned", &[K::TextReached], &[F::Mentioned], MANY, 0.4, "its message names C functions that names of the text reach"),
    group("other-thread", &[K::OtherThread], &[F::Function, F::Mentioned], MANY, 0.3, "functions on other threads"),
    group("other-thread-file", &[K::OtherThread], &[F::File], MANY, 0.3, "files of Python frames on other threads"),
    group("failure-on-lines", &[K::FailureText], &[F::Identifier, F::Call], MANY, 0.6, "names of the failed check on its lines"),
    group("failure-mentioned", &[K::FailureText], &[F::Mentioned], MANY, 0.6, "its message names what the failed check does"),
    group("error-word", &[K::MessageWord], &[F::Word], MANY, 0.15, "words of the error in its message"),
    group("exception", &[K::Exception], &[F::Mentioned], MANY, 0.4, "its message names an exception of the evidence"),
    group("exception-on-lines", &[K::Exception], &[F::Identifier], MANY, 0.2, "an exception of the evidence on its lines"),
    group("state", &[K::InterpreterState], &[F::Word], MANY, 0.15, "words for what the interpreter was about"),
    of_issues(group("known-issue", &[K::KnownIssue], &[F::Issue, F::Commit], MANY, 3.0, "issues with a stack like this one that it closes")),
    harvested(group("kind", &[K::Kind], &[F::Kind], MANY, 0.7, "its message speaks of this kind of failure")),
    harvested(group("hang-kind", &[K::HangKind], &[F::Kind], MANY, 0.7, "its message speaks of this kind of hang")),
];

pub(super) fn group_of(kind: ClueKind, field: Field) -> Option<&'static Group> {
    let holds = |group: &&Group| group.kinds.contains(&kind) && group.fields.contains(&field);
    GROUPS.iter().find(holds)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_kind_and_a_field_belong_to_one_group() {
        let mut seen = BTreeSet::new();
        for group in GROUPS {
            for kind in group.kinds {
                for field in group.fields {
                    let pair = (format!("{kind:?}"), *field);
                    assert!(seen.insert(pair), "{kind:?} {field:?}");
                }
            }
        }
    }
}
