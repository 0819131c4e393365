//! What can go wrong, on this machine and at a server.

use std::io;
use std::path::PathBuf;

use super::Kind;
use crate::http::{ClientError, TransportError};

/// Why no answer could be given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No linker writes such a build ID.
    #[error("a build ID of {len} bytes cannot be looked for")]
    BuildId {
        /// Its bytes.
        len: usize,
    },
    /// The cache cannot be written.
    #[error("cannot {doing} {}: {source}", path.display())]
    Cache {
        /// What was tried.
        doing: &'static str,
        /// With which path.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Nothing can be asked.
    #[error(transparent)]
    Http(#[from] ClientError),
    /// No server gave the file, and not every one of them said that it has none.
    #[error("no {kind} for build ID {build_id}: {}", join(problems))]
    Servers {
        /// What was asked for.
        kind: Kind,
        /// Of which module, in hexadecimal.
        build_id: String,
        /// What went wrong, in the order of the servers; those that do not have the file are left out.
        problems: Vec<Problem>,
    },
}

/// What went wrong at one server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url}: {failure}")]
pub struct Problem {
    /// The server, without its password.
    pub url: String,
    /// What went wrong.
    pub failure: Failure,
}

/// How a server failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The setting is no address of a server.
    #[error("not an http or https address")]
    Address,
    /// It failed before, so it is left alone.
    #[error("not asked again after it failed")]
    GivenUp,
    /// It gave no answer, or stopped to send.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// It sends, but too slowly.
    #[error("less than 100 KiB in {0} s")]
    Slow(u64),
    /// The whole file takes too long.
    #[error("not complete after {0} s")]
    Overlong(u64),
    /// It answered with an error.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The file is larger than the limit, by what the server says or by what it sent.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The answer ended early.
    #[error("cut off after {done} bytes{}", of(*total))]
    CutOff {
        /// What arrived.
        done: u64,
        /// What was promised.
        total: Option<u64>,
    },
    /// The answer is compressed, which was not asked for.
    #[error("an answer in the encoding `{0}`")]
    Encoding(String),
    /// Not an ELF file.
    #[error("not an ELF file")]
    NotElf,
    /// An ELF file that is not whole.
    #[error("a damaged ELF file: {0}")]
    Damaged(String),
    /// Another module's file.
    #[error("a file with the build ID {found}")]
    BuildId {
        /// The build ID in it, in hexadecimal.
        found: String,
    },
    /// A file of which cannot be told whose it is.
    #[error("a file without a build ID")]
    NoBuildId,
}

impl Failure {
    /// Whether the next module would fare no better, after as long a wait.
    pub(super) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Transport(TransportError::Connect(_) | TransportError::Stalled(_))
                | Self::Slow(_)
                | Self::Overlong(_)
        )
    }

    /// Whether asking once more may help.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::CutOff { .. } | Self::Transport(TransportError::Exchange(_)) => true,
            Self::Status(status) => (500..600).contains(status),
            _ => false,
        }
    }
}

/// Why one try ended: the server's fault, or this machine's, where the next server would not help.
pub(super) enum Stop {
    Server(Failure),
    Here(Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Server(failure)
    }
}

impl From<TransportError> for Stop {
    fn from(error: TransportError) -> Self {
        Self::Server(error.into())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}

fn of(total: Option<u64>) -> String {
    total.map_or_else(String::new, |total| format!(" of {total}"))
}

fn join(problems: &[Problem]) -> String {
    let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
    words.join("; ")
}
