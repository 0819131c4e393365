//! Why a process cannot be looked at, in plain words.

use std::fs;
use std::io;

use nix::unistd::{Uid, geteuid};
use thiserror::Error;

use super::files::{stat, status};
use super::save::SaveError;

/// Why a process cannot be looked at.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LiveError {
    /// There is none of that number.
    #[error("there is no process {pid}")]
    NoProcess {
        /// The number.
        pid: u32,
    },
    /// It has ended, and its parent did not take notice yet.
    #[error(
        "process {pid} has ended; it is a zombie until its parent, process {parent}, waits for it"
    )]
    Zombie {
        /// The number.
        pid: u32,
        /// Its parent.
        parent: u32,
    },
    /// It is a part of the kernel.
    #[error("process {pid} is a thread of the kernel, without memory of its own")]
    Kernel {
        /// The number.
        pid: u32,
    },
    /// A program that is not read here.
    #[error("process {pid} runs a program that is neither x86-64 nor aarch64")]
    Unsupported {
        /// The number.
        pid: u32,
    },
    /// A debugger is there already.
    #[error("process {pid} is traced by process {tracer}{}", named(*tracer))]
    Traced {
        /// The number.
        pid: u32,
        /// The debugger.
        tracer: u32,
    },
    /// It is the one that looks.
    #[error("process {pid} is this one, which cannot stop itself")]
    Itself {
        /// The number.
        pid: u32,
    },
    /// It runs another program than it did at first.
    #[error("process {pid} became another program (execve) while it was looked at")]
    Replaced {
        /// The number.
        pid: u32,
    },
    /// It may not be looked at.
    #[error("process {pid} may not be looked at: {why}")]
    Refused {
        /// The number.
        pid: u32,
        /// What stands between.
        why: Refusal,
    },
    /// The core that was asked for cannot be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The system failed otherwise.
    #[error("process {pid} cannot be looked at")]
    Io {
        /// The number.
        pid: u32,
        /// The system's words.
        #[source]
        source: io::Error,
    },
}

/// What stands between this process and another.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It runs as another user.
    #[error("it runs as user {owner}, this as user {own}")]
    OtherUser {
        /// Its user.
        owner: u32,
        /// Ours.
        own: u32,
    },
    /// Yama's setting (`Documentation/admin-guide/LSM/Yama.rst` of Linux).
    #[error("kernel.yama.ptrace_scope is {0}")]
    PtraceScope(u32),
    /// The capability is missing though the user is root: a container's default.
    #[error("the capability CAP_SYS_PTRACE is missing, as in most containers")]
    Capability,
    /// It changed its user or has secrets (`PR_SET_DUMPABLE`).
    #[error("it has set itself not to be dumped, or has rights that its user has not")]
    NotDumpable,
}

/// What an operation on a process failed for.
pub(super) fn refused(pid: u32, error: &io::Error) -> LiveError {
    match error.kind() {
        io::ErrorKind::NotFound => return gone(pid),
        io::ErrorKind::PermissionDenied => {}
        _ if error.raw_os_error() == Some(ESRCH) => return gone(pid),
        _ => {
            let source = io::Error::from(error.kind());
            return LiveError::Io { pid, source };
        }
    }
    if let Some(tracer) = status(pid, "TracerPid:").filter(|&tracer| tracer != 0) {
        // The kernel names the thread.
        let tracer = status(tracer, "Tgid:").unwrap_or(tracer);
        return LiveError::Traced { pid, tracer };
    }
    if matches!(gone(pid), LiveError::Zombie { .. }) {
        return gone(pid);
    }
    LiveError::Refused {
        pid,
        why: refusal(pid),
    }
}

const ESRCH: i32 = 3;

fn refusal(pid: u32) -> Refusal {
    let own = geteuid();
    let owner = status(pid, "Uid:").unwrap_or_default();
    let is_root = own == Uid::from_raw(0);
    if !is_root && owner != own.as_raw() {
        return Refusal::OtherUser {
            owner,
            own: own.as_raw(),
        };
    }
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope").ok();
    let scope: u32 = scope.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    match (is_root, scope) {
        (_, 3) | (false, 1 | 2) => Refusal::PtraceScope(scope),
        (true, _) => Refusal::Capability,
        (false, _) => Refusal::NotDumpable,
    }
}

/// What has become of a process that does not answer.
pub(super) fn gone(pid: u32) -> LiveError {
    let stat = stat(&format!("/proc/{pid}/stat"));
    let parent = stat.get(1);
    match stat.first().map(String::as_str) {
        None => LiveError::NoProcess { pid },
        Some("Z" | "X") => LiveError::Zombie {
            pid,
            parent: parent.and_then(|parent| parent.parse().ok()).unwrap_or(0),
        },
        Some(_) => LiveError::Kernel { pid },
    }
}

fn named(pid: u32) -> String {
    let name = fs::read_to_string(format!("/proc/{pid}/comm"));
    name.map_or_else(|_| String::new(), |name| format!(" ({})", name.trim_end()))
}
