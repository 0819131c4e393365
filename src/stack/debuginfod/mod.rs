//! Debug files and executables from debuginfod servers, by build ID.
//!
//! In: a build ID. Out: the path of a file in a cache that elfutils' tools share, whose build ID is the one asked for.
//! What a server says is believed only as far as it can be checked, and one server's failure never hides another's
//! success. See debuginfod(8) for the requests and debuginfod-client-config(7) for the cache.

mod cache;
mod check;
mod control;
mod error;
mod request;
mod settings;
#[cfg(test)]
mod tests;
mod transfer;

use std::cell::OnceCell;
use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use cache::{Cache, Cached};
use error::Stop;
pub use error::{Error, Failure, Problem};
pub(in crate::stack) use request::hexadecimal;
use request::{Server, Wanted};
use reqwest::Url;
pub use settings::Settings;
use transfer::Transfer;

use crate::http::{self, Protection};

/// Finds files. Made once in a process, since it remembers which servers do not answer.
pub struct Client {
    settings: Settings,
    servers: Vec<Server>,
    cache: Cache,
    observer: Box<dyn Observer>,
    /// Made when the cache does not suffice: certificates are read for it, and a thread started.
    http: OnceCell<http::Client>,
}

/// Is told how things go.
pub trait Observer {
    /// So much of a file has come from a server, whose address is without its password.
    fn progress(&self, url: &str, done: u64, total: Option<u64>) {
        let _ = (url, done, total);
    }

    /// A server failed. Others may still have the file.
    fn problem(&self, problem: &Problem) {
        let _ = problem;
    }
}

/// Is told, and says nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The file that is mapped when the program runs.
    Executable,
    /// The file with its debug information; the same one where nothing was stripped.
    Debuginfo,
}

impl Client {
    /// A client that asks nobody yet.
    #[must_use]
    pub fn new(settings: Settings, observer: Box<dyn Observer>) -> Self {
        Self {
            servers: settings.urls.iter().map(|url| Server::new(url)).collect(),
            cache: Cache::new(settings.cache.clone()),
            settings,
            observer,
            http: OnceCell::new(),
        }
    }

    /// The path of a file in the cache, fetched where it is not there. `None`: every server says that it has none.
    ///
    /// # Errors
    ///
    /// If no server has it but some could not say so, or if the cache cannot be written.
    pub fn find(&self, build_id: &[u8], kind: Kind) -> Result<Option<PathBuf>, Error> {
        let wanted = Wanted::new(build_id, kind)?;
        let now = SystemTime::now();
        control::clean_if_due(self.cache.root(), now);
        match self.cache.look_up(&wanted, now) {
            Cached::File(path) => Ok(Some(path)),
            Cached::Missing => Ok(None),
            Cached::Unknown if self.servers.is_empty() => Ok(None),
            Cached::Unknown => self.ask_all(&wanted),
        }
    }

    fn ask_all(&self, wanted: &Wanted) -> Result<Option<PathBuf>, Error> {
        let mut problems = Vec::new();
        for server in &self.servers {
            match self.ask(server, wanted) {
                Ok(None) => {}
                Ok(Some(path)) => return Ok(Some(path)),
                Err(Stop::Here(error)) => {
                    self.cache.tidy(wanted);
                    return Err(error);
                }
                Err(Stop::Server(failure)) => {
                    let problem = server.problem(failure);
                    self.observer.problem(&problem);
                    problems.push(problem);
                }
            }
        }
        if problems.is_empty() {
            self.cache.note_missing(wanted);
            return Ok(None);
        }
        self.cache.tidy(wanted);
        Err(Error::Servers {
            kind: wanted.kind,
            build_id: wanted.hex.clone(),
            problems,
        })
    }

    /// Asks one server, again where that may help.
    fn ask(&self, server: &Server, wanted: &Wanted) -> Result<Option<PathBuf>, Stop> {
        if server.given_up.get() {
            return Err(Failure::GivenUp.into());
        }
        let url = server.url(wanted).ok_or(Failure::Address)?;
        let mut retries = self.settings.retries;
        loop {
            match self.fetch(server, url.clone(), wanted) {
                Err(Stop::Server(failure)) if failure.is_passing() && retries > 0 => retries -= 1,
                Err(Stop::Server(failure)) => {
                    server.given_up.set(failure.is_final());
                    return Err(failure.into());
                }
                other => return other,
            }
        }
    }

    fn fetch(&self, server: &Server, url: Url, wanted: &Wanted) -> Result<Option<PathBuf>, Stop> {
        let transfer = Transfer {
            http: self.http()?,
            settings: &self.settings,
            observer: &*self.observer,
            shown: &server.shown,
        };
        let Some(file) = transfer.run(url, || self.cache.temporary(wanted))? else {
            return Ok(None);
        };
        check::check(file.as_file(), &wanted.build_id)?;
        Ok(Some(self.cache.keep(file, wanted)?))
    }

    fn http(&self) -> Result<&http::Client, Error> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = http::Client::new(&http::Settings {
            connect_timeout: self.settings.connect_timeout,
            timeout: self.settings.timeout,
            proxies: &self.settings.proxies,
            protection: Protection::Kept,
            authorities: None,
        })?;
        Ok(self.http.get_or_init(|| http))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the settings: addresses may hold passwords.
        let servers = self.servers.iter().map(|server| &server.shown);
        f.debug_list().entries(servers).finish()
    }
}

impl Kind {
    /// As servers and the cache call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Executable => "executable",
            Self::Debuginfo => "debuginfo",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
