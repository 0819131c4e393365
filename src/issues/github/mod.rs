//! The issues of a repository on GitHub, over its REST API.
//!
//! In: a repository, and what the last fetch left. Out: everything that has changed since, taken in as if it had been
//! exported. Issues and comments come in lists that are ordered by when they were last changed (`listing`); then the timelines
//! of issues with stacks, which tell the commits and pull requests that closed them, and these pull requests' commits. After each
//! step what has come is committed together with where to go on, so that a fetch may be killed at any moment.

mod cursor;
mod error;
mod limits;
mod listing;
mod server;
mod settings;
mod timelines;
mod window;

use std::time::Duration;

use cursor::Cursor;
pub use error::{FetchError, Problem};
use fixtrail_index::issues::IssueWriter;
use jiff::Timestamp;
use listing::Listing;
use server::Server;
pub use settings::{Settings, Token};

use super::import::Import;
use super::records::{self, Place};
use super::{ImportError, Imported};

/// How a fetch goes. Several threads tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// So many more records of a kind have come.
    Came {
        /// `issues`, `comments`, `timelines`, `pull requests`.
        what: &'static str,
        /// How many.
        records: u64,
    },
    /// The server failed in a way that may pass. It will be asked again.
    Waiting {
        /// What went wrong.
        problem: &'a Problem,
        /// In how long.
        pause: Duration,
    },
    /// The server wants no more requests for some time.
    Limited {
        /// When it goes on.
        until: Timestamp,
        /// In how long.
        pause: Duration,
    },
}

/// What is told how a fetch goes.
pub type Observer<'o> = dyn Fn(Progress<'_>) + Sync + 'o;

/// What a fetch came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// What was taken in.
    pub imported: Imported,
    /// Requests that were answered.
    pub requests: u64,
    /// Of these, how many said that nothing is new.
    pub unchanged: u64,
}

/// Fetches what has changed since the last fetch into the same folder; all, if there was none.
///
/// # Errors
///
/// [`FetchError`]. What has come until then stays, and the next fetch goes on from there.
pub fn fetch(
    place: &Place,
    settings: &Settings,
    writer: &mut IssueWriter,
    observer: &Observer<'_>,
) -> Result<Fetched, FetchError> {
    let server = Server::new(place, settings, observer)?;
    let cursor = Cursor::parse(writer.cursor(&place.tracker));
    let mut run = Run {
        server: &server,
        place,
        writer,
        cursor,
        imported: Imported::default(),
    };
    run.list(Listing::Issues)?;
    run.list(Listing::Comments)?;
    run.timelines()?;
    let (requests, unchanged) = server.counts();
    Ok(Fetched {
        imported: run.imported,
        requests,
        unchanged,
    })
}

/// One fetch.
struct Run<'r, 's> {
    server: &'r Server<'s>,
    place: &'r Place,
    writer: &'r mut IssueWriter,
    cursor: Cursor,
    imported: Imported,
}

impl Run<'_, '_> {
    /// Takes records in, and commits them with where to go on.
    fn keep(&mut self, records: Vec<records::Read>) -> Result<(), FetchError> {
        let mut import = Import::new(self.writer);
        for record in records {
            import.record(record).map_err(ImportError::from)?;
        }
        let imported = import.finish().map_err(ImportError::from)?;
        self.imported.add(&imported);
        let cursor = Some((self.place.tracker.as_str(), self.cursor.text()));
        self.writer.commit(cursor).map_err(ImportError::from)?;
        Ok(())
    }
}
