//! Asks the journal which cores are of a unit: neither names nor attributes say so.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::{StorageError, StoredCore, name};

/// The kind of entry that systemd-coredump writes.
const MESSAGE: &str = "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1";

/// The fields that lead to the file.
const FIELDS: &str = "COREDUMP_PID,COREDUMP_TIMESTAMP,COREDUMP_FILENAME,COREDUMP_TRUNCATED";

/// The longest answer that is read: some 200,000 entries.
const LONGEST: u64 = 64 << 20;

/// How the journal is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// The program: `journalctl`, looked up as the system does, or a path.
    pub program: PathBuf,
    /// How long it may take.
    pub timeout: Duration,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            program: PathBuf::from("journalctl"),
            timeout: Duration::from_secs(20),
        }
    }
}

/// One entry of the journal.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    #[serde(rename = "COREDUMP_PID")]
    pid: String,
    #[serde(rename = "COREDUMP_TIMESTAMP")]
    timestamp: Option<String>,
    #[serde(rename = "COREDUMP_FILENAME")]
    filename: Option<String>,
    #[serde(rename = "COREDUMP_TRUNCATED")]
    truncated: Option<String>,
}

impl Entry {
    /// Whether a core is the one of this entry: by its name, or, where it was renamed, by process and time.
    pub(super) fn is_of(&self, core: &StoredCore) -> bool {
        let own = self
            .filename
            .as_deref()
            .and_then(|path| Path::new(path).file_name());
        let time = self.timestamp.as_deref().and_then(name::micros);
        let second = |time: i64| time / 1_000_000;
        own.is_some_and(|own| Some(own) == core.path.file_name())
            || (self.pid.parse() == Ok(core.pid) && time.map(second) == Some(second(core.time)))
    }

    /// Whether systemd-coredump cut the core short.
    pub(super) fn truncated(&self) -> bool {
        self.truncated.as_deref() == Some("1")
    }
}

impl Journal {
    /// The entries of cores of a unit, of the system or of a user.
    pub(super) fn entries(&self, unit: &str) -> Result<Vec<Entry>, StorageError> {
        let output = self.run(unit).map_err(|why| StorageError::Journal {
            program: self.program.clone(),
            unit: unit.to_owned(),
            why,
        })?;
        // An entry whose fields are no text (the journal gives those as lists of bytes) is of no core that is here.
        let lines = output.split(|byte| *byte == b'\n');
        Ok(lines
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect())
    }

    fn run(&self, unit: &str) -> Result<Vec<u8>, String> {
        let mut command = Command::new(&self.program);
        command
            .args(["--no-pager", "--quiet", "--output=json"])
            .arg(format!("--output-fields={FIELDS}"))
            .args([MESSAGE, &format!("COREDUMP_UNIT={unit}"), "+"])
            .args([MESSAGE, &format!("COREDUMP_USER_UNIT={unit}")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let answer = self.wait(&mut child);
        if answer.is_none() {
            // It may have ended by itself since; then there is nothing to end.
            drop(child.kill());
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        let (output, errors) = answer.ok_or_else(|| format!("no answer in {:?}", self.timeout))?;
        let words = String::from_utf8_lossy(&errors).trim().replace('\n', "; ");
        // Some versions fail, without a word, when no entry is found.
        if status.success() || (words.is_empty() && output.is_empty() && status.code() == Some(1)) {
            return Ok(output);
        }
        Err(if words.is_empty() {
            status.to_string()
        } else {
            words
        })
    }

    /// Both outputs, unless they take too long.
    fn wait(&self, child: &mut Child) -> Option<(Vec<u8>, Vec<u8>)> {
        let deadline = Instant::now() + self.timeout;
        let output = child.stdout.take().map(collect)?;
        let errors = child.stderr.take().map(collect)?;
        let mut results = [output, errors].into_iter().map(|bytes| {
            let left = deadline.saturating_duration_since(Instant::now());
            bytes.recv_timeout(left).ok()?.ok()
        });
        Some((results.next()??, results.next()??))
    }
}

/// Reads a pipe to its end on a thread of its own, which is left alone if that never comes.
fn collect(pipe: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.take(LONGEST).read_to_end(&mut bytes);
        // Nobody waits any more if it took too long.
        drop(sender.send(read.map(|_| bytes)));
    });
    receiver
}
