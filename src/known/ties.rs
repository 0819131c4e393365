//! From an issue to its fixes: what names and commits lead there.

use std::collections::HashSet;

use fixtrail_index::IndexError;
use fixtrail_index::history::{CommitId, IssueRef};
use fixtrail_index::issues::{Issue, IssueSearcher, Link, State, Target};

/// What leads from an issue to its fixes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ties {
    /// Names in commit messages, and commits, each once, the surest first.
    pub fixes: Vec<Tie>,
    /// The issues that it is a duplicate of, the next first.
    pub duplicate_of: Vec<Issue>,
}

/// One way to a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    /// Where it leads.
    pub to: Lead,
    /// How.
    pub via: Via,
}

/// Where a tie leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lead {
    /// To a commit.
    Commit(CommitId),
    /// To the commits whose messages name it.
    Name(IssueRef),
}

/// How an issue leads to a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// A commit closed the issue.
    Closed,
    /// A pull request that is linked to it, or says that it is about it.
    PullRequest,
    /// Its number stands in messages.
    Number,
}

/// Chains of duplicates are followed so far; they may lead in a circle.
const MOST_ISSUES: usize = 6;

/// So many pull requests of one issue are followed.
const MOST_PULLS: usize = 50;

pub(super) fn ties(issue: &Issue, issues: &IssueSearcher) -> Result<Ties, IndexError> {
    let mut ties = Ties::default();
    let mut seen = HashSet::from([issue.key.clone()]);
    let mut queue = vec![issue.clone()];
    while let Some(issue) = queue.pop() {
        for (target, is_duplicate) in ties.follow(&issue, issues)? {
            for next in resolve(&target, issues)? {
                if seen.len() < MOST_ISSUES && seen.insert(next.key.clone()) {
                    if is_duplicate {
                        ties.duplicate_of.push(next.clone());
                    }
                    queue.push(next);
                }
            }
        }
    }
    let mut leads = HashSet::new();
    ties.fixes.sort_by_key(|tie| tie.via);
    ties.fixes.retain(|tie| leads.insert(tie.to));
    Ok(ties)
}

impl Ties {
    fn add(&mut self, to: Lead, via: Via) {
        self.fixes.push(Tie { to, via });
    }

    /// Adds what one issue leads to, and gives the issues to go on with: those that it is a duplicate of, and the upstream
    /// ones that a distribution's bug is about.
    fn follow(
        &mut self,
        issue: &Issue,
        issues: &IssueSearcher,
    ) -> Result<Vec<(Target, bool)>, IndexError> {
        for name in issue.head.iter().flat_map(|head| &head.names) {
            self.add(Lead::Name(*name), Via::Number);
        }
        let mut further = Vec::new();
        for link in issue.all_links() {
            match link {
                Link::Commit(id) => self.add(Lead::Commit(*id), Via::Closed),
                Link::PullRequest(target) => self.pull_request(target, issues)?,
                Link::DuplicateOf(target) | Link::About(target) => {
                    further.push((target.clone(), matches!(link, Link::DuplicateOf(_))));
                    // The other issue need not be known here.
                    let name = match target {
                        Target::Name(name) => Some(*name),
                        Target::Issue(key) => issues.own_number(key).map(IssueRef::Gh),
                    };
                    if let Some(name) = name {
                        self.add(Lead::Name(name), Via::Number);
                    }
                }
            }
        }
        let tied = issues.tied_to(issue)?;
        for pull in tied
            .iter()
            .filter(|other| is_merged(other))
            .take(MOST_PULLS)
        {
            self.merged(pull, issues);
        }
        Ok(further)
    }

    fn pull_request(&mut self, target: &Target, issues: &IssueSearcher) -> Result<(), IndexError> {
        let known = resolve(target, issues)?;
        for pull in known.iter().filter(|pull| is_merged(pull)) {
            self.merged(pull, issues);
        }
        // Only its number may be known; a merged one stands in the subject of its commit.
        if known.is_empty()
            && let Some(number) = number(target, issues)
        {
            self.add(Lead::Name(IssueRef::Pr(number)), Via::PullRequest);
        }
        Ok(())
    }

    fn merged(&mut self, pull: &Issue, issues: &IssueSearcher) {
        for link in pull.all_links() {
            if let Link::Commit(id) = link {
                self.add(Lead::Commit(*id), Via::PullRequest);
            }
        }
        if let Some(number) = issues.own_number(&pull.key) {
            self.add(Lead::Name(IssueRef::Pr(number)), Via::PullRequest);
        }
    }
}

fn is_merged(issue: &Issue) -> bool {
    issue
        .head
        .as_ref()
        .is_some_and(|head| head.pull_request && head.state == State::Merged)
}

fn number(target: &Target, issues: &IssueSearcher) -> Option<u32> {
    match target {
        Target::Issue(key) => issues.own_number(key),
        Target::Name(IssueRef::Pr(number) | IssueRef::Gh(number)) => Some(*number),
        Target::Name(IssueRef::Bpo(_)) => None,
    }
}

fn resolve(target: &Target, issues: &IssueSearcher) -> Result<Vec<Issue>, IndexError> {
    match target {
        Target::Issue(key) => Ok(issues.issue(key)?.into_iter().collect()),
        Target::Name(name) => issues.named(*name),
    }
}
