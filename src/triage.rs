//! The main job: evidence in, the fixing commits out, every stage in its turn.

use fixtrail_index::{CPYTHON, IndexError, Limits, Manifest, Searcher, Version};

use fixtrail_index::fixes::Fix;
use fixtrail_index::history::{Containment, IssueRef};
use fixtrail_index::issues::{Issue, KnownStack, Post};

use crate::case::Case;
use crate::evidence::Problem;
use crate::issues::stacks_of;
use crate::known::{ALIKE, Known, Lead, known};
use crate::query::{Query, query};
use crate::ranking::{Ranking, Running, rank};
use crate::routing::{Routes, sightings};
use crate::signature::Signature;

/// Everything a report says of one input.
#[derive(Debug, Clone)]
pub struct Triage {
    /// What the input holds.
    pub case: Case,
    /// What is looked for.
    pub signature: Signature,
    /// The answer, of all indexes together.
    pub ranking: Ranking,
    /// Issues with a stack like this one, the most alike first.
    pub known: Vec<KnownIssue>,
    /// The indexes, in the order in which they were given.
    pub indexes: Vec<IndexUse>,
}

/// An issue with a stack like the asked one, and what became of it.
#[derive(Debug, Clone)]
pub struct KnownIssue {
    /// The issue.
    pub known: Known,
    /// The upstream beside whose index it is kept.
    pub upstream: String,
    /// The fixes that it leads to, as far as the index has them.
    pub fixes: Vec<KnownFix>,
}

/// A fix of a known issue.
#[derive(Debug, Clone)]
pub struct KnownFix {
    /// The fix.
    pub fix: Fix,
    /// First release of each series with it, oldest series first.
    pub first_releases: Vec<Version>,
    /// Whether the running version has it.
    pub containment: Containment,
}

/// What triage is told beside the evidence.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The version of Python, instead of what the case shows; where there is one index only, of its upstream.
    pub python: Option<&'a Version>,
    /// So many verdicts are given at most, best first.
    pub most: usize,
    /// Posts of known issues that are taken for not there.
    pub skip: &'a (dyn Fn(&Issue, &Post) -> bool + Sync),
}

impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Asked");
        shown
            .field("python", &self.python)
            .field("most", &self.most);
        shown.finish_non_exhaustive()
    }
}

impl<'a> Asked<'a> {
    /// Asks for so many verdicts.
    #[must_use]
    pub fn new(python: Option<&'a Version>, most: usize) -> Self {
        Self {
            python,
            most,
            skip: &|_, _| false,
        }
    }
}

/// An index, and what was asked of it.
#[derive(Debug, Clone)]
pub struct IndexUse {
    /// What it is of.
    pub manifest: Manifest,
    /// How many frames of the thread that matters are its upstream's.
    pub frames: usize,
    /// Whether it was searched: one of them may be where the failure is.
    pub searched: bool,
    /// What of the upstream the process runs, where it is known.
    pub running: Option<Running>,
    /// What was looked for; nothing in an index that was not searched.
    pub query: Query,
}

