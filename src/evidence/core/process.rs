//! `NT_PRPSINFO` and `NT_SIGINFO`: who the process was and how it died.
//!
//! Layouts: `struct elf_prpsinfo` of Linux (`include/linux/elfcore.h`), `siginfo_t` (`sigaction(2)`).

use serde::Serialize;

/// Who the process was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessInfo {
    /// Process number.
    pub pid: u32,
    /// Real user.
    pub uid: u32,
    /// Name of the main thread, at most 15 bytes.
    pub name: String,
    /// Command line, cut to 79 bytes by the kernel.
    pub command_line: String,
}

/// How the process died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalInfo {
    /// Signal number.
    pub number: u32,
    /// Why it was sent (`si_code`): above 0 by the kernel for what the thread did.
    pub code: i32,
    /// The address whose access failed, of SEGV, BUS, ILL, FPE and TRAP.
    pub address: Option<u64>,
    /// Who sent it, where a process did.
    pub sender: Option<Sender>,
}

/// A process that sent a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sender {
    /// Process number.
    pub pid: u32,
    /// Its real user.
    pub uid: u32,
}

const SIGILL: u32 = 4;
const SIGTRAP: u32 = 5;
const SIGBUS: u32 = 7;
const SIGFPE: u32 = 8;
const SIGSEGV: u32 = 11;
const SIGSTOP: u32 = 19;

/// `si_code` of signals with a sender: `SI_USER`, `SI_QUEUE`, `SI_TKILL`.
const SENT: [i32; 3] = [0, -1, -6];

/// Above this `si_code` the kernel itself is the source (`SI_KERNEL`, a non-canonical address among its reasons).
const SI_KERNEL: i32 = 128;

impl SignalInfo {
    /// A signal of which only the number is known (`pr_cursig`).
    pub(super) fn number(number: u32) -> Self {
        Self {
            number,
            code: 0,
            address: None,
            sender: None,
        }
    }

    /// Whether this is a debugger's stop, as in the cores that gcore writes, and no death.
    #[must_use]
    pub fn is_snapshot(&self) -> bool {
        self.number == 0 || self.number == SIGSTOP
    }

    pub(super) fn read(note: &[u8]) -> Option<Self> {
        let half = |at: usize| u32_at(note, at);
        let number = half(0)?;
        let code = half(8)?.cast_signed();
        let fault = [SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV].contains(&number);
        let address = if fault && code > 0 && code < SI_KERNEL {
            let bytes = note.get(16..24)?;
            Some(u64::from_le_bytes(bytes.try_into().ok()?))
        } else {
            None
        };
        let sender = if SENT.contains(&code) {
            Some(Sender {
                pid: half(16)?,
                uid: half(20)?,
            })
        } else {
            None
        };
        Some(Self {
            number,
            code,
            address,
            sender,
        })
    }
}

impl ProcessInfo {
    pub(super) fn read(note: &[u8]) -> Option<Self> {
        let text = |range: std::ops::Range<usize>| {
            let bytes = note.get(range)?;
            let end = bytes.iter().position(|&byte| byte == 0);
            let text = String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())]);
            Some(text.trim_end().to_owned())
        };
        Some(Self {
            uid: u32_at(note, 16)?,
            pid: u32_at(note, 24)?,
            name: text(40..56)?,
            command_line: text(56..136)?,
        })
    }
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}
