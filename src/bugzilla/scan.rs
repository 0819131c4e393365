//! Many bugs, a few at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::{Bug, BugQuery, BugzillaError, Server};

/// So many bugs are listed at once.
const PAGE: usize = 100;

/// So many bugs in a row without an answer from the server are enough.
const MOST_FAILURES: usize = 5;

/// How a scan is done.
#[derive(Debug, Clone, Copy)]
pub struct ScanOptions {
    /// So many bugs are looked at, at most.
    pub most: usize,
    /// So many of them at the same time.
    pub jobs: usize,
}

/// Looks at every bug that a query finds: `work` by several threads, `done` as results come, by the calling one.
///
/// # Errors
///
/// [`BugzillaError`] where the list ends early, the key is refused, or the server does not answer any more; what was done
/// stays done. An error of `done` ends the scan, too.
pub fn scan<T: Send, E: From<BugzillaError>>(
    server: &Server<'_>,
    query: &BugQuery,
    options: ScanOptions,
    work: impl Fn(&Bug) -> Result<T, BugzillaError> + Sync,
    mut done: impl FnMut(Bug, Result<T, BugzillaError>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut offset, mut failures) = (0, 0);
    while offset < options.most {
        let size = PAGE.min(options.most - offset);
        let page = server.search(query, offset, size)?;
        if page.is_empty() {
            break;
        }
        offset += page.len();
        let mut stop = None;
        each(page, options.jobs, &work, |bug, result| {
            failures = match &result {
                Err(BugzillaError::Server { .. } | BugzillaError::Doubtful { .. }) => failures + 1,
                _ => 0,
            };
            let ends = match &result {
                Err(error) if is_final(error) || failures >= MOST_FAILURES => {
                    Some(E::from(error.clone()))
                }
                _ => None,
            };
            stop = done(bug, result).err().or(ends);
            stop.is_none()
        });
        if let Some(error) = stop {
            return Err(error);
        }
    }
    Ok(())
}

/// Whether every other bug would fail like this one.
fn is_final(error: &BugzillaError) -> bool {
    matches!(
        error,
        BugzillaError::Client(_)
            | BugzillaError::Unprotected { .. }
            | BugzillaError::KeyRefused { .. }
            | BugzillaError::KeyUnheard { .. }
            | BugzillaError::Account { .. }
            | BugzillaError::Moved { .. }
    )
}

/// Works on the bugs of a page until `done` says no.
fn each<T: Send>(
    page: Vec<Bug>,
    jobs: usize,
    work: impl Fn(&Bug) -> Result<T, BugzillaError> + Sync,
    mut done: impl FnMut(Bug, Result<T, BugzillaError>) -> bool,
) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (results, come) = mpsc::channel();
        for _ in 0..jobs.clamp(1, page.len()) {
            let results = results.clone();
            let (next, page, work) = (&next, &page, &work);
            scope.spawn(move || {
                while let Some(bug) = page.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Nobody listens any more once the scan has ended.
                    if results.send((bug.clone(), work(bug))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(results);
        for (bug, result) in come {
            if !done(bug, result) {
                next.store(page.len(), Ordering::Relaxed);
                break;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bug_is_worked_on_once_until_it_is_enough() {
        let page: Vec<Bug> = (1..=20)
            .map(|id| Bug {
                id,
                ..Bug::default()
            })
            .collect();
        let mut seen = Vec::new();
        each(
            page.clone(),
            3,
            |bug| Ok(bug.id * 2),
            |bug, result| {
                assert_eq!(result, Ok(bug.id * 2));
                seen.push(bug.id);
                true
            },
        );
        seen.sort_unstable();
        assert_eq!(seen, (1..=20).collect::<Vec<_>>());
        let mut count = 0;
        each(
            page,
            3,
            |_| Ok(()),
            |_, _| {
                count += 1;
                count < 4
            },
        );
        assert_eq!(count, 4);
    }
}
