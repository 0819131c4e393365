//! Some pages of a list that is ordered by when its records were last changed, read whole although records change meanwhile.
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

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::FetchError;
use super::listing::Listing;
use super::server::{Answered, Page, Server};

/// GitHub's documentation says that `since` means *after*; what it gives is *from then on*. A second more is safe with both.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Pages of one list from one time on.
pub(super) struct Window<'w, 's> {
    pub(super) server: &'w Server<'s>,
    pub(super) listing: Listing,
    pub(super) since: Option<&'w str>,
    /// The first of its pages.
    pub(super) base: usize,
}

/// What a window holds.
pub(super) enum Filled {
    /// All of it is known.
    Unchanged,
    /// Its pages in order; the last one has room left if it is the end of the list.
    Pages(Vec<Page>),
}

/// Which versions of which records a page has.
pub(super) fn versions(page: &Page) -> Vec<(Option<u64>, Option<String>)> {
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
pub(super) fn changed(value: &Value) -> Option<String> {
    Some(value.get("updated_at")?.as_str()?.to_owned())
}

impl Window<'_, '_> {
    pub(super) fn fill(&self, tag: Option<&str>) -> Result<Filled, FetchError> {
        let first = match self.server.get(&self.address(self.base), tag)? {
            Answered::Unchanged => return Ok(Filled::Unchanged),
            Answered::Gone => return Err(self.server.missing()),
            Answered::Page(page) => page,
        };
        let size = self.server.settings.page;
        if first.is_last(size) {
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
        let end = pages.iter().position(|page| page.is_last(size));
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
