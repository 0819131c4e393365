//! Asking GitHub, and asking again; several threads at a time.

use std::io::Read as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue, IF_NONE_MATCH,
};
use serde_json::Value;

use super::limits::{Gate, Told};
use super::{FetchError, Observer, Problem, Progress, Settings};
use crate::http::{self, Answer, Client, Protection};
use crate::issues::records::Place;

/// A page of a hundred records, each with a text of 64 KiB, is a tenth of it.
const LARGEST: u64 = 64 << 20;

/// What was asked for.
#[derive(Debug)]
pub(super) struct Page {
    /// The records; of an answer that is one object, this.
    pub(super) values: Vec<Value>,
    /// What the server calls this very answer.
    pub(super) tag: Option<String>,
    /// Where the next page is.
    pub(super) next: Option<Url>,
}

impl Page {
    /// Whether it is the last of its list. A short page need not be: records that nobody may see are left out of theirs.
    pub(super) fn is_last(&self, size: usize) -> bool {
        self.values.len() < size && self.next.is_none()
    }
}

/// What a request came to.
#[derive(Debug)]
pub(super) enum Answered {
    /// A page.
    Page(Page),
    /// What was known by its tag is still the same.
    Unchanged,
    /// There is no such thing, or no more.
    Gone,
}

/// Why one request was no success.
enum Stop {
    Limited(Duration),
    Failed(Problem),
    Final(FetchError),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// The server of a repository.
pub(super) struct Server<'a> {
    client: Client,
    pub(super) settings: &'a Settings,
    observer: &'a Observer<'a>,
    gate: Gate,
    tracker: String,
    repository: Url,
    requests: AtomicU64,
    unchanged: AtomicU64,
}

impl<'a> Server<'a> {
    pub(super) fn new(
        place: &Place,
        settings: &'a Settings,
        observer: &'a Observer<'a>,
    ) -> Result<Self, FetchError> {
        let not_github = || FetchError::NotGithub {
            tracker: place.tracker.clone(),
        };
        let path = place.repository().ok_or_else(not_github)?;
        let base = &settings.base;
        if base.scheme() != "https" && !http::is_loopback(base) {
            return Err(FetchError::Unprotected {
                host: base.host_str().unwrap_or_default().to_owned(),
            });
        }
        let repository = base
            .join(&format!("repos/{path}/"))
            .map_err(|_| not_github())?;
        let client = Client::new(&http::Settings {
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
            proxies: &settings.proxies,
            protection: Protection::Required,
            authorities: None,
        })?;
        Ok(Self {
            client,
            settings,
            observer,
            gate: Gate::default(),
            tracker: place.tracker.clone(),
            repository,
            requests: AtomicU64::new(0),
            unchanged: AtomicU64::new(0),
        })
    }

