//! What closed the issues with stacks: their timelines, and the commits of the pull requests in these.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fixtrail_index::issues::{Link, State, Target};
use serde_json::Value;

use super::server::{Answered, Server};
use super::{FetchError, Run};
use crate::issues::ImportError;
use crate::issues::records::{self, Read, timeline};

/// So many are taken in at a time.
const BATCH: usize = 60;

impl Run<'_, '_> {
    /// Reads the timelines that are not read yet, and the pull requests that they tell of.
    pub(super) fn timelines(&mut self) -> Result<(), FetchError> {
        let tracker = self.place.tracker.clone();
        let numbers = self
            .writer
            .without_events(&tracker)
            .map_err(ImportError::from)?;
        for batch in numbers.chunks(BATCH) {
            let server = self.server;
            let read = at_once(server, batch, |number| events(server, number))?;
            server.came("timelines", batch.len());
            let place = self.place;
            let records = batch
                .iter()
                .zip(read)
                .map(|(&number, events)| Ok(timeline(place.key(number), events)));
            self.keep(records.collect())?;
            self.pull_requests(batch)?;
        }
        Ok(())
    }

    /// Reads the commits of the merged pull requests that issues are linked to.
    fn pull_requests(&mut self, issues: &[u64]) -> Result<(), FetchError> {
        let mut wanted = BTreeSet::new();
        for &number in issues {
            let issue = self
                .writer
                .issue(&self.place.key(number))
                .map_err(ImportError::from)?;
            let links = issue.iter().flat_map(|issue| issue.all_links());
            let pulls = links.filter_map(|link| match link {
                Link::PullRequest(Target::Issue(key)) if key.tracker == self.place.tracker => {
                    Some(key.number)
                }
                _ => None,
            });
            wanted.extend(pulls);
        }
        let mut missing = Vec::new();
        for number in wanted {
            let pull = self
                .writer
                .issue(&self.place.key(number))
                .map_err(ImportError::from)?;
            let is_merged = pull
                .as_ref()
                .and_then(|pull| pull.head.as_ref())
                .is_some_and(|head| head.state == State::Merged);
            let has_commit = pull
                .iter()
                .flat_map(|pull| &pull.links)
                .any(|link| matches!(link, Link::Commit(_)));
            if is_merged && !has_commit {
                missing.push(number);
            }
        }
        let server = self.server;
        let read = at_once(server, &missing, |number| {
            let url = server.address(&format!("pulls/{number}"), &[]);
            Ok(match server.get(&url, None)? {
                Answered::Page(page) => page.values,
                Answered::Unchanged | Answered::Gone => Vec::new(),
            })
        })?;
        server.came("pull requests", missing.len());
        let records: Vec<Read> = read
            .into_iter()
            .flatten()
            .flat_map(|value| records::of_value(value, None))
            .collect();
        self.keep(records)
    }
}

/// All events of an issue; none of one that is gone.
fn events(server: &Server<'_>, number: u64) -> Result<Vec<Value>, FetchError> {
    let size = server.settings.page.to_string();
    let mut next =
        Some(server.address(&format!("issues/{number}/timeline"), &[("per_page", &size)]));
    let mut events = Vec::new();
    while let Some(url) = next {
        match server.get(&url, None)? {
            Answered::Page(page) => {
                events.extend(page.values);
                // A server that sends elsewhere would get the token.
                next = page
                    .next
                    .filter(|next| next.origin() == url.origin() && *next != url);
            }
            Answered::Unchanged | Answered::Gone => {
                server.is_there()?;
                break;
            }
        }
    }
    Ok(events)
}

/// What comes of each number, in their order; several are asked for at once.
fn at_once(
    server: &Server<'_>,
    numbers: &[u64],
    ask: impl Fn(u64) -> Result<Vec<Value>, FetchError> + Sync,
) -> Result<Vec<Vec<Value>>, FetchError> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..server.settings.in_flight.clamp(1, numbers.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&number) = numbers.get(at) else {
                        return;
                    };
                    let answer = ask(number);
                    let failed = answer.is_err();
                    if let Ok(mut found) = found.lock() {
                        found.push((at, answer));
                    }
                    if failed {
                        // The others need not begin.
                        next.store(numbers.len(), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_default();
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, answer)| answer).collect()
}
