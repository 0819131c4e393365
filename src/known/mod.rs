//! Known stacks: which report shows the same failure, and what became of it.
//!
//! In: the stacks of a case and the issues of an upstream. Out: [`Known`] issues, the most similar first, each with the
//! stack that is most like the asked one, how like, and the names and commits that lead to its fixes.
//!
//! Candidates are the issues that share the rarest frames, found by the index; each of their stacks is then laid beside
//! the asked one ([`similarity`]).

pub mod similarity;
mod ties;

use std::collections::HashMap;

use fixtrail_index::IndexError;
use fixtrail_index::history::IssueRef;
use fixtrail_index::issues::{Issue, IssueSearcher, KnownStack, Post};
use similarity::{Alignment, Weighed, align};
pub use ties::{Lead, Tie, Ties, Via};

/// An issue with a stack like the asked one.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The issue.
    pub issue: Issue,
    /// Which of its posts has the stack, as an index.
    pub post: usize,
    /// Which of the post's stacks, as an index.
    pub stack: usize,
    /// How like the stacks are, from 0 to 1.
    pub similarity: f32,
    /// The frames that both have, the one that tells most first.
    pub shared: Vec<String>,
    /// What leads to its fixes.
    pub ties: Ties,
}

impl Known {
    /// What the issue is called: by commit messages where they have a name for it, else by its tracker.
    #[must_use]
    pub fn name(&self) -> String {
        let names = self.issue.head.iter().flat_map(|head| &head.names);
        let name = names.min_by_key(|name| matches!(name, IssueRef::Bpo(_)));
        name.map_or_else(|| self.issue.key.to_string(), ToString::to_string)
    }

    /// Whether the stacks are called the same.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.similarity >= SAME
    }

    /// The post with the stack.
    #[must_use]
    pub fn post(&self) -> Option<&Post> {
        self.issue.posts.get(self.post)
    }
}

/// From here on two stacks are most likely of one failure.
pub const SAME: f32 = 0.65;

/// Below this, two stacks have in common what many have.
pub const ALIKE: f32 = 0.4;

/// So many issues are looked at closely.
const CANDIDATES: usize = 80;

/// So many stacks of the case are asked.
const MOST_ASKED: usize = 4;

/// A stack of another thread, or one that a sanitizer shows beside the failure, tells as much less.
const BESIDE: f32 = 0.7;

/// The issues of which a stack is most like one of the asked, best first; at most `most`, and none below `least`. Posts that
/// `skip` names are taken for not there.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged.
pub fn known(
    asked: &[KnownStack],
    issues: &IssueSearcher,
    (most, least): (usize, f32),
    skip: &dyn Fn(&Issue, &Post) -> bool,
) -> Result<Vec<Known>, IndexError> {
    let mut rarities = Rarities {
        issues,
        known: HashMap::new(),
    };
    let asked = weighed_asked(asked, &mut rarities)?;
    let frames: Vec<(&str, f32)> = asked
        .iter()
        .flat_map(|asked| asked.frames.iter().map(|frame| (frame.term, frame.share)))
        .collect();
    let mut found = Vec::new();
    for issue in issues.sharing(&frames, CANDIDATES)? {
        if let Some(known) = best_stack(&asked, issue, &mut rarities, skip)? {
            found.push(known);
        }
    }
    found.retain(|known| known.similarity >= least);
    // Of equally like ones the older: the others are its duplicates.
    found.sort_by(|a, b| {
        let older = || a.issue.key.cmp(&b.issue.key);
        b.similarity.total_cmp(&a.similarity).then_with(older)
    });
    found.truncate(most);
    for known in &mut found {
        known.ties = ties::ties(&known.issue, issues)?;
    }
    Ok(found)
}

/// Rarities of frames, each looked up once.
struct Rarities<'i> {
    issues: &'i IssueSearcher,
    known: HashMap<String, f32>,
}

impl Rarities<'_> {
    fn of(&mut self, term: &str) -> Result<f32, IndexError> {
        if let Some(&rarity) = self.known.get(term) {
            return Ok(rarity);
        }
        let rarity = self.issues.rarity(term)?;
        self.known.insert(term.to_owned(), rarity);
        Ok(rarity)
    }

    fn weigh<'s>(&mut self, stack: &'s KnownStack) -> Result<Weighed<'s>, IndexError> {
        let rarities = stack.frames.iter().map(|frame| self.of(&frame.term));
        Ok(Weighed::new(
            stack,
            &rarities.collect::<Result<Vec<_>, _>>()?,
        ))
    }
}

fn weighed_asked<'s>(
    asked: &'s [KnownStack],
    rarities: &mut Rarities<'_>,
) -> Result<Vec<Weighed<'s>>, IndexError> {
    let main: Vec<&KnownStack> = asked.iter().filter(|stack| stack.main).collect();
    let chosen = if main.is_empty() {
        asked.iter().collect()
    } else {
        main
    };
    let chosen = chosen.into_iter().take(MOST_ASKED);
    chosen.map(|stack| rarities.weigh(stack)).collect()
}

fn best_stack(
    asked: &[Weighed<'_>],
    issue: Issue,
    rarities: &mut Rarities<'_>,
    skip: &dyn Fn(&Issue, &Post) -> bool,
) -> Result<Option<Known>, IndexError> {
    let mut best: Option<(f32, usize, usize, Vec<String>)> = None;
    for (at, post) in issue.posts.iter().enumerate() {
        if skip(&issue, post) {
            continue;
        }
        for (number, stack) in post.stacks.iter().enumerate() {
            let theirs = rarities.weigh(stack)?;
            for mine in asked {
                let alignment = align(mine, &theirs);
                let similarity = alignment.similarity() * if stack.main { 1.0 } else { BESIDE };
                if best.as_ref().is_none_or(|(known, ..)| *known < similarity) {
                    best = Some((similarity, at, number, shared(mine, &alignment)));
                }
            }
        }
    }
    Ok(best.map(|(similarity, post, stack, shared)| Known {
        issue,
        post,
        stack,
        similarity,
        shared,
        ties: Ties::default(),
    }))
}

fn shared(mine: &Weighed<'_>, alignment: &Alignment) -> Vec<String> {
    let mut frames: Vec<_> = alignment
        .pairs
        .iter()
        .map(|&(at, _)| &mine.frames[at])
        .collect();
    frames.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut names: Vec<String> = Vec::new();
    for frame in frames.into_iter().filter(|frame| frame.weight > 0.0) {
        if !names.iter().any(|name| name == frame.term) {
            names.push(frame.term.to_owned());
        }
    }
    names
}
