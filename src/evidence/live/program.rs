//! Whether a process number still stands for the program that it stood for: `execve(2)` puts another in its place.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use super::LiveError;

/// What tells one program of a process from the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// Device and inode of the executable.
    file: (u64, u64),
    /// What the kernel told it at its start (`/proc/PID/auxv`): addresses that are others each time, where the kernel
    /// chooses them at random.
    start: Vec<u8>,
}

impl Program {
    /// The one that a process runs; `None` for a process that has ended.
    pub(super) fn of(pid: u32) -> Option<Self> {
        let file = fs::metadata(format!("/proc/{pid}/exe")).ok()?;
        Some(Self {
            file: (file.dev(), file.ino()),
            start: fs::read(format!("/proc/{pid}/auxv")).ok()?,
        })
    }

    /// # Errors
    ///
    /// [`LiveError::Replaced`] when the process runs another one by now. For one that has ended, others have the word.
    pub(super) fn still_runs(&self, pid: u32) -> Result<(), LiveError> {
        match Self::of(pid) {
            Some(now) if now != *self && !now.start.is_empty() => Err(LiveError::Replaced { pid }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    use std::thread::sleep;
    use std::time::Duration;

    use super::*;
    use crate::evidence::live::Live;

    #[test]
    fn the_same_and_another() {
        let pid = std::process::id();
        let program = Program::of(pid).unwrap();
        assert!(program.still_runs(pid).is_ok());
        let (mut file, mut start) = (program.clone(), program);
        file.file.1 += 1;
        start.start[8] ^= 1;
        for other in [file, start] {
            let error = other.still_runs(pid).unwrap_err();
            assert!(matches!(error, LiveError::Replaced { pid: of } if of == pid));
        }
        assert_eq!(Program::of(u32::MAX >> 1), None);
    }

    /// A shell that becomes another program between two looks.
    #[test]
    fn a_process_that_is_replaced() {
        let mut command = Command::new("sh");
        command.args(["-c", "read line; exec sleep 1000"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let pid = child.id();
        // Between fork and exec it is this program still.
        let named = |name| {
            while !fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|is| is == name) {
                sleep(Duration::from_millis(1));
            }
        };
        named("sh\n");
        let opened = Live::open(pid);
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        named("sleep\n");
        // Where processes may not be traced at all, there is nothing to be seen.
        let frozen = opened.map(|live| live.freeze());
        child.kill().unwrap();
        child.wait().unwrap();
        if let Ok(frozen) = frozen {
            assert!(
                matches!(frozen, Err(LiveError::Replaced { .. })),
                "{frozen:?}"
            );
        }
    }
}
