//! A thread as the system's scheduler has it.

use std::time::Duration;

/// What the kernel says of a thread of a process that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The system's thread number.
    pub tid: u32,
    /// `R` runs or could, `S` waits, `D` waits in a way that no signal ends, `Z` has ended (proc_pid_stat(5)).
    pub state: char,
    /// How long it ran on a processor.
    pub ran: Duration,
    /// How long it could have run, but no processor was free.
    pub delayed: Duration,
}
