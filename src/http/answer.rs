//! An answer whose head is here.

use std::io::{self, Read};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::CONTENT_ENCODING;

use super::TransportError;

/// What a server answers; reading gives its body.
#[derive(Debug)]
pub(crate) struct Answer {
    response: Response,
    timeout: Duration,
}

impl Answer {
    pub(super) fn new(response: Response, timeout: Duration) -> Self {
        Self { response, timeout }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// A header that is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// A header that is a number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }

    /// What the body is packed with, although that was not asked for.
    pub(crate) fn encoding(&self) -> Option<&str> {
        self.header(CONTENT_ENCODING.as_str())
            .filter(|&encoding| encoding != "identity")
    }

    /// What a failed read of the body means where the server has stopped to send, not gone.
    pub(crate) fn stalled(&self, error: &io::Error) -> Option<TransportError> {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        let is_timeout = error.kind() == io::ErrorKind::TimedOut
            || inner.is_some_and(|inner: &reqwest::Error| inner.is_timeout());
        is_timeout.then_some(TransportError::Stalled(self.timeout.as_secs()))
    }
}

impl Read for Answer {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.response.read(into)
    }
}
