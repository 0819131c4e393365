//! What can go wrong, on this machine and at the server.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::Checksum;
use crate::http::{Answer, ClientError, TransportError};

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// Nothing that can be asked for. Not shown: it may hold a password.
    #[error("not an address to fetch from: {why}")]
    Address {
        /// What is wrong with it.
        why: String,
    },
    /// Another process, or this one, fetches into the same folder.
    #[error("another fetch into {} is under way", folder.display())]
    Busy {
        /// The folder.
        folder: PathBuf,
    },
    /// A file or folder of this machine. What has come stays.
    #[error("cannot {doing} {}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which path.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// No space is left. What has come stays.
    #[error("the disk is full; {} keeps the first {bytes} bytes", path.display())]
    Full {
        /// What is there of the file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// Nothing can be asked.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server failed, at last or for good. What has come stays, if it may be of use.
    #[error("cannot fetch {url}: {failure}")]
    Server {
        /// What was asked for, without its password.
        url: String,
        /// What went wrong.
        failure: Failure,
    },
    /// The file is not the one that it should be. Nothing of it stays.
    #[error("{url} has the SHA-256 {found} instead of {expected}")]
    Checksum {
        /// What was asked for, without its password.
        url: String,
        /// What it should have.
        expected: Checksum,
        /// What it has.
        found: Checksum,
    },
}

/// How a server failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// It gave no answer, or stopped to send.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// It answered with an error.
    #[error("HTTP status {status}{}", asked(*wait))]
    Status {
        /// Its number.
        status: u16,
        /// When to come back, if it said so.
        wait: Option<Duration>,
    },
    /// The answer ended early.
    #[error("cut off after {done} bytes{}", of(*total))]
    CutOff {
        /// What is here.
        done: u64,
        /// What was promised.
        total: Option<u64>,
    },
    /// The file is larger than the limit or than was promised.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The answer is packed, which was not asked for.
    #[error("an answer in the encoding `{0}`")]
    Encoding(String),
    /// A page for people: a wrong address, or a network that wants a login.
    #[error("a web page, not a corpus")]
    Page,
    /// A list of checksums that has none for the file.
    #[error("no SHA-256 of `{name}` in it")]
    NoChecksum {
        /// The file's name.
        name: String,
    },
}

impl Failure {
    /// A body that could not be read further.
    pub(super) fn reading(
        answer: &Answer,
        error: &io::Error,
        done: u64,
        total: Option<u64>,
    ) -> Self {
        let cut = Self::CutOff { done, total };
        answer.stalled(error).map_or(cut, Self::from)
    }

    /// Whether asking once more may help. A server that has never answered is more likely the wrong one.
    pub(super) fn is_passing(&self, has_answered: bool) -> bool {
        match self {
            Self::CutOff { .. } => true,
            Self::Transport(TransportError::Stalled(_) | TransportError::Exchange(_)) => true,
            Self::Transport(TransportError::Connect(_)) => has_answered,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..600),
            _ => false,
        }
    }
}

/// Why one try ended: the server's fault, or this machine's, where another try would not help.
#[derive(Debug)]
pub(super) enum Stop {
    Server(Failure),
    Here(DownloadError),
}

impl<F: Into<Failure>> From<F> for Stop {
    fn from(failure: F) -> Self {
        Self::Server(failure.into())
    }
}

impl From<DownloadError> for Stop {
    fn from(error: DownloadError) -> Self {
        Self::Here(error)
    }
}

fn asked(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!(", to be asked again in {} s", wait.as_secs())
    })
}

fn of(total: Option<u64>) -> String {
    total.map_or_else(String::new, |total| format!(" of {total}"))
}
