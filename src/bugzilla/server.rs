//! Asking a Bugzilla: once where repeating could do harm, else until there is an answer that says something.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::answer::{self, Said};
use super::call::Call;
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

/// How a request ended that was made once.
#[derive(Debug)]
pub(super) enum Attempt {
    /// The server answered.
    Answered(Value),
    /// The server understood, and did nothing.
    Refused(BugzillaError),
    /// There is no saying what the server did, unless the problem is that it got nothing.
    Failed(Problem),
}

/// A Bugzilla.
pub struct Server<'a> {
    client: Client,
    pub(super) settings: &'a Settings,
    observer: &'a Observer<'a>,
    pub(super) form: Mutex<Option<AuthForm>>,
    /// Whether there is no JSON-RPC to read by with a key in a body: then everything is read as everybody sees it.
    no_rpc: AtomicBool,
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
            no_rpc: AtomicBool::new(false),
            next: Mutex::new(None),
        })
    }

    /// How the server takes the key, once that has been found out.
    #[must_use]
    pub fn form(&self) -> Option<AuthForm> {
        *self.form.lock().unwrap_or_else(PoisonError::into_inner)
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
            Err(BugzillaError::LoginNeeded { with_key: true, .. }) if form.is_some() => {
                match self.other_form(form)? {
                    Some(other) => self.repeat_as(call, Some(other)),
                    None => Err(self.unheard()),
                }
            }
            other => other,
        }
    }

    fn unheard(&self) -> BugzillaError {
        BugzillaError::KeyUnheard { host: self.host() }
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

    /// One request, where the server is as it was before.
    pub(super) fn attempt(&self, call: &Call, form: Option<AuthForm>) -> Attempt {
        let by_rpc = call.is_read() && form == Some(AuthForm::Body) && self.settings.key.is_some();
        if !by_rpc {
            return self.send(call, form);
        }
        if !self.reads_as_everybody() {
            let attempt = self.send(call, form);
            if !is_missing(&attempt) {
                return attempt;
            }
            self.no_rpc.store(true, Ordering::Relaxed);
        }
        self.send(call, None)
    }

    /// Whether private things are not seen although there is a key.
    pub(super) fn reads_as_everybody(&self) -> bool {
        self.no_rpc.load(Ordering::Relaxed)
    }

    fn send(&self, call: &Call, form: Option<AuthForm>) -> Attempt {
        self.keep_gap();
        let (method, url, body) = self.request(call, form);
        let mut headers = HeaderMap::new();
        // Servers write a page for people unless told otherwise.
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some((key, form)) = self.settings.key.as_ref().zip(form) {
            key.add(form, &mut headers);
        }
        let body = body.map(|body| body.to_string().into_bytes());
        let answer = self.client.send(method, url, headers, body);
        match answer.map_err(Problem::from).and_then(answer::read) {
            Ok(Said::Value(value)) => Attempt::Answered(value),
            Ok(Said::Moved(to)) => Attempt::Refused(BugzillaError::Moved {
                host: self.host(),
                to: folder_of(&to),
            }),
            Ok(Said::Error {
                status,
                code,
                message,
            }) => self.error(call, status, code, &message, form.is_some()),
            Err(problem) => {
                self.close(&problem);
                Attempt::Failed(self.without_key(problem))
            }
        }
    }

    fn request(&self, call: &Call, form: Option<AuthForm>) -> (Method, Url, Option<Value>) {
        let of_body = self
            .settings
            .key
            .as_ref()
            .filter(|_| form == Some(AuthForm::Body));
        if let Some(key) = of_body.filter(|_| call.is_read()) {
            let url = self.address("jsonrpc.cgi");
            return (Method::POST, url, Some(call.as_rpc(key.for_body())));
        }
        let mut url = self.address(&format!("rest/{}", call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let body = (!call.is_read()).then(|| {
            let mut body = call.body.clone();
            if let Some(key) = of_body {
                body.insert("api_key".to_owned(), key.for_body().into());
            }
            Value::Object(body)
        });
        (call.method.clone(), url, body)
    }

    fn address(&self, path: &str) -> Url {
        let base = &self.settings.base;
        base.join(path).unwrap_or_else(|_| base.clone())
    }

    /// What an error means, by `Bugzilla::WebService::Constants::WS_ERROR_CODE`.
    fn error(&self, call: &Call, status: u16, code: i64, message: &str, with_key: bool) -> Attempt {
        let host = self.host();
        let message = self.scrubbed(message);
        let bug = || call.bug.clone().unwrap_or_default();
        Attempt::Refused(match code {
            306 => BugzillaError::KeyRefused {
                host,
                message,
                page: self.keys_page(),
            },
            410 => BugzillaError::LoginNeeded {
                host,
                with_key,
                page: self.keys_page(),
            },
            300 | 301 => BugzillaError::Account { host, message },
            100 | 101 if call.bug.is_some() => BugzillaError::NoBug { host, bug: bug() },
            102 if call.bug.is_some() => BugzillaError::Hidden {
                bug: bug(),
                with_key,
                page: self.keys_page(),
            },
            110 | 113 => BugzillaError::NotPrivate { host },
            // What the server's own code ran into; with a client's status it says what was wrong with the request. With one of
            // success it came after the change was stored: 5.0.6 answers 201 with an error where it cannot write the mail.
            _ if status >= 500 || status == 429 || (status < 300 && !call.is_read()) => {
                return Attempt::Failed(Problem::Status {
                    status,
                    message: Some(message),
                    retry_after: None,
                });
            }
            _ if status == 401 && with_key => BugzillaError::KeyRefused {
                host,
                message,
                page: self.keys_page(),
            },
            _ => BugzillaError::Refused {
                host,
                code,
                message,
            },
        })
    }

    fn scrubbed(&self, text: &str) -> String {
        match &self.settings.key {
            Some(key) => key.scrub(text),
            None => text.to_owned(),
        }
    }

    fn without_key(&self, problem: Problem) -> Problem {
        let clean = |text: Option<String>| text.map(|text| self.scrubbed(&text));
        match problem {
            Problem::Page {
                status,
                title,
                retry_after,
            } => Problem::Page {
                status,
                title: clean(title),
                retry_after,
            },
            Problem::Status {
                status,
                message,
                retry_after,
            } => Problem::Status {
                status,
                message: clean(message),
                retry_after,
            },
            other => other,
        }
    }

    /// Waits until the next request may begin. Threads wait for one another here, too.
    fn keep_gap(&self) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = *next {
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        *next = Instant::now().checked_add(self.settings.gap);
    }

    /// Keeps all threads from asking for some time, where the server wants that.
    fn close(&self, problem: &Problem) {
        if let Some(asked) = problem.retry_after() {
            let pause = Duration::from_secs(asked).min(self.settings.longest_pause);
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next = (*next).max(Instant::now().checked_add(pause));
        }
    }
}

/// The Bugzilla that an address is in, without what was asked of it.
fn folder_of(address: &str) -> String {
    let ends = ["/rest/", "/jsonrpc.cgi"]
        .iter()
        .filter_map(|end| address.find(end));
    let base = ends.min().map_or(address, |end| &address[..end]);
    base.split('?').next().unwrap_or_default().to_owned()
}

/// Whether there is nothing at an address.
fn is_missing(attempt: &Attempt) -> bool {
    match attempt {
        Attempt::Failed(Problem::Page { status, .. } | Problem::Status { status, .. }) => {
            matches!(status, 403 | 404 | 405 | 410)
        }
        Attempt::Refused(BugzillaError::Refused { code, .. }) => *code == NO_SUCH_METHOD,
        _ => false,
    }
}

/// `REST_NOT_FOUND` of `Bugzilla::WebService::Constants`.
const NO_SUCH_METHOD: i64 = 32_614;

/// The name of a server, with the port where it is an unusual one.
pub(super) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
