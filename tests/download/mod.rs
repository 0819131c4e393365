//! Downloads from servers: good ones, broken ones, and ones that send something else.

mod checksums;
mod command;
mod failures;
mod file_server;
mod resume;

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use fixtrail::download::{DownloadError, Downloaded, Failure, Progress, Settings, download};
use tempfile::TempDir;

use crate::support::files;
use crate::support::server::Server;

/// A folder to fetch into, and what was told on the way.
struct Setup {
    folder: TempDir,
    settings: Settings,
    waits: RefCell<Vec<(Failure, Duration)>>,
    received: RefCell<Vec<(u64, Option<u64>)>>,
}

impl Setup {
    /// Nothing is waited for.
    fn new() -> Self {
        let settings = Settings {
            pause: Duration::ZERO,
            ..Settings::default()
        };
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            settings,
            waits: RefCell::default(),
            received: RefCell::default(),
        }
    }

    /// Gives up at the first failure, as if it was killed.
    fn hasty() -> Self {
        let mut setup = Self::new();
        setup.settings.retries = 0;
        setup
    }

    fn fetch(&self, url: &str) -> Result<Downloaded, DownloadError> {
        let folder = self.folder.path().join("new");
        download(
            url,
            &folder,
            &self.settings,
            &mut |progress| match progress {
                Progress::Received { done, total } => {
                    self.received.borrow_mut().push((done, total))
                }
                Progress::Waiting { failure, pause } => {
                    self.waits.borrow_mut().push((failure.clone(), pause));
                }
                _ => {}
            },
        )
    }

    fn from(&self, server: &Server) -> Result<Downloaded, DownloadError> {
        self.fetch(&file_of(server))
    }

    /// How the server failed.
    fn failure(&self, server: &Server) -> Failure {
        match self.from(server) {
            Err(DownloadError::Server { failure, .. }) => failure,
            other => panic!("{other:?}"),
        }
    }

    /// The bytes that are here of the only file.
    fn part(&self) -> Vec<u8> {
        let is_part = |path: &&PathBuf| path.extension().is_some_and(|end| end == "part");
        let all = files::all(self.folder.path());
        let part = all.iter().find(is_part);
        part.map_or_else(Vec::new, |path| std::fs::read(path).expect("a file"))
    }

    /// How many files there are but the lock.
    fn left(&self) -> usize {
        files::all(self.folder.path()).len() - 1
    }
}

fn file_of(server: &Server) -> String {
    format!("{}/index/py.corpus", server.url())
}

/// A file whose bytes differ from place to place.
fn body(size: u32) -> Vec<u8> {
    (0..size).map(|at| (at * 31 / 7).to_le_bytes()[0]).collect()
}

fn bytes(downloaded: &Downloaded) -> Vec<u8> {
    std::fs::read(&downloaded.path).expect("a file")
}

/// What was asked of a server, but for checksums.
fn requests(server: &Server) -> Vec<String> {
    let mut requests = server.requests();
    requests.retain(|request| !request.contains(".sha256"));
    requests
}
