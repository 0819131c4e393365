//! The texts and files of a bug as cases: its description, comments, and those attachments that may show a stack.

use std::fmt;
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use super::{Attachment, Bug, BugzillaError, Comment, Server, marker};
use crate::case::Case;
use crate::evidence::core::{Core, Limits, Opened, open};
use crate::evidence::{self, Content, content, text};
use crate::stack::{DebugFiles, Variables};

/// Where in a bug a stack stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Origin {
    /// The first comment.
    Description,
    /// Another.
    Comment {
        /// Its number in the bug; where the server does not say, on the server.
        number: u64,
    },
    /// A file.
    Attachment {
        /// Its number on the server.
        number: u64,
        /// The file's name.
        file_name: String,
    },
    /// Not the bug: an input that was given beside it.
    Input,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Description => f.write_str("description"),
            Self::Comment { number } => write!(f, "comment {number}"),
            Self::Attachment { number, file_name } => {
                write!(f, "attachment {number} ({file_name})")
            }
            Self::Input => f.write_str("input"),
        }
    }
}

/// What one text or file of a bug shows.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it stands.
    pub origin: Origin,
    /// Whether it is for a group only.
    pub is_private: bool,
    /// Its stacks and facts.
    pub case: Case,
}

impl Source {
    /// Whether there is anything to look for.
    pub(super) fn shows_failure(&self) -> bool {
        !self.case.process.threads.is_empty() || self.case.facts.has_failure()
    }
}

/// How a bug is read.
#[derive(Debug, Clone)]
pub struct ReadOptions<'a> {
    /// Read attached cores, too, with these files.
    pub cores: Option<&'a DebugFiles>,
    /// Where and how far packed attachments are unpacked.
    pub limits: Limits,
    /// The largest attachment that is fetched, cores aside, in bytes.
    pub largest: u64,
}

/// All that was read of a bug.
#[derive(Debug, Clone)]
pub struct Report {
    /// The bug.
    pub bug: Bug,
    /// Where users see it.
    pub page: String,
    /// Its texts and files, in the order of the bug.
    pub sources: Vec<Source>,
    /// What was left out, and why: lower-case fragments.
    pub problems: Vec<String>,
}

/// Reads what stands in a bug whose fields are known.
///
/// # Errors
///
/// [`BugzillaError`] where its comments cannot be read; of attachments those that can are read.
pub fn report(
    server: &Server<'_>,
    bug: Bug,
    options: &ReadOptions<'_>,
) -> Result<Report, BugzillaError> {
    let mut report = Report {
        page: server.bug_page(bug.id),
        sources: Vec::new(),
        problems: Vec::new(),
        bug,
    };
    let comments = server.comments(report.bug.id)?;
    let texts = comments
        .iter()
        .filter(|comment| !marker::is_marked(&comment.text));
    report.sources.extend(texts.map(of_comment));
    let attachments = match server.attachments(report.bug.id) {
        Ok(attachments) => attachments,
        Err(error) => {
            report
                .problems
                .push(format!("attachments: {}", passed(error)?));
            Vec::new()
        }
    };
    for attachment in attachments {
        match chosen(&attachment, options) {
            Choice::Read => match read(server, &attachment, options)? {
                Ok(source) => report.sources.push(source),
                Err(why) => report.problems.push(named(&attachment, &why)),
            },
            Choice::Pass => {}
            Choice::Skip(why) => report.problems.push(named(&attachment, &why)),
        }
    }
    Ok(report)
}

/// Why a part of a bug is missing, where the rest is of use without it.
fn passed(error: BugzillaError) -> Result<String, BugzillaError> {
    match error {
        BugzillaError::Server { .. }
        | BugzillaError::Refused { .. }
        | BugzillaError::NotPrivate { .. } => Ok(error.to_string()),
        other => Err(other),
    }
}

fn named(attachment: &Attachment, why: &str) -> String {
    format!(
        "attachment {} ({}): {why}",
        attachment.id, attachment.file_name
    )
}

fn of_comment(comment: &Comment) -> Source {
    Source {
        origin: match comment.count {
            Some(0) => Origin::Description,
            number => Origin::Comment {
                number: number.unwrap_or(comment.id),
            },
        },
        is_private: comment.is_private,
        case: Case::from_text(text::read(comment.text.as_bytes())),
    }
}

/// What is done with an attachment.
enum Choice {
    Read,
    /// Nothing to be said of it.
    Pass,
    Skip(String),
}

/// What ABRT attaches beside stacks (libreport 2.17, `bugzilla_format.conf` and `abrt_event.conf`).
const WITHOUT_STACKS: [&str; 14] = [
    "cgroup",
    "cpuinfo",
    "environ",
    "exploitable",
    "hostname",
    "journald_cursor",
    "limits",
    "machineid",
    "mountinfo",
    "namespaces",
    "open_fds",
    "proc_pid_status",
    "smaps",
    "uid",
];