/// Finds the fixes for what a case shows, in the index of each upstream those for the frames that it owns, and through the
/// issues that are known beside it.
///
/// # Errors
///
/// [`IndexError`] when an index is damaged.
pub fn triage(
    mut case: Case,
    searchers: &[Searcher],
    routes: &Routes,
    asked: Asked<'_>,
) -> Result<Triage, IndexError> {
    let signature = case.signature();
    let stacks = if searchers.iter().any(|searcher| searcher.issues().is_some()) {
        stacks_of(&case)
    } else {
        Vec::new()
    };
    let upstream = |searcher: &'_ Searcher| searcher.manifest().upstream.clone();
    let upstreams: Vec<String> = searchers.iter().map(upstream).collect();
    let upstreams: Vec<&str> = upstreams.iter().map(String::as_str).collect();
    let (mut indexes, mut rankings, mut issues) = (Vec::new(), Vec::new(), Vec::new());
    let dealt = routes.routes(&signature, &case.facts, &upstreams);
    for (route, searcher) in dealt.into_iter().zip(searchers) {
        let given = asked
            .python
            .filter(|_| route.upstream == CPYTHON || searchers.len() == 1);
        let mut index = IndexUse {
            manifest: searcher.manifest().clone(),
            frames: route.frames,
            searched: route.searched,
            running: Running::told(&sightings(&route.upstream, &case), given, searcher),
            query: Query::default(),
        };
        if route.searched {
            index.query = query(&route.signature, &route.facts, searcher.code());
            let found = known_beside(&stacks, searcher, asked)?;
            index.query.known_issues(&found);
            rankings.push(rank(
                searcher,
                &index.query,
                index.running.as_ref(),
                asked.most,
            )?);
            for known in found {
                issues.push(KnownIssue {
                    upstream: route.upstream.clone(),
                    fixes: fixes(&known, searcher, index.running.as_ref())?,
                    known,
                });
            }
        }
        indexes.push(index);
    }
    issues.sort_by(|a, b| b.known.similarity.total_cmp(&a.known.similarity));
    case.problems.extend(left_out(&indexes));
    Ok(Triage {
        case,
        signature,
        ranking: Ranking::merged(rankings, asked.most),
        known: issues,
        indexes,
    })
}

/// So many known issues of one upstream are shown and followed.
const MOST_KNOWN: usize = 5;

fn known_beside(
    stacks: &[KnownStack],
    searcher: &Searcher,
    asked: Asked<'_>,
) -> Result<Vec<Known>, IndexError> {
    match searcher.issues() {
        Some(issues) => known(stacks, issues, (MOST_KNOWN, ALIKE), asked.skip),
        None => Ok(Vec::new()),
    }
}

/// The fixes that an issue leads to: those that name it in their subject, and those of its commits.
fn fixes(
    known: &Known,
    searcher: &Searcher,
    running: Option<&Running>,
) -> Result<Vec<KnownFix>, IndexError> {
    let mut query = Query::default();
    query.follow(known, 1.0);
    let terms: Vec<_> = query.terms.iter().map(|(_, term)| term.clone()).collect();
    let version = running.map(Running::version_for_search);
    let limits = Limits {
        open: MOST_FIXES,
        contained: MOST_FIXES,
    };
    let found = searcher.search(&terms, version.as_ref(), limits)?;
    let mut fixes = Vec::new();
    for candidate in found.open.iter().chain(&found.contained) {
        let fix = searcher.fix(candidate)?;
        if fix.reverted_by.is_none() && leads_to(known, &fix) {
            fixes.push(KnownFix {
                fix,
                first_releases: candidate.first_releases.clone(),
                containment: candidate.containment.clone(),
            });
        }
    }
    // The first to be made is the fix, what names the issue later is most often a follow-up.
    fixes.sort_by_key(|known| known.fix.main().committed);
    Ok(fixes)
}

/// So many fixes of one issue are looked at.
const MOST_FIXES: usize = 12;

fn leads_to(known: &Known, fix: &Fix) -> bool {
    let number = |name: &IssueRef| match name {
        IssueRef::Gh(number) | IssueRef::Pr(number) => (true, *number),
        IssueRef::Bpo(number) => (false, *number),
    };
    let named = fix.issues();
    known.ties.fixes.iter().any(|tie| match &tie.to {
        Lead::Commit(id) => fix
            .commits
            .iter()
            .any(|commit| commit.id == *id || commit.message.cherry_picked_from.contains(id)),
        Lead::Name(name) => named.iter().any(|other| number(other) == number(name)),
    })
}

fn left_out(indexes: &[IndexUse]) -> Option<Problem> {
    let left_out: usize = indexes
        .iter()
        .map(|index| index.query.frames_left_out)
        .sum();
    let what = format!("{left_out} outer frames were not looked for");
    (left_out > 0).then(|| Problem::of(what))
}
