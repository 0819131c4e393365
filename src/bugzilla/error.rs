//! What can go wrong between here and a Bugzilla.

use crate::http::{ClientError, TransportError};

/// Why a server gave no answer that says something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// There was no answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer broke off.
    #[error("the answer was cut off")]
    CutOff,
    /// A page in place of data: of a proxy, of a server under maintenance, of one that failed.
    #[error("a page in place of an answer (status {status}){title}", title = titled(title.as_ref()))]
    Page {
        /// HTTP's status.
        status: u16,
        /// What the page is called.
        title: Option<String>,
        /// For how long the server wants to be left alone, in seconds.
        retry_after: Option<u64>,
    },
    /// An error that the server has no code for, most often its own.
    #[error("status {status}{message}", message = titled(message.as_ref()))]
    Status {
        /// HTTP's status.
        status: u16,
        /// Its words.
        message: Option<String>,
        /// For how long the server wants to be left alone, in seconds.
        retry_after: Option<u64>,
    },
    /// Not what such a server answers.
    #[error("an answer that no Bugzilla gives: {0}")]
    Strange(String),
    /// More than is read.
    #[error("an answer of more than {} MiB", .0 >> 20)]
    TooLarge(u64),
}

fn titled(title: Option<&String>) -> String {
    title.map(|title| format!(": {title}")).unwrap_or_default()
}

impl Problem {
    /// Whether it may be over with another try.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Transport(TransportError::Redirect(_)) | Self::TooLarge(_) => false,
            _ if self.is_of_certificates() => false,
            Self::Transport(_) | Self::CutOff | Self::Strange(_) => true,
            Self::Page { status, .. } | Self::Status { status, .. } => {
                matches!(status, 408 | 429 | 500..)
            }
        }
    }

    /// Whether the server is not trusted to be who it says.
    #[must_use]
    pub fn is_of_certificates(&self) -> bool {
        matches!(self, Self::Transport(TransportError::Connect(why)) if why.contains("certificate"))
    }

    /// Whether the server cannot have got the request.
    pub(super) fn is_unsent(&self) -> bool {
        matches!(self, Self::Transport(TransportError::Connect(_)))
    }

    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Page { retry_after, .. } | Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Why a Bugzilla could not be read, or not be written to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BugzillaError {
    /// Nothing can be asked.
    #[error("{0}")]
    Client(String),
    /// An address without protection, which no key is sent to.
    #[error("{host} is asked by http, which is not protected")]
    Unprotected {
        /// The server.
        host: String,
    },
    /// The key is wrong, expired or revoked.
    #[error("{host} refuses the API key: {message}")]
    KeyRefused {
        /// The server.
        host: String,
        /// Its words.
        message: String,
        /// Where a new one is made.
        page: String,
    },
    /// There is no form in which the server takes the key.
    #[error("{host} takes the API key neither in a header nor in the body of a request")]
    KeyUnheard {
        /// The server.
        host: String,
    },
    /// The account may not log in.
    #[error("{host} does not let the account in: {message}")]
    Account {
        /// The server.
        host: String,
        /// Its words.
        message: String,
    },
    /// Something that only users may do who are logged in.
    #[error("{host} wants a login for that")]
    LoginNeeded {
        /// The server.
        host: String,
        /// Whether a key was sent.
        with_key: bool,
        /// Where one is made.
        page: String,
    },
    /// There is no such bug.
    #[error("{host} has no bug {bug}")]
    NoBug {
        /// The server.
        host: String,
        /// Number or alias.
        bug: String,
    },
    /// A bug that whoever asks may not see.
    #[error("bug {bug} is not for everybody's eyes")]
    Hidden {
        /// Number or alias.
        bug: String,
        /// Whether a key was sent.
        with_key: bool,
        /// Where one is made.
        page: String,
    },
    /// Private comments and attachments are for a group that the user is not in.
    #[error("{host} does not let this user read or write what is private")]
    NotPrivate {
        /// The server.
        host: String,
    },
    /// A private post that could not be looked for.
    #[error(
        "{host} shows no private comments to a key in a body: whether they are there already cannot be told"
    )]
    Unseen {
        /// The server.
        host: String,
    },
    /// The server sends on to another address; what is meant for one server is not sent there.
    #[error("{host} sends on to {to}")]
    Moved {
        /// The server.
        host: String,
        /// Where to.
        to: String,
    },
    /// The server understood, and said no.
    #[error("{host} refuses that: {message} (code {code})")]
    Refused {
        /// The server.
        host: String,
        /// Bugzilla's number of the error (`Bugzilla::WebService::Constants`).
        code: i64,
        /// Its words.
        message: String,
    },
    /// No answer that says something, however often it was asked.
    #[error("{host}: {problem}")]
    Server {
        /// The server.
        host: String,
        /// What came instead.
        problem: Problem,
    },
    /// A post whose answer did not come, and that could not be looked for.
    #[error("whether {what} was stored is not known: {problem}")]
    Doubtful {
        /// What was posted.
        what: &'static str,
        /// What came in place of the answer.
        problem: Problem,
    },
}

impl From<ClientError> for BugzillaError {
    fn from(error: ClientError) -> Self {
        Self::Client(error.to_string())
    }
}
