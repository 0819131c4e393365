//! Lists that are ordered by when their records were last changed, read whole although records change meanwhile.
//!
//! A record that is changed moves to the end of the list, and those behind it move up, over the edge of a page: what stood
//! first on page 3 stands last on page 2 when page 3 is asked for, and would be missed. Therefore
//!
//! - each window of pages begins anew at the time of the last record that came, so that only what changes or is deleted
//!   during one window can move anything in it;
//! - the last page of a window is asked for before the others, which are asked for at once, and again behind them: whatever
//!   moved a record in between moved those of the last page, too. The first page, which came before the last, is looked at again;
//! - if something moved, the pages are asked for once more, one by one from the last to the first: what moves up then comes to a
//!   page that has not been read yet.
//!
//! A time may be that of more records than a window has (GitHub's own migrations change thousands within a second); then the next
//! window goes on behind it, over its last page once more.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::server::{Answered, Page, Server};
use super::{FetchError, Run};
use crate::issues::records;

/// A list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// Issues and pull requests.
    Issues,
    /// Comments on all of them.
    Comments,
}

/// GitHub's documentation says that `since` means *after*; what it gives is *from then on*. A second more is safe with both.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl Listing {
    fn path(self) -> &'static str {
        match self {
            Self::Issues => "issues",
            Self::Comments => "issues/comments",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Issues => "issues",
            Self::Comments => "comments",
        }
    }
}

/// Pages of one list from one time on.
struct Window<'w, 's> {
    server: &'w Server<'s>,
    listing: Listing,
    since: Option<&'w str>,
    /// The first of its pages.
    base: usize,
}

/// What a window holds.
enum Filled {
    /// All of it is known.
    Unchanged,
    /// Its pages in order; the last one has room left if it is the end of the list.
    Pages(Vec<Page>),
}

impl Run<'_, '_> {
    /// Reads a list from where the last fetch ended to its end.
    pub(super) fn list(&mut self, listing: Listing) -> Result<(), FetchError> {
        let server = self.server;
        let size = server.settings.page;
        let (mut base, mut first) = (1, true);
        loop {
            let (since, tag) = self.mark(listing);
            let window = Window {
                server,
                listing,
                since: since.as_deref(),
                base,
            };
            let pages = match window.fill(tag.as_deref().filter(|_| first))? {
                Filled::Unchanged => return Ok(()),
                Filled::Pages(pages) => pages,
            };
            first = false;
            let is_end = pages.last().is_none_or(|page| page.values.len() < size);
            let last = pages
                .iter()
                .rev()
                .find_map(|page| changed(page.values.last()?));
            let advances = last
                .as_deref()
                .is_some_and(|last| since.as_deref() != Some(last));
            // Only the answer to the very question that the next fetch begins with can tell it that nothing is new; and only a
            // page with room left, as a full one stays the same whatever comes behind it.
            let same_question = is_end && !advances && base == 1 && pages.len() == 1;
            let tag = pages
                .first()
                .and_then(|page| page.tag.clone())
                .filter(|_| same_question);
            self.set_mark(listing, last.or(since), tag);
            let values: Vec<Value> = pages.into_iter().flat_map(|page| page.values).collect();
            server.came(listing.name(), values.len());
            self.keep(
                values
                    .into_iter()
                    .flat_map(|value| records::of_value(value, None))
                    .collect(),
            )?;
            if is_end && !advances {
                return Ok(());
            }
            // Over the last page once more: what was changed meanwhile moves the others up.
            base = if advances {
                1
            } else {
                base + server.settings.in_flight.max(2) - 1
            };
        }
    }

    fn mark(&self, listing: Listing) -> (Option<String>, Option<String>) {
        let cursor = &self.cursor;
        match listing {
            Listing::Issues => (cursor.issues.clone(), cursor.issues_tag.clone()),
            Listing::Comments => (cursor.comments.clone(), cursor.comments_tag.clone()),
        }
    }

    fn set_mark(&mut self, listing: Listing, since: Option<String>, tag: Option<String>) {
        let cursor = &mut self.cursor;
        match listing {
            Listing::Issues => (cursor.issues, cursor.issues_tag) = (since, tag),
            Listing::Comments => (cursor.comments, cursor.comments_tag) = (since, tag),
        }
    }
}

