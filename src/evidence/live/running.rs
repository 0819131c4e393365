//! Threads as they run: what the kernel says of them without stopping one.
//!
//! Of a thread that waits in the kernel it tells the stack pointer and the instruction pointer, the other registers stay
//! unknown. Of one that runs it tells nothing. Whether a thread ran while its memory was read shows by looking twice: one
//! that waits at the same place, and gave up the processor as often as before, did not.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;

use super::LiveError;
use super::error::refused;
use super::stop::threads_of;
use super::thread_control::ThreadControls;
use crate::evidence::core::{Core, CoreThread, Registers, SystemCall};

/// What is known of threads that are not stopped.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Their `pthread_t`, as far as they were found.
    pthreads: HashMap<u32, u64>,
    /// Those whose memory may be of more than one moment.
    torn: BTreeSet<u32>,
}

impl Running {
    /// Reads the threads, then what `read` reads, then looks whether they ran meanwhile.
    ///
    /// # Errors
    ///
    /// [`LiveError`] when the process is gone, or may not be looked at.
    pub(super) fn look(
        &mut self,
        pid: u32,
        core: &Core,
        read: impl FnOnce(&Core),
    ) -> Result<(), LiveError> {
        let before = Look::of(pid)?;
        self.find_pthreads(&before, core);
        core.set_threads(before.threads(pid, core, &self.pthreads));
        read(core);
        self.torn = before.torn(&Look::of(pid)?);
        Ok(())
    }

    /// Whether the memory of a thread may be of more than one moment.
    pub(super) fn is_torn(&self, tid: u32) -> bool {
        self.torn.contains(&tid)
    }

    fn find_pthreads(&mut self, look: &Look, core: &Core) {
        let Some(controls) = ThreadControls::of(core) else {
            return;
        };
        let wanted = look.0.iter().map(|(&tid, seen)| (tid, seen.inner));
        let known = wanted.filter_map(|(tid, inner)| {
            let address = *self.pthreads.get(&tid)?;
            controls.is_of(address, inner).then_some((tid, address))
        });
        let known: HashMap<u32, u64> = known.collect();
        let missing = look.0.iter().filter(|(tid, _)| !known.contains_key(tid));
        let missing: Vec<_> = missing
            .map(|(&tid, seen)| (tid, seen.inner, seen.stack_pointer()))
            .collect();
        self.pthreads = controls.find(&missing);
        self.pthreads.extend(known);
    }
}

/// What is seen of each thread at once.
#[derive(Debug, Default)]
struct Look(BTreeMap<u32, Seen>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Seen {
    /// `/proc/PID/task/TID/syscall` (proc_pid_syscall(5)): number, six arguments, stack pointer, instruction pointer of a
    /// thread in a system call; `-1` and the two last ones for one that waits elsewhere; else `running`.
    call: String,
    /// How often it gave up the processor, by itself and not (proc_pid_status(5)).
    switches: [u64; 2],
    /// Its number as the process itself knows it, which in a container is another.
    inner: u32,
}

impl Look {
    fn of(pid: u32) -> Result<Self, LiveError> {
        let mut look = Self::default();
        for tid in threads_of(pid) {
            let tid = tid.unsigned_abs();
            let file = |name| fs::read_to_string(format!("/proc/{pid}/task/{tid}/{name}"));
            // One that has ended is passed over.
            let Ok(status) = file("status") else {
                continue;
            };
            let call = match file("syscall") {
                Ok(call) => call,
                Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                    return Err(refused(pid, &error));
                }
                Err(_) => continue,
            };
            look.0.insert(tid, Seen::of(call, &status, tid));
        }
        Ok(look)
    }

    /// The threads, that of the process first.
    fn threads(&self, pid: u32, core: &Core, pthreads: &HashMap<u32, u64>) -> Vec<CoreThread> {
        let threads = self.0.iter().map(|(&tid, seen)| {
            let mut registers = Registers::new(core.machine, 0);
            if let Some((sp, pc)) = seen.place() {
                registers.pc = pc;
                registers.set(core.machine.stack_pointer(), Some(sp));
            }
            CoreThread {
                tid,
                registers,
                pthread: pthreads.get(&tid).copied(),
                name: None,
                system_call: seen.system_call(),
            }
        });
        let mut threads: Vec<CoreThread> = threads.collect();
        threads.sort_by_key(|thread| thread.tid != pid);
        threads
    }

    /// The threads that a later look does not show waiting where they waited.
    fn torn(&self, later: &Self) -> BTreeSet<u32> {
        let torn = self
            .0
            .iter()
            .filter(|(tid, seen)| seen.place().is_none() || later.0.get(tid) != Some(seen));
        torn.map(|(&tid, _)| tid).collect()
    }
}

