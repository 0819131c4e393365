//! Lists of records, read from where the last fetch ended to their end, a [`Window`] at a time.
//!
//! A time may be that of more records than a window has (GitHub's own migrations change thousands within a second); then the next
//! window goes on behind it, over its last page once more.

use serde_json::Value;

use super::server::Page;
use super::window::{Filled, Window, changed, versions};
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

impl Listing {
    pub(super) fn path(self) -> &'static str {
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

/// How far a window came.
struct Step {
    /// Whether the list ends in it.
    is_end: bool,
    /// Whether its last record was changed later than those of the window before.
    advances: bool,
    /// When its last record was changed.
    last: Option<String>,
}

impl Step {
    fn of(pages: &[Page], since: Option<&str>, size: usize) -> Self {
        let mut pages = pages.iter().rev();
        let is_end = pages.clone().next().is_none_or(|page| page.is_last(size));
        let last = pages.find_map(|page| changed(page.values.last()?));
        // Times of this form are in their order as texts, too.
        let advances = last
            .as_deref()
            .is_some_and(|last| since.is_none_or(|since| since < last));
        Self {
            is_end,
            advances,
            last,
        }
    }
}

impl Run<'_, '_> {
    /// Reads a list from where the last fetch ended to its end.
    pub(super) fn list(&mut self, listing: Listing) -> Result<(), FetchError> {
        let settings = self.server.settings;
        let (mut base, mut known_tag, mut shown) = (1, self.mark(listing).1, None);
        loop {
            let (since, _) = self.mark(listing);
            let window = Window {
                server: self.server,
                listing,
                since: since.as_deref(),
                base,
            };
            let Filled::Pages(pages) = window.fill(known_tag.take().as_deref())? else {
                return Ok(());
            };
            let step = Step::of(&pages, since.as_deref(), settings.page);
            let end = pages
                .last()
                .map(versions)
                .filter(|_| !step.advances && !step.is_end);
            if end.is_some() && end == shown {
                let what = "it gives the same page for every number";
                return Err(self.server.strange(listing.path(), what));
            }
            shown = end;
            // Only the answer to the very question that the next fetch begins with can tell it that nothing is new; and only a
            // page with room left, as a full one stays the same whatever comes behind it.
            let is_done = step.is_end && !step.advances;
            let tag = pages.first().and_then(|page| page.tag.clone());
            let tag = tag.filter(|_| is_done && base == 1 && pages.len() == 1);
            self.set_mark(listing, step.last.filter(|_| step.advances).or(since), tag);
            self.take(listing, pages)?;
            if is_done {
                return Ok(());
            }
            // Over the last page once more: what was changed meanwhile moves the others up.
            let next = base + settings.in_flight.max(2) - 1;
            base = if step.advances { 1 } else { next };
        }
    }

    fn take(&mut self, listing: Listing, pages: Vec<Page>) -> Result<(), FetchError> {
        let values: Vec<Value> = pages.into_iter().flat_map(|page| page.values).collect();
        self.server.came(listing.name(), values.len());
        let records = values
            .into_iter()
            .flat_map(|value| records::of_value(value, None));
        self.keep(records.collect())
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
