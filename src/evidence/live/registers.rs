//! The registers of a thread that stands still (`PTRACE_GETREGSET`, `NT_PRSTATUS`).

use nix::sys::ptrace;
use nix::sys::ptrace::regset::NT_PRSTATUS;
use nix::unistd::Pid;

use crate::evidence::core::CoreThread;

/// The thread with its registers; `None` for one that runs, or has ended.
#[cfg(target_arch = "x86_64")]
pub(super) fn read(tid: Pid) -> Option<CoreThread> {
    use crate::evidence::core::Machine;
    let r = ptrace::getregset::<NT_PRSTATUS>(tid).ok()?;
    let words = [
        r.r15, r.r14, r.r13, r.r12, r.rbp, r.rbx, r.r11, r.r10, r.r9, r.r8, r.rax, r.rcx, r.rdx,
        r.rsi, r.rdi, r.orig_rax, r.rip, r.cs, r.eflags, r.rsp, r.ss, r.fs_base,
    ];
    CoreThread::of_words(tid.as_raw().unsigned_abs(), Machine::X86_64, &words)
}

/// The thread with its registers; `None` for one that runs, or has ended.
#[cfg(target_arch = "aarch64")]
pub(super) fn read(tid: Pid) -> Option<CoreThread> {
    use crate::evidence::core::Machine;
    let r = ptrace::getregset::<NT_PRSTATUS>(tid).ok()?;
    let mut words = r.regs.to_vec();
    words.extend([r.sp, r.pc]);
    CoreThread::of_words(tid.as_raw().unsigned_abs(), Machine::Aarch64, &words)
}
