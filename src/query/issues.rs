//! Clues of known issues: what leads from a report of the same failure to its fixes.

use fixtrail_index::Field;
use fixtrail_index::history::IssueRef;

use super::{ClueKind, Query};
use crate::known::{ALIKE, Known, Lead, Via};

/// So many issues are followed.
const MOST: usize = 5;

impl Query {
    /// Adds the issues whose stacks are alike, each worth as much as its stack is like the asked one.
    pub fn known_issues(&mut self, known: &[Known]) {
        for known in known.iter().take(MOST) {
            self.follow(known, weight(known.similarity));
        }
    }

    /// Adds what leads from one issue to its fixes.
    pub(crate) fn follow(&mut self, known: &Known, weight: f32) {
        let Some(clue) = self.clue(ClueKind::KnownIssue, &known.name(), None, weight) else {
            return;
        };
        for tie in &known.ties.fixes {
            let sure = surety(tie.via);
            match tie.to {
                Lead::Commit(id) => self.term(clue, Field::Commit, id.to_string(), sure),
                // GitHub numbers issues and pull requests together; messages tell them apart by chance.
                Lead::Name(IssueRef::Gh(number) | IssueRef::Pr(number)) => {
                    self.term(clue, Field::Issue, IssueRef::Gh(number).to_string(), sure);
                    self.term(clue, Field::Issue, IssueRef::Pr(number).to_string(), sure);
                }
                Lead::Name(name) => self.term(clue, Field::Issue, name.to_string(), sure),
            }
        }
    }
}

/// From here on an issue counts in full. Two victims of damage done elsewhere were alike up to 0.73.
const FULL: f32 = 0.85;

/// What an issue is worth by how alike its stack is: nothing where many are as much alike, all where it is most likely of
/// the same failure.
fn weight(similarity: f32) -> f32 {
    ((similarity - ALIKE) / (FULL - ALIKE)).clamp(0.0, 1.0)
}

/// A number in a message may be of a commit that only speaks of the issue.
fn surety(via: Via) -> f32 {
    match via {
        Via::Closed | Via::PullRequest => 1.0,
        Via::Number => 0.9,
    }
}
