//! One request: limits on time and size, and what they are worth against a server that does not keep to its word.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_LENGTH, HeaderMap};
use reqwest::{StatusCode, Url};
use tempfile::NamedTempFile;

use super::error::{Error, Failure, Stop};
use super::{Observer, Settings};
use crate::http::{Answer, Client};

/// A server must send as much within each span of `Settings::timeout`: elfutils' rule.
const SLOW: u64 = 100 * 1024;
/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// Reads what one server sends.
pub(super) struct Transfer<'a> {
    pub(super) http: &'a Client,
    pub(super) settings: &'a Settings,
    pub(super) observer: &'a dyn Observer,
    /// The server, as shown.
    pub(super) shown: &'a str,
}

impl Transfer<'_> {
    /// Fetches a file whole, into a file that is made once there is something to put in. `None`: the server has none.
    pub(super) fn run(
        &self,
        url: Url,
        file: impl FnOnce() -> Result<NamedTempFile, Error>,
    ) -> Result<Option<NamedTempFile>, Stop> {
        let mut pace = Pace::start(self.settings, Instant::now());
        let answer = self.http.get(url, HeaderMap::new())?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            status => return Err(Failure::Status(status.as_u16()).into()),
        }
        if let Some(encoding) = answer.encoding() {
            return Err(Failure::Encoding(encoding.to_owned()).into());
        }
        let total = self.total(&answer)?;
        let mut file = file()?;
        self.receive(answer, &mut file, total, &mut pace)?;
        Ok(Some(file))
    }

    /// The size that the server promises, if it is allowed.
    fn total(&self, answer: &Answer) -> Result<Option<u64>, Failure> {
        let length = answer.number(CONTENT_LENGTH.as_str());
        let size = answer.number("x-debuginfod-size");
        let limit = self.settings.max_bytes;
        if length.max(size).is_some_and(|bytes| bytes > limit) {
            return Err(Failure::TooLarge { limit });
        }
        Ok(length.or(size))
    }

    fn receive(
        &self,
        mut answer: Answer,
        file: &mut NamedTempFile,
        total: Option<u64>,
        pace: &mut Pace,
    ) -> Result<(), Stop> {
        let limit = self.settings.max_bytes;
        let mut chunk = vec![0; CHUNK];
        let mut done = 0;
        loop {
            let read = match answer.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    let cut = Failure::CutOff { done, total };
                    return Err(answer.stalled(&error).map_or(cut, Failure::from).into());
                }
            };
            done += read as u64;
            if done > limit {
                return Err(Failure::TooLarge { limit }.into());
            }
            pace.received(read as u64, Instant::now())?;
            file.write_all(&chunk[..read])
                .map_err(|source| Error::Cache {
                    doing: "write",
                    path: file.path().to_owned(),
                    source,
                })?;
            self.observer.progress(self.shown, done, total);
        }
        if total.is_some_and(|total| total != done) {
            return Err(Failure::CutOff { done, total }.into());
        }
        Ok(())
    }
}

/// How fast an answer comes.
#[derive(Debug)]
struct Pace {
    timeout: Duration,
    max_time: Duration,
    started: Instant,
    /// Since when `bytes` are counted.
    since: Instant,
    bytes: u64,
}

impl Pace {
    fn start(settings: &Settings, now: Instant) -> Self {
        Self {
            timeout: settings.timeout,
            max_time: settings.max_time,
            started: now,
            since: now,
            bytes: 0,
        }
    }

    fn received(&mut self, bytes: u64, now: Instant) -> Result<(), Failure> {
        self.bytes += bytes;
        if now - self.started >= self.max_time {
            return Err(Failure::Overlong(self.max_time.as_secs()));
        }
        if self.bytes >= SLOW {
            self.since = now;
            self.bytes = 0;
        } else if now - self.since >= self.timeout {
            return Err(Failure::Slow(self.timeout.as_secs()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Failure, Pace, SLOW, Settings};

    #[test]
    fn a_server_is_slow_by_what_it_sends_in_each_span() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::start(&Settings::new(""), start);
        assert_eq!(pace.received(1, at(89)), Ok(()));
        assert_eq!(pace.received(SLOW, at(91)), Ok(()), "enough, if late");
        assert_eq!(pace.received(1, at(180)), Ok(()));
        assert_eq!(pace.received(1, at(181)), Err(Failure::Slow(90)));
    }

    #[test]
    fn a_file_has_an_end() {
        let start = Instant::now();
        let mut pace = Pace::start(&Settings::new(""), start);
        let overlong = pace.received(SLOW, start + Duration::from_secs(1800));
        assert_eq!(overlong, Err(Failure::Overlong(1800)));
    }
}