    /// How many requests were answered, and how many of the answers said that nothing is new.
    pub(super) fn counts(&self) -> (u64, u64) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (of(&self.requests), of(&self.unchanged))
    }

    /// An address of the repository.
    pub(super) fn address(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self
            .repository
            .join(path)
            .unwrap_or_else(|_| self.repository.clone());
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    pub(super) fn came(&self, what: &'static str, records: usize) {
        (self.observer)(Progress::Came {
            what,
            records: records as u64,
        });
    }

    /// Asks until there is an answer that says something, for as long as that may come.
    pub(super) fn get(&self, url: &Url, tag: Option<&str>) -> Result<Answered, FetchError> {
        let (mut failed, mut limited) = (0, 0);
        loop {
            self.gate.pass();
            match self.attempt(url, tag, limited) {
                Ok(answered) => return Ok(answered),
                Err(Stop::Final(error)) => return Err(error),
                Err(Stop::Limited(pause)) => {
                    limited += 1;
                    self.limit(pause)?;
                }
                Err(Stop::Failed(problem)) => {
                    if failed >= self.settings.retries || !problem.is_passing() {
                        return Err(FetchError::Server {
                            path: url.path().to_owned(),
                            problem,
                        });
                    }
                    let pause = self.settings.pause.saturating_mul(1 << failed.min(16));
                    (self.observer)(Progress::Waiting {
                        problem: &problem,
                        pause,
                    });
                    thread::sleep(pause);
                    failed += 1;
                }
            }
        }
    }

    /// Keeps all threads from asking for some time.
    fn limit(&self, pause: Duration) -> Result<(), FetchError> {
        let until = Timestamp::now()
            .checked_add(pause)
            .unwrap_or(Timestamp::MAX);
        if pause > self.settings.longest_wait {
            return Err(FetchError::Limited { until });
        }
        if self.gate.close(pause) {
            (self.observer)(Progress::Limited { until, pause });
        }
        Ok(())
    }

    fn attempt(&self, url: &Url, tag: Option<&str>, limited: u32) -> Result<Answered, Stop> {
        let answer = self
            .client
            .get(url.clone(), self.headers(tag))
            .map_err(Problem::from)?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let told = Told::of(&answer);
        let is_answer = matches!(answer.status().as_u16(), 200 | 304);
        if let Some(pause) = told.after_answer().filter(|_| is_answer) {
            // The next request would only be refused.
            self.limit(pause).map_err(Stop::Final)?;
        }
        match answer.status().as_u16() {
            304 if tag.is_some() => {
                self.unchanged.fetch_add(1, Ordering::Relaxed);
                Ok(Answered::Unchanged)
            }
            200 => Ok(Answered::Page(page(answer)?)),
            401 => Err(Stop::Final(FetchError::Token)),
            404 | 410 | 451 => Ok(Answered::Gone),
            status => {
                let message = message(answer);
                let usual = self
                    .settings
                    .limited_pause
                    .saturating_mul(1 << limited.min(6));
                Err(match told.after_refusal(status, &message, usual) {
                    Some(pause) => Stop::Limited(pause),
                    None => Stop::Failed(Problem::Status { status, message }),
                })
            }
        }
    }

    /// What was asked for must be there.
    pub(super) fn page(&self, url: &Url) -> Result<Page, FetchError> {
        match self.get(url, None)? {
            Answered::Page(page) => Ok(page),
            Answered::Unchanged | Answered::Gone => Err(self.missing()),
        }
    }

    /// Asserts that the repository is still there: if it is gone, all that is in it is, too.
    pub(super) fn is_there(&self) -> Result<(), FetchError> {
        self.page(&self.address("issues", &[("per_page", "1")]))
            .map(drop)
    }

    /// The server cannot be what it is taken for.
    pub(super) fn strange(&self, path: &str, what: &str) -> FetchError {
        FetchError::Server {
            path: self.address(path, &[]).path().to_owned(),
            problem: Problem::Strange(what.to_owned()),
        }
    }

    pub(super) fn missing(&self) -> FetchError {
        FetchError::NoRepository {
            tracker: self.tracker.clone(),
        }
    }

    fn headers(&self, tag: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/vnd.github+json"),
        );
        headers.insert(
            "x-github-api-version",
            HeaderValue::from_static("2022-11-28"),
        );
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if let Some(token) = &self.settings.token {
            headers.insert(AUTHORIZATION, token.header());
        }
        if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
            headers.insert(IF_NONE_MATCH, tag);
        }
        headers
    }
}

fn page(answer: Answer) -> Result<Page, Problem> {
    let tag = answer.header("etag").map(str::to_owned);
    let next = answer.header("link").and_then(next);
    let values = match serde_json::from_slice(&body(answer)?) {
        Ok(Value::Array(values)) => values,
        Ok(value @ Value::Object(_)) => vec![value],
        Ok(_) => return Err(Problem::Strange("neither a list nor an object".to_owned())),
        Err(error) => return Err(Problem::Strange(error.to_string())),
    };
    Ok(Page { values, tag, next })
}

/// The address of the next page in a `Link` header (RFC 8288).
fn next(header: &str) -> Option<Url> {
    let links = header.split(',').filter_map(|link| link.split_once(';'));
    let next = links
        .into_iter()
        .find(|(_, parameters)| parameters.contains("rel=\"next\""))?
        .0;
    Url::parse(next.trim().trim_start_matches('<').trim_end_matches('>')).ok()
}

fn body(answer: Answer) -> Result<Vec<u8>, Problem> {
    let packed = answer.encoding().map(str::to_owned);
    let mut bytes = Vec::new();
    let read = match packed.as_deref() {
        None => answer.take(LARGEST).read_to_end(&mut bytes),
        Some("gzip") => GzDecoder::new(answer).take(LARGEST).read_to_end(&mut bytes),
        Some(other) => return Err(Problem::Strange(format!("packed as `{other}`"))),
    };
    read.map_err(|_| Problem::CutOff)?;
    Ok(bytes)
}

/// What GitHub says of an error.
fn message(answer: Answer) -> String {
    let value: Option<Value> = body(answer)
        .ok()
        .and_then(|body| serde_json::from_slice(&body).ok());
    let message = value
        .as_ref()
        .and_then(|value| value.get("message")?.as_str());
    message.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn the_next_page_is_linked() {
        let header = "<https://api.github.com/x?page=1>; rel=\"prev\", <https://api.github.com/x?page=3>; rel=\"next\", <https://api.github.com/x?page=9>; rel=\"last\"";
        assert_eq!(
            next(header).unwrap().as_str(),
            "https://api.github.com/x?page=3"
        );
        assert_eq!(
            next("<https://api.github.com/x?page=1>; rel=\"first\""),
            None
        );
        assert_eq!(next(""), None);
    }
}