fn chosen(attachment: &Attachment, options: &ReadOptions<'_>) -> Choice {
    let name = attachment.file_name.to_lowercase();
    let kind = attachment
        .content_type
        .split('/')
        .next()
        .unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let stackless = WITHOUT_STACKS.contains(&stem.trim_start_matches("file: "));
    let picture =
        ["image", "audio", "video"].contains(&kind) || attachment.content_type == "application/pdf";
    if attachment.is_obsolete
        || attachment.is_patch
        || stackless
        || picture
        || marker::is_own_file(&name)
    {
        return Choice::Pass;
    }
    let is_core = is_core(&name, kind);
    if is_core && options.cores.is_none() {
        return Choice::Skip("a core, which is read if asked for with --cores".to_owned());
    }
    if !is_core && attachment.size > options.largest {
        return Choice::Skip(format!(
            "not read, it is larger than {} MiB",
            options.largest >> 20
        ));
    }
    Choice::Read
}

/// `coredump`, `core.python3.1000.zst`, `core.1234`; not `core_backtrace`, `coredumpctl.txt`, and what is said to be a text.
fn is_core(name: &str, kind: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let text = kind == "text" || name.ends_with(".txt") || name.ends_with(".log");
    ["core", "coredump"].contains(&stem) && !text
}

/// Fetches an attachment and looks into it; the inner error says why it shows nothing.
fn read(
    server: &Server<'_>,
    attachment: &Attachment,
    options: &ReadOptions<'_>,
) -> Result<Result<Source, String>, BugzillaError> {
    let bytes = match server.attached(attachment.id) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(Err("it is not there any more".to_owned())),
        Err(error) => return passed(error).map(Err),
    };
    let case = case_of(&bytes, &attachment.file_name, options);
    Ok(case.map(|case| Source {
        origin: Origin::Attachment {
            number: attachment.id,
            file_name: attachment.file_name.clone(),
        },
        is_private: attachment.is_private,
        case,
    }))
}

fn case_of(bytes: &[u8], name: &str, options: &ReadOptions<'_>) -> Result<Case, String> {
    let opened = unpacked(bytes, &options.limits).map_err(|error| error.to_string())?;
    let failed = |error: std::io::Error| error.to_string();
    match content(&opened.file).map_err(failed)? {
        Content::Core => {
            let debug_files = options
                .cores
                .ok_or("a core, which is read if asked for with --cores")?;
            let core = Core::read(Path::new(name), opened).map_err(|error| error.to_string())?;
            Ok(Case::from_core(&core, debug_files, Variables::Hidden))
        }
        Content::Text => evidence::text_of(opened)
            .map(Case::from_text)
            .map_err(failed),
        Content::Other => Err("neither a text nor a core".to_owned()),
    }
}

/// Readers of containers want a file.
fn unpacked(bytes: &[u8], limits: &Limits) -> Result<Opened, Box<dyn std::error::Error>> {
    let mut file = tempfile::NamedTempFile::new_in(&limits.dir)?;
    file.write_all(bytes)?;
    Ok(open(file.path(), limits)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(file_name: &str, content_type: &str, size: u64) -> &'static str {
        let options = ReadOptions {
            cores: None,
            limits: Limits::new(std::env::temp_dir()),
            largest: 1 << 20,
        };
        let attachment = Attachment {
            file_name: file_name.to_owned(),
            content_type: content_type.to_owned(),
            size,
            ..Attachment::default()
        };
        match chosen(&attachment, &options) {
            Choice::Read => "read",
            Choice::Pass => "pass",
            Choice::Skip(_) => "skip",
        }
    }

    #[test]
    fn attachments_that_may_show_a_stack() {
        for (name, kind, size, what) in [
            ("backtrace", "text/plain", 9_000, "read"),
            ("core_backtrace", "text/plain", 9_000, "read"),
            ("File: backtrace", "text/plain", 9_000, "read"),
            ("dso_list", "text/plain", 9_000, "read"),
            ("gdb.log.xz", "application/x-xz", 9_000, "read"),
            ("info.txt", "application/octet-stream", 9_000, "read"),
            ("environ", "text/plain", 900, "pass"),
            ("File: open_fds", "text/plain", 900, "pass"),
            ("screen.png", "image/png", 900, "pass"),
            (
                "fixtrail-0123456789abcdef-0123456789abcdef-report.html",
                "text/html",
                900,
                "pass",
            ),
            ("backtrace", "text/plain", 9 << 20, "skip"),
            ("coredump.gz", "application/gzip", 900, "skip"),
            ("core.1234", "application/octet-stream", 900, "skip"),
            ("coredumpctl.txt", "text/plain", 900, "read"),
            ("coredump.log", "application/octet-stream", 900, "read"),
            ("core.txt", "text/plain", 900, "read"),
        ] {
            assert_eq!(choice(name, kind, size), what, "{name}");
        }
    }
}
