//! Asking, and asking again.

use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::error::Stop;
use super::resume::date;
use super::{DownloadError, Failure, Progress, Settings};
use crate::http::{self, Answer, Client, Protection};

/// With as much more of a file here than ever, failures are counted anew: a long download may be cut often.
const ADVANCE: u64 = 1 << 20;

/// One that is asked until it answers.
pub(super) struct Server<'a> {
    client: Client,
    pub(super) settings: &'a Settings,
    observer: &'a mut dyn FnMut(Progress<'_>),
    has_answered: bool,
    /// How much of the file has ever been here.
    reached: u64,
}

impl<'a> Server<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        observer: &'a mut dyn FnMut(Progress<'_>),
    ) -> Result<Self, DownloadError> {
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
            has_answered: false,
            reached: 0,
        })
    }

    /// Asks once. The answer's body is as it is at the server.
    pub(super) fn get(&mut self, url: &Url, headers: HeaderMap) -> Result<Answer, Failure> {
        let answer = self.client.get(url.clone(), headers)?;
        self.has_answered = true;
        match answer.encoding() {
            Some(encoding) if answer.status().is_success() => {
                Err(Failure::Encoding(encoding.to_owned()))
            }
            _ => Ok(answer),
        }
    }

    /// Says how much of the file is here.
    pub(super) fn reached(&mut self, done: u64, total: Option<u64>) {
        self.reached = self.reached.max(done);
        (self.observer)(Progress::Received { done, total });
    }

    /// Tries until it works, fails for good, or has failed too often in a row.
    pub(super) fn persist<T>(
        &mut self,
        url: &Url,
        mut attempt: impl FnMut(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, DownloadError> {
        let (mut failed, mut mark) = (0, self.reached);
        loop {
            let failure = match attempt(self) {
                Ok(done) => return Ok(done),
                Err(Stop::Here(error)) => return Err(error),
                Err(Stop::Server(failure)) => failure,
            };
            if self.reached - mark >= ADVANCE {
                (failed, mark) = (0, self.reached);
            }
            let Some(pause) = self.pause(&failure, failed) else {
                return Err(DownloadError::Server {
                    url: http::shown(url),
                    failure,
                });
            };
            failed += 1;
            (self.observer)(Progress::Waiting {
                failure: &failure,
                pause,
            });
            thread::sleep(pause);
        }
    }

    /// How long to wait before the next try, if there is to be one.
    fn pause(&self, failure: &Failure, failed: u32) -> Option<Duration> {
        let Settings {
            retries,
            pause,
            max_pause,
            ..
        } = *self.settings;
        if failed >= retries || !failure.is_passing(self.has_answered) {
            return None;
        }
        let own = pause.saturating_mul(1 << failed.min(16)).min(max_pause);
        match failure {
            Failure::Status {
                wait: Some(wait), ..
            } => (*wait <= max_pause).then_some(*wait),
            _ => Some(own),
        }
    }
}

/// What an error status says.
pub(super) fn refused(answer: &Answer) -> Failure {
    let wait = answer.header(RETRY_AFTER.as_str());
    Failure::Status {
        status: answer.status().as_u16(),
        wait: wait.and_then(|text| wait_until(text, Timestamp::now())),
    }
}

/// How long to wait by the words of a server: a number of seconds, or a date.
fn wait_until(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    // A date that has passed is no reason to wait.
    let until = || Some(date(text)?.duration_since(now));
    seconds.or_else(|| Some(Duration::try_from(until()?).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{date, wait_until};

    #[test]
    fn a_server_says_when_to_come_back() {
        let now = date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let wait = |text| wait_until(text, now).map(|wait| wait.as_secs());
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(wait("-1"), None);
        assert_eq!(wait("soon"), None);
        assert_eq!(wait_until("0", now), Some(Duration::ZERO));
    }
}
