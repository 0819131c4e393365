//! The system call that a thread is in.
//!
//! Numbers: `arch/x86/entry/syscalls/syscall_64.tbl` of Linux; arguments: System V ABI for x86-64, appendix A.2.1.

use super::Machine;

/// A system call that has not returned, as the registers of a thread show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemCall {
    /// Its number.
    pub number: u64,
    /// What it was called with.
    pub arguments: [u64; 6],
}

/// What a system call that blocks waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// The word at an address to change: locks, conditions, semaphores.
    Futex(u64),
    /// A file, socket or pipe to be read from or written to.
    Descriptor(u64),
    /// One of several; `struct pollfd` at an address, and how many.
    Poll(u64, u64),
    /// One of several, which are not told here.
    Descriptors,
    /// A child to end; any child for a number below 1.
    Child(i64),
    /// The clock.
    Clock,
    /// A signal.
    Signal,
}

/// In the order of `struct user_regs_struct`.
const ORIG_RAX: usize = 15;
/// `rdi`, `rsi`, `rdx`, `r10`, `r8` and `r9` in that order.
const ARGUMENTS: [usize; 6] = [14, 13, 12, 7, 9, 8];

impl SystemCall {
    /// That of a thread by its registers in the kernel's order; `None` for one that was in its program. Of aarch64 the
    /// first argument is lost with the registers, and none is told.
    pub(super) fn of_words(machine: Machine, words: &[u64]) -> Option<Self> {
        if machine != Machine::X86_64 {
            return None;
        }
        let number = *words.get(ORIG_RAX)?;
        // -1 outside of system calls.
        if number > u64::from(u32::MAX) {
            return None;
        }
        let mut arguments = [0; 6];
        for (argument, at) in arguments.iter_mut().zip(ARGUMENTS) {
            *argument = *words.get(at)?;
        }
        Some(Self { number, arguments })
    }

    /// Whether it goes on where another was interrupted, of which only the arguments are known (`restart_syscall`).
    #[must_use]
    pub fn is_restarted(&self) -> bool {
        self.number == 219
    }

    /// What it waits for; `None` for calls that do not block, or are not known.
    #[must_use]
    pub fn blocks(&self) -> Option<Blocks> {
        let [first, second, ..] = self.arguments;
        Some(match self.number {
            202 | 449 => Blocks::Futex(first),
            // read, write, pread64, pwrite64, readv, writev, connect, accept, sendto, recvfrom, sendmsg, recvmsg, fcntl,
            // flock, fsync, fdatasync, accept4, recvmmsg.
            0 | 1 | 17..=20 | 42..=47 | 72..=75 | 288 | 299 => Blocks::Descriptor(first),
            // poll, ppoll.
            7 | 271 => Blocks::Poll(first, second),
            // select, epoll_wait, pselect6, epoll_pwait, epoll_pwait2.
            23 | 232 | 270 | 281 | 441 => Blocks::Descriptors,
            // wait4: a process number of 32 bits; waitid: P_PID is 1.
            61 => Blocks::Child(process(first)),
            247 if first == 1 => Blocks::Child(process(second)),
            247 => Blocks::Child(-1),
            // nanosleep, clock_nanosleep.
            35 | 230 => Blocks::Clock,
            // pause, rt_sigtimedwait, rt_sigsuspend.
            34 | 128 | 130 => Blocks::Signal,
            _ => return None,
        })
    }
}

/// A process number: the lower half of the register, with its sign.
fn process(register: u64) -> i64 {
    let [a, b, c, d, ..] = register.to_le_bytes();
    i32::from_le_bytes([a, b, c, d]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(orig_rax: u64, rdi: u64, rsi: u64) -> Vec<u64> {
        let mut words = vec![0; 27];
        (words[15], words[14], words[13]) = (orig_rax, rdi, rsi);
        words
    }

    #[test]
    fn what_calls_wait_for() {
        let lowest = u64::from(u32::MAX);
        for (number, first, second, expected) in [
            (202, 0x7f00, 0x189, Some(Blocks::Futex(0x7f00))),
            (45, 3, 0, Some(Blocks::Descriptor(3))),
            (7, 0x7ffe, 2, Some(Blocks::Poll(0x7ffe, 2))),
            (232, 5, 0, Some(Blocks::Descriptors)),
            (61, lowest, 0, Some(Blocks::Child(-1))),
            (61, 77, 0, Some(Blocks::Child(77))),
            (247, 1, 78, Some(Blocks::Child(78))),
            (230, 0, 0, Some(Blocks::Clock)),
            (39, 0, 0, None),
        ] {
            let call = SystemCall::of_words(Machine::X86_64, &words(number, first, second));
            assert_eq!(call.expect("a call").blocks(), expected, "{number}");
        }
        let outside = words(u64::MAX, 1, 2);
        assert_eq!(SystemCall::of_words(Machine::X86_64, &outside), None);
        assert_eq!(
            SystemCall::of_words(Machine::Aarch64, &words(202, 1, 1)),
            None
        );
        assert_eq!(SystemCall::of_words(Machine::X86_64, &[0; 10]), None);
    }
}
