//! What can go wrong between here and GitHub.

use jiff::Timestamp;

use crate::http::{ClientError, TransportError};
use crate::issues::ImportError;

/// Why a fetch ended early. What had come stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// A place that is no repository on GitHub.
    #[error("{tracker} is no repository on GitHub")]
    NotGithub {
        /// The place.
        tracker: String,
    },
    /// An address without protection, which no token is sent to.
    #[error("{host} is asked by http, which is not protected")]
    Unprotected {
        /// The server.
        host: String,
    },
    /// Nothing can be asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The token is refused.
    #[error("the token is refused")]
    Token,
    /// There is no such repository, or it is not for whoever asks.
    #[error("there is no repository {tracker}, or it may not be read with this token")]
    NoRepository {
        /// The repository.
        tracker: String,
    },
    /// A limit that is not lifted soon.
    #[error("GitHub answers no more requests until {until}")]
    Limited {
        /// When it does again.
        until: Timestamp,
    },
    /// The server failed, at last or for good.
    #[error("cannot fetch {path}: {problem}")]
    Server {
        /// What was asked for.
        path: String,
        /// What went wrong.
        problem: Problem,
    },
    /// What came cannot be taken in.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// How a request failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There was no answer, or it stopped.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer ended early.
    #[error("cut off")]
    CutOff,
    /// It answered with an error.
    #[error("HTTP status {status}{}", words(message))]
    Status {
        /// Its number.
        status: u16,
        /// What it says, if it says something.
        message: String,
    },
    /// Something else than what the API answers with: the page of a proxy, half a document.
    #[error("an answer that is not GitHub's: {0}")]
    Strange(String),
}

fn words(message: &str) -> String {
    if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    }
}

impl Problem {
    /// Whether asking once more may help.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::CutOff | Self::Strange(_) => true,
            Self::Transport(error) => !matches!(error, TransportError::Redirect(_)),
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..600),
        }
    }
}
