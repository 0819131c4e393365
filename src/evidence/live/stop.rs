//! Stopping all threads of a process, and letting them run on.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::LiveError;
use super::error;
use super::files::stat;
use super::registers;
use crate::evidence::core::CoreThread;

/// How long threads are waited for. One that waits in the kernel for a disk that does not answer stops for nobody.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long it is until threads are looked at again. The kernel adds 50 microseconds, unless asked not to.
const POLL: Duration = Duration::from_micros(20);

/// Threads that begin while others are being stopped are met by another look; each look stops all that it sees.
const LOOKS: usize = 16;

/// A process that stands still as long as this lives.
pub(super) struct Stopped {
    pid: i32,
    /// Threads that are traced, by number; `None` for one that does not stand still.
    held: BTreeMap<i32, Option<Held>>,
}

/// How a thread stands still.
struct Held {
    /// A signal that it was about to get, and gets when it runs on.
    signal: Option<Signal>,
}

impl Stopped {
    /// Stops every thread.
    pub(super) fn all(pid: u32) -> Result<Self, LiveError> {
        let mut stopped = Self {
            pid: pid.cast_signed(),
            held: BTreeMap::new(),
        };
        for _ in 0..LOOKS {
            let tids = threads_of(pid);
            let new: Vec<i32> = tids
                .into_iter()
                .filter(|tid| !stopped.held.contains_key(tid))
                .collect();
            if new.is_empty() {
                break;
            }
            // None stands still while others are only taken hold of.
            for &tid in &new {
                stopped.seize(pid, tid)?;
            }
            for tid in new.iter().filter(|tid| stopped.held.contains_key(tid)) {
                // It ends by itself if it is gone.
                let _gone = ptrace::interrupt(Pid::from_raw(*tid));
            }
            stopped.wait(&new);
        }
        if stopped.held.is_empty() {
            return Err(error::gone(pid));
        }
        Ok(stopped)
    }

    fn seize(&mut self, pid: u32, tid: i32) -> Result<(), LiveError> {
        match ptrace::seize(Pid::from_raw(tid), Options::empty()) {
            Ok(()) => {
                self.held.insert(tid, None);
                Ok(())
            }
            Err(Errno::ESRCH) => Ok(()),
            // Of a thread that has ended and is not gone yet, the kernel says that it may not be traced.
            Err(Errno::EPERM) if has_ended(pid, tid) => Ok(()),
            Err(errno) => Err(error::refused(pid, &errno.into())),
        }
    }

    /// Waits for threads to stand still.
    fn wait(&mut self, tids: &[i32]) {
        let began = Instant::now();
        // As exactly as the clock goes; of this thread alone (prctl(2), PR_SET_TIMERSLACK).
        let _as_before = prctl::set_timerslack(1);
        let mut left: Vec<i32> = tids
            .iter()
            .copied()
            .filter(|tid| self.held.contains_key(tid))
            .collect();
        while !left.is_empty() && began.elapsed() < PATIENCE {
            left.retain(|&tid| !self.is_still(tid));
            if !left.is_empty() {
                thread::sleep(POLL);
            }
        }
    }

    /// Whether a thread stands still by now, or has ended.
    fn is_still(&mut self, tid: i32) -> bool {
        let flags = WaitPidFlag::__WALL | WaitPidFlag::WNOHANG;
        let signal = match waitpid(Pid::from_raw(tid), Some(flags)) {
            Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => return false,
            Ok(WaitStatus::PtraceEvent(..)) => None,
            // It was about to get a signal.
            Ok(WaitStatus::Stopped(_, signal)) => Some(signal),
            _ => {
                self.held.remove(&tid);
                return true;
            }
        };
        self.held.insert(tid, Some(Held { signal }));
        true
    }

    /// The threads that stand still, that of the process first.
    pub(super) fn still(&self) -> Vec<Pid> {
        let held = self.held.iter().filter(|(_, held)| held.is_some());
        let mut tids: Vec<Pid> = held.map(|(&tid, _)| Pid::from_raw(tid)).collect();
        // Numbers begin anew when they are used up: that of the process is not always the lowest.
        tids.sort_by_key(|tid| tid.as_raw() != self.pid);
        tids
    }

    /// The threads with their registers, that of the process first.
    pub(super) fn threads(&self) -> Vec<CoreThread> {
        self.still()
            .into_iter()
            .filter_map(registers::read)
            .collect()
    }

    /// Lets the threads run on; tells which could not be stopped.
    pub(super) fn let_run(mut self) -> impl Iterator<Item = String> {
        let running = self.held.iter().filter(|(_, held)| held.is_none());
        let missed: Vec<String> = running
            .map(|(tid, _)| format!("thread {tid} could not be stopped: it waits in the kernel"))
            .collect();
        self.give_up();
        missed.into_iter()
    }

    fn give_up(&mut self) {
        for (tid, held) in std::mem::take(&mut self.held) {
            let tid = Pid::from_raw(tid);
            let signal = held.and_then(|held| held.signal);
            // One that never stopped stays with this process until it ends, and stops then for a moment.
            if ptrace::detach(tid, signal).is_err() && signal.is_none() {
                let _ended = waitpid(tid, Some(WaitPidFlag::__WALL | WaitPidFlag::WNOHANG));
                let _gone = ptrace::detach(tid, None);
            }
        }
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// Whether a thread has ended (proc_pid_stat(5): state `Z` or `X`).
fn has_ended(pid: u32, tid: i32) -> bool {
    let stat = stat(&format!("/proc/{pid}/task/{tid}/stat"));
    stat.first()
        .is_none_or(|state| state == "Z" || state == "X")
}

/// The threads of a process, by number.
pub(super) fn threads_of(pid: u32) -> Vec<i32> {
    let entries = fs::read_dir(format!("/proc/{pid}/task"));
    let names = entries.into_iter().flatten().flatten();
    let mut tids: Vec<i32> = names
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    tids.sort_unstable();
    tids
}
