//! Where people read of a fix.

use fixtrail_index::CPYTHON;
use fixtrail_index::history::{CommitId, IssueRef};

use crate::ranking::Verdict;

/// Where `CPython` is developed; GitHub leads from `issues/N` to a pull request of that number.
const REPOSITORY: &str = "https://github.com/python/cpython";

/// The page of a commit; only of `CPython` is it known where that is.
pub(super) fn commit(upstream: &str, id: CommitId) -> Option<String> {
    (upstream == CPYTHON).then(|| format!("{REPOSITORY}/commit/{id}"))
}

/// The page of an issue or pull request.
pub(super) fn issue(upstream: &str, issue: IssueRef) -> Option<String> {
    (upstream == CPYTHON).then(|| match issue {
        IssueRef::Gh(number) => format!("{REPOSITORY}/issues/{number}"),
        IssueRef::Pr(number) => format!("{REPOSITORY}/pull/{number}"),
        IssueRef::Bpo(number) => format!("https://bugs.python.org/issue{number}"),
    })
}

/// Addresses of the upstream issue of a fix, the best first: of trackers that name bugs elsewhere, many take those of
/// GitHub's issues alone.
#[must_use]
pub fn upstream_issues(verdict: &Verdict) -> Vec<String> {
    let mut issues: Vec<IssueRef> = verdict.fix.issues().into_iter().collect();
    issues.sort_by_key(|issue| match issue {
        IssueRef::Gh(_) => 0,
        IssueRef::Bpo(_) => 1,
        IssueRef::Pr(_) => 2,
    });
    let links = issues.into_iter();
    links
        .filter_map(|each| issue(&verdict.upstream, each))
        .collect()
}
