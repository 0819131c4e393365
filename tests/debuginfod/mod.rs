//! The debuginfod client against servers: good ones, bad ones, and elfutils' own.

mod elfutils;
mod failures;
mod slow;
mod transfers;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use fixtrail::stack::debuginfod::{Client, Error, Failure, Kind, Observer, Problem, Settings};

use tempfile::TempDir;

use crate::support::server::Server;
use crate::support::{elf, files};

const ID: &[u8] = b"\x01\x23\x45\x67\x89\xab\xcd\xef";
const HEX: &str = "0123456789abcdef";

/// A client with an empty cache, and what it was told.
struct Setup {
    cache: TempDir,
    settings: Settings,
    seen: Rc<Seen>,
}

#[derive(Default)]
struct Seen {
    problems: RefCell<Vec<Problem>>,
    progress: RefCell<Vec<(u64, Option<u64>)>>,
}

struct Watch(Rc<Seen>);

impl Observer for Watch {
    fn progress(&self, _url: &str, done: u64, total: Option<u64>) {
        self.0.progress.borrow_mut().push((done, total));
    }

    fn problem(&self, problem: &Problem) {
        self.0.problems.borrow_mut().push(problem.clone());
    }
}

impl Setup {
    /// Servers that are given time: no test waits for any of it.
    fn new<'s>(servers: impl IntoIterator<Item = &'s Server>) -> Self {
        let cache = tempfile::tempdir().expect("a folder");
        let mut settings = Settings::new(cache.path());
        settings.urls = servers.into_iter().map(Server::url).collect();
        settings.retries = 0;
        Self {
            cache,
            settings,
            seen: Rc::default(),
        }
    }

    /// For servers that never finish.
    fn impatient<'s>(servers: impl IntoIterator<Item = &'s Server>) -> Self {
        let mut setup = Self::new(servers);
        setup.settings.timeout = Duration::from_millis(300);
        setup
    }

    fn client(&self) -> Client {
        let watch = Watch(Rc::clone(&self.seen));
        Client::new(self.settings.clone(), Box::new(watch))
    }

    fn find(&self) -> Result<Option<PathBuf>, Error> {
        self.client().find(ID, Kind::Debuginfo)
    }

    /// How the servers failed, one by one.
    fn failures(&self) -> Vec<Failure> {
        let Err(Error::Servers { problems, .. }) = self.find() else {
            panic!("no failure");
        };
        assert_eq!(*self.seen.problems.borrow(), problems);
        assert_eq!(self.left(), 0, "something is left in the cache");
        problems
            .into_iter()
            .map(|problem| problem.failure)
            .collect()
    }

    /// How the only server failed.
    fn failure(&self) -> Failure {
        let mut failures = self.failures();
        assert_eq!(failures.len(), 1);
        failures.remove(0)
    }

    /// How many files there are, whole or not, beside those that govern the cache.
    fn left(&self) -> usize {
        let all = files::all(self.cache.path());
        let is_stored = |path: &&PathBuf| path.parent() != Some(self.cache.path());
        all.iter().filter(is_stored).count()
    }

    fn stored(&self) -> PathBuf {
        self.cache.path().join(HEX).join("debuginfo")
    }
}

/// A file of this size and a little more.
fn good(size: usize) -> Vec<u8> {
    elf::with_build_id(ID, size)
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}