impl Seen {
    fn of(call: String, status: &str, tid: u32) -> Self {
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let number = |name: &str| field(name).and_then(|text| text.trim().parse().ok());
        let names = ["voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:"];
        let inner = field("NSpid:").and_then(|text| text.split_whitespace().next_back());
        Self {
            call,
            switches: names.map(|name| number(name).unwrap_or_default()),
            inner: inner.and_then(|text| text.parse().ok()).unwrap_or(tid),
        }
    }

    /// Stack pointer and instruction pointer; `None` for a thread that runs, or has none any more.
    fn place(&self) -> Option<(u64, u64)> {
        let mut words = self.call.split_whitespace().rev();
        let number = |word: &str| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok();
        let (pc, sp) = (number(words.next()?)?, number(words.next()?)?);
        (sp != 0).then_some((sp, pc))
    }

    /// The system call that it is in.
    fn system_call(&self) -> Option<SystemCall> {
        let mut words = self.call.split_whitespace();
        let number = words.next()?.parse().ok()?;
        let argument = |word: &str| u64::from_str_radix(word.strip_prefix("0x")?, 16).ok();
        let arguments: Option<Vec<u64>> = words.take(6).map(argument).collect();
        let arguments = arguments?.try_into().ok()?;
        Some(SystemCall { number, arguments })
    }

    fn stack_pointer(&self) -> Option<u64> {
        self.place().map(|(sp, _)| sp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str =
        "Name:\tx\nNSpid:\t4711\t7\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n";

    #[test]
    fn places() {
        for (call, place) in [
            (
                "35 0x7ff 0x0 0x0 0x0 0x0 0x0 0x7ffe10 0x7f20\n",
                Some((0x7ffe10, 0x7f20)),
            ),
            ("-1 0x7ffe10 0x7f20\n", Some((0x7ffe10, 0x7f20))),
            ("-1 0x0 0x0\n", None),
            ("running\n", None),
            ("", None),
        ] {
            let seen = Seen::of(call.to_owned(), STATUS, 4711);
            assert_eq!(seen.place(), place, "{call}");
            let in_call = call.starts_with("35 ");
            assert_eq!(seen.system_call().is_some(), in_call, "{call}");
            assert_eq!((seen.switches, seen.inner), ([12, 3], 7));
        }
    }

    #[test]
    fn torn_threads() {
        let waits = Seen::of("-1 0x7ffe10 0x7f20".to_owned(), STATUS, 1);
        let runs = Seen::of("running".to_owned(), STATUS, 1);
        let woke = Seen {
            switches: [13, 3],
            ..waits.clone()
        };
        let before = Look(
            [
                (1, waits.clone()),
                (2, waits.clone()),
                (3, runs.clone()),
                (4, waits.clone()),
                (5, waits.clone()),
            ]
            .into(),
        );
        let after = Look([(1, waits.clone()), (2, woke), (3, runs.clone()), (4, runs)].into());
        assert_eq!(before.torn(&after), BTreeSet::from([2, 3, 4, 5]));
    }
}
