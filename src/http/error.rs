//! What can go wrong before there is an answer that says something.

use std::error::Error as StdError;

/// No client could be made: a proxy that is none, or no source of certificates.
#[derive(Debug, thiserror::Error)]
#[error("cannot make an HTTP client: {why}")]
pub struct ClientError {
    /// The library's words.
    pub why: String,
}

/// Why a server gave no answer, or none that can be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// There was no connection.
    #[error("no connection: {0}")]
    Connect(String),
    /// It stopped to send.
    #[error("no data for {0} s")]
    Stalled(u64),
    /// It sent from one address to the next.
    #[error("{0}")]
    Redirect(String),
    /// Something else than HTTP, or a connection that broke before the answer.
    #[error("no answer: {0}")]
    Exchange(String),
}

impl From<reqwest::Error> for ClientError {
    fn from(error: reqwest::Error) -> Self {
        Self {
            why: innermost(&error),
        }
    }
}

/// The cause: what stands around it says no more than that a request failed, and may name the address.
pub(super) fn innermost(error: &dyn StdError) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