/// Which versions of which records a page has.
fn versions(page: &Page) -> Vec<(Option<u64>, Option<String>)> {
    let values = page.values.iter();
    values
        .map(|value| {
            (
                value
                    .get("id")
                    .or(value.get("number"))
                    .and_then(Value::as_u64),
                changed(value),
            )
        })
        .collect()
}

/// When a record was last changed, in the server's words.
fn changed(value: &Value) -> Option<String> {
    Some(value.get("updated_at")?.as_str()?.to_owned())
}

impl Window<'_, '_> {
    fn fill(&self, tag: Option<&str>) -> Result<Filled, FetchError> {
        let first = match self.server.get(&self.address(self.base), tag)? {
            Answered::Unchanged => return Ok(Filled::Unchanged),
            Answered::Gone => return Err(self.server.missing()),
            Answered::Page(page) => page,
        };
        if first.values.len() < self.server.settings.page {
            return Ok(Filled::Pages(vec![first]));
        }
        let last = self.base + self.server.settings.in_flight.max(2) - 1;
        let end = self.page(last)?;
        // Behind the end of the list nothing shows whether something moved. What is new there does not matter.
        let mut is_still = !end.values.is_empty() && self.is_still(self.base, &first)?;
        let mut pages = vec![first];
        if is_still {
            pages.extend(self.at_once(self.base + 1, last)?);
            is_still = self.is_still(last, &end)?;
            pages.push(end);
        }
        if !is_still {
            pages = self.backwards(last)?;
        }
        // Behind the end of the list there are empty pages.
        let end = pages
            .iter()
            .position(|page| page.values.len() < self.server.settings.page);
        pages.truncate(end.map_or(pages.len(), |end| end + 1));
        Ok(Filled::Pages(pages))
    }

    /// Pages before another, each asked for by a thread of its own.
    fn at_once(&self, from: usize, end: usize) -> Result<Vec<Page>, FetchError> {
        let next = AtomicUsize::new(from);
        let found = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in from..end {
                scope.spawn(|| {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let page = self.page(number);
                    if let Ok(mut found) = found.lock() {
                        found.push((number, page));
                    }
                });
            }
        });
        let mut found = found.into_inner().unwrap_or_default();
        found.sort_by_key(|(number, _)| *number);
        found.into_iter().map(|(_, page)| page).collect()
    }

    /// The pages of the window one by one from the last to the first.
    fn backwards(&self, last: usize) -> Result<Vec<Page>, FetchError> {
        let numbers = (self.base..=last).rev();
        let pages = numbers.map(|number| self.page(number));
        let mut pages: Vec<Page> = pages.collect::<Result<_, _>>()?;
        pages.reverse();
        Ok(pages)
    }

    /// Whether a page is as it was. GitHub does not count it as a request if its tag says so.
    fn is_still(&self, number: usize, page: &Page) -> Result<bool, FetchError> {
        match self
            .server
            .get(&self.address(number), page.tag.as_deref())?
        {
            Answered::Unchanged => Ok(true),
            Answered::Page(now) => Ok(versions(&now) == versions(page)),
            Answered::Gone => Err(self.server.missing()),
        }
    }

    fn page(&self, number: usize) -> Result<Page, FetchError> {
        self.server.page(&self.address(number))
    }

    fn address(&self, page: usize) -> reqwest::Url {
        let (size, page) = (self.server.settings.page.to_string(), page.to_string());
        let mut query = vec![
            ("sort", "updated"),
            ("direction", "asc"),
            ("per_page", &size),
            ("page", &page),
        ];
        if self.listing == Listing::Issues {
            query.push(("state", "all"));
        }
        let since = self
            .since
            .and_then(|since| since.parse::<Timestamp>().ok()?.checked_sub(SECOND).ok());
        let since = since.map(|since| since.to_string());
        query.extend(since.as_deref().map(|since| ("since", since)));
        self.server.address(self.listing.path(), &query)
    }
}
