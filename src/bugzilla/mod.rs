//! Bugzilla: a bug is read, and the answer attached to it, once.
//!
//! ```text
//! bug ─▶ fields, comments, attachments ─▶ sources ─▶ findings ─▶ (report) ─▶ draft ─▶ looked for ─▶ posted
//! ```
//!
//! In: a server, and the name of a bug or a query. Out: a finding for each distinct stack, with the places where it stands;
//! and, of a draft, whether it is stored now or was before. Nothing else posts, and nothing here makes up a comment's words.
//!
//! What servers do that a client has to know was measured on 5.0.6, 5.2 and 5.3.3:
//!
//! - A form of login that a server does not know is ignored without a word (`login`).
//! - A key in an address is logged. Servers that take keys in bodies alone are read by JSON-RPC (`call`).
//! - A post is stored although whoever sent it has given up, and twice if it is sent twice (`post`).
//! - Ids in a body count before those of the path, and a text `false` is true: bodies have neither (`post`).
//! - Comments are limited in characters, attachments in KiB of their bytes; base64 that is none is stored as rubbish.

mod answer;
mod attach;
mod bug;
mod call;
mod error;
mod findings;
mod key;
mod login;
mod marker;
mod place;
mod post;
mod publish;
mod request;
mod scan;
mod search;
mod server;
mod settings;
mod sources;

pub use attach::{Attached, CommentOutcome, Enclosure};
pub use bug::{Attachment, Bug, Comment};
pub use error::{BugzillaError, Problem};
pub use findings::{Finding, findings};
pub use key::{AuthForm, Key};
pub use marker::Marker;
pub use place::{BugName, BugPlace, ParseBugError};
pub use post::{Draft, How, LONGEST_COMMENT, Posted};
pub use publish::{Shown, publishable};
pub use scan::{ScanOptions, scan};
pub use search::{BugQuery, ParseQueryError};
pub use server::{Observer, Progress, Server};
pub use settings::Settings;
pub use sources::{Origin, ReadOptions, Report, Source, report};
