//! Asking a Bugzilla: once where repeating could do harm, else until there is an answer that says something.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::Url;
use serde_json::Value;

use super::call::Call;
use super::request::Attempt;
use super::{AuthForm, BugzillaError, Problem, Settings};
use crate::http::{self, Client, Protection};

/// What goes on while a server is asked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A failure that may pass, and how long until the next request.
    Waiting {
        /// What came instead of an answer.
        problem: &'a Problem,
        /// Until then.
        pause: Duration,
    },
    /// A post has no answer; it is looked for before it is sent again.
    Settling {
        /// What came instead of an answer.
        problem: &'a Problem,
    },
}

/// Told of everything that goes on, by several threads.
pub type Observer<'a> = dyn Fn(Progress<'_>) + Sync + 'a;

/// A Bugzilla.
pub struct Server<'a> {
    pub(super) client: Client,
    pub(super) settings: &'a Settings,
    observer: &'a Observer<'a>,
    form: Mutex<Option<AuthForm>>,
    pub(super) attachment_limit: OnceLock<Option<u64>>,
    /// Whether there is no JSON-RPC to read by with a key in a body: then everything is read as everybody sees it.
    pub(super) no_rpc: AtomicBool,
    /// When the next request may begin.
    next: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Server<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Server");
        shown
            .field("settings", self.settings)
            .finish_non_exhaustive()
    }
}

impl<'a> Server<'a> {
    /// A server that has not been asked yet.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`] where the address is no place for a key, or proxies and certificates are none.
    pub fn new(settings: &'a Settings, observer: &'a Observer<'a>) -> Result<Self, BugzillaError> {
        let base = &settings.base;
        let protected = base.scheme() == "https" || http::is_loopback(base);
        if settings.key.is_some() && !protected {
            return Err(BugzillaError::Unprotected { host: host(base) });
        }
        let client = Client::new(&http::Settings {
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
            proxies: &settings.proxies,
            protection: Protection::Alone,
            authorities: settings.authorities.as_deref(),
        })?;
        Ok(Self {
            client,
            settings,
            observer,
            form: Mutex::new(settings.form),
            attachment_limit: OnceLock::new(),
            no_rpc: AtomicBool::new(false),
            next: Mutex::new(None),
        })
    }

    /// How the server takes the key, once that has been found out.
    #[must_use]
    pub fn form(&self) -> Option<AuthForm> {
        *self.locked_form()
    }

    pub(super) fn locked_form(&self) -> MutexGuard<'_, Option<AuthForm>> {
        self.form.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's name, with the port where it is an unusual one.
    #[must_use]
    pub fn host(&self) -> String {
        host(&self.settings.base)
    }

    /// Where the server is.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.settings.base
    }

    /// A page of the server.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.settings.base)
    }

    /// The page of a bug.
    #[must_use]
    pub fn bug_page(&self, bug: u64) -> String {
        self.page(&format!("show_bug.cgi?id={bug}"))
    }

    /// Where users make keys.
    pub(super) fn keys_page(&self) -> String {
        self.page("userprefs.cgi?tab=apikey")
    }

    pub(super) fn say(&self, progress: Progress<'_>) {
        (self.observer)(progress);
    }

    /// Asks for what may be asked for any number of times: what is read, and what is set to a value.
    pub(super) fn repeat(&self, call: &Call) -> Result<Value, BugzillaError> {
        let form = self.known_form()?;
        match self.repeat_as(call, form) {
            Err(BugzillaError::LoginNeeded { with_key: true, .. }) => {
                let other = self.other_form(form)?;
                self.repeat_as(call, Some(other))
            }
            other => other,
        }
    }

    /// The same in one form of login, or in none.
    pub(super) fn repeat_as(
        &self,
        call: &Call,
        form: Option<AuthForm>,
    ) -> Result<Value, BugzillaError> {
        let mut failed = 0;
        loop {
            let problem = match self.attempt(call, form) {
                Attempt::Answered(value) => return Ok(value),
                Attempt::Refused(error) => return Err(error),
                Attempt::Failed(problem) => problem,
            };
            let pause = self.pause(failed, &problem);
            if failed >= self.settings.retries
                || !problem.is_passing()
                || pause > self.settings.longest_pause
            {
                return Err(BugzillaError::Server {
                    host: self.host(),
                    problem,
                });
            }
            self.say(Progress::Waiting {
                problem: &problem,
                pause,
            });
            thread::sleep(pause);
            failed += 1;
        }
    }

    /// How long to wait after so many failures before.
    pub(super) fn pause(&self, failed: u32, problem: &Problem) -> Duration {
        let own = self.settings.pause.saturating_mul(1 << failed.min(16));
        let asked = problem.retry_after().map(Duration::from_secs);
        asked.map_or(own, |asked| asked.max(own))
    }

    /// Waits until the next request may begin. Threads wait for one another here, too.
    pub(super) fn keep_gap(&self) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = *next {
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        *next = Instant::now().checked_add(self.settings.gap);
    }

    /// Keeps all threads from asking for some time, where the server wants that.
    pub(super) fn close(&self, problem: &Problem) {
        if let Some(asked) = problem.retry_after() {
            let pause = Duration::from_secs(asked).min(self.settings.longest_pause);
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next = (*next).max(Instant::now().checked_add(pause));
        }
    }
}

/// The name of a server, with the port where it is an unusual one.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
