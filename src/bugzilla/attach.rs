//! Attachments, each once, and the fields of a bug that name the answer.

use std::io::Write as _;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};

use super::call::Call;
use super::{Bug, BugzillaError, Posted, Server};

/// A file that is to be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Its name, by which it is known again.
    pub file_name: String,
    /// What it is, in a line of at most 255 characters.
    pub summary: String,
    /// Media type.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether it is for a group only.
    pub is_private: bool,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attached {
    /// It is stored, by this very call.
    New {
        /// Its number.
        attachment: u64,
    },
    /// It was there before.
    Already {
        /// Its number.
        attachment: u64,
    },
    /// It is larger than the server takes, packed too.
    TooLarge {
        /// What the server takes, in bytes.
        limit: u64,
    },
}

/// What became of a comment and of what goes with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommentOutcome {
    /// The bug.
    pub bug: u64,
    /// The comment; `None` where it was shown only.
    pub posted: Option<Posted>,
    /// Each file by its name.
    pub attached: Vec<(String, Attached)>,
    /// What was done with fields of the bug, in words.
    pub fields: Vec<String>,
}

impl Server<'_> {
    /// Attaches a file unless one of its name is there already; one that is larger than the server takes is packed.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`], as of [`post`](Self::post).
    pub fn attach(
        &self,
        bug: u64,
        enclosure: &Enclosure,
        cut_off: bool,
    ) -> Result<Attached, BugzillaError> {
        self.log_in()?;
        let limit = self.attachment_limit()?.unwrap_or(u64::MAX);
        let Some(file) = fitting(enclosure, limit) else {
            return Ok(Attached::TooLarge { limit });
        };
        for pause in self.first_pauses(cut_off) {
            thread::sleep(pause);
            if let Some(attachment) = self.enclosed(bug, &file)? {
                return Ok(Attached::Already { attachment });
            }
        }
        self.sees(file.is_private)?;
        let stored = |value: &Value| value.pointer("/ids/0").and_then(Value::as_u64);
        let look = || self.enclosed(bug, &file);
        let attachment = self.once("the attachment", &of_file(bug, &file), stored, look)?;
        Ok(Attached::New { attachment })
    }

    /// The attachment of that name.
    fn enclosed(&self, bug: u64, file: &Enclosure) -> Result<Option<u64>, BugzillaError> {
        let attachments = self.attachments(bug)?;
        let same = |name: &str, is_private: bool| {
            name == file.file_name && (file.is_private || !is_private)
        };
        let found = attachments
            .iter()
            .find(|known| !known.is_obsolete && same(&known.file_name, known.is_private));
        Ok(found.map(|known| known.id))
    }

    /// Adds a word to the whiteboard; `false` where it was there.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`].
    pub fn mark(&self, bug: &Bug, word: &str) -> Result<bool, BugzillaError> {
        if bug.whiteboard.split_whitespace().any(|known| known == word) {
            return Ok(false);
        }
        let whiteboard = format!("{} {word}", bug.whiteboard);
        self.update(bug, json!({ "whiteboard": whiteboard.trim() }))?;
        Ok(true)
    }

    /// Adds an address to the bugs elsewhere; `false` where it was there.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`], also where the server does not take such addresses.
    pub fn point(&self, bug: &Bug, address: &str) -> Result<bool, BugzillaError> {
        if bug.see_also.iter().any(|known| known == address) {
            return Ok(false);
        }
        self.update(bug, json!({ "see_also": { "add": [address] } }))?;
        Ok(true)
    }

    /// A change that is the same however often it is made.
    fn update(&self, bug: &Bug, body: Value) -> Result<(), BugzillaError> {
        self.log_in()?;
        let call = Call::write(Method::PUT, format!("bug/{}", bug.id), body).about(bug.id);
        self.repeat(&call).map(drop)
    }
}

fn of_file(bug: u64, file: &Enclosure) -> Call {
    let body = json!({
        "file_name": file.file_name,
        "summary": file.summary,
        "content_type": file.content_type,
        "data": STANDARD.encode(&file.bytes),
        "is_private": file.is_private,
    });
    Call::write(Method::POST, format!("bug/{bug}/attachment"), body).about(bug)
}

/// The file, packed where it is too large.
fn fitting(file: &Enclosure, limit: u64) -> Option<Enclosure> {
    if file.bytes.len() as u64 <= limit {
        return Some(file.clone());
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(&file.bytes).ok()?;
    let bytes = packer.finish().ok()?;
    (bytes.len() as u64 <= limit).then(|| Enclosure {
        file_name: format!("{}.gz", file.file_name),
        content_type: "application/gzip",
        bytes,
        ..file.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_are_packed() {
        let file = Enclosure {
            file_name: "report.html".to_owned(),
            summary: "report".to_owned(),
            content_type: "text/html",
            bytes: vec![b' '; 10_000],
            is_private: false,
        };
        assert_eq!(fitting(&file, 10_000), Some(file.clone()));
        let packed = fitting(&file, 9_999).unwrap();
        assert_eq!(packed.file_name, "report.html.gz");
        assert!(packed.bytes.starts_with(&[0x1f, 0x8b]) && packed.bytes.len() < 200);
        assert_eq!(fitting(&file, 10), None);
        let call = of_file(3, &file);
        assert_eq!(call.body["is_private"], json!(false));
        assert!(!call.body.contains_key("ids") && !call.body.contains_key("id"));
    }
}
