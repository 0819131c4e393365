//! The registers of a thread that stands still (`PTRACE_GETREGSET`: `NT_PRSTATUS`, `NT_PRFPREG`).

use nix::sys::ptrace;
use nix::sys::ptrace::regset::{NT_PRFPREG, NT_PRSTATUS};
use nix::unistd::Pid;

use crate::evidence::core::{CoreThread, Machine};

#[cfg(target_arch = "x86_64")]
const MACHINE: Machine = Machine::X86_64;
#[cfg(target_arch = "aarch64")]
const MACHINE: Machine = Machine::Aarch64;

/// The thread with its registers; `None` for one that runs, or has ended.
pub(super) fn read(tid: Pid) -> Option<CoreThread> {
    CoreThread::of_words(tid.as_raw().unsigned_abs(), MACHINE, &words(tid)?)
}

/// The general registers in the kernel's order, all of them (`struct user_regs_struct`, `arch/x86/include/asm/user_64.h`).
#[cfg(target_arch = "x86_64")]
pub(super) fn words(tid: Pid) -> Option<Vec<u64>> {
    let r = ptrace::getregset::<NT_PRSTATUS>(tid).ok()?;
    let words = [
        r.r15, r.r14, r.r13, r.r12, r.rbp, r.rbx, r.r11, r.r10, r.r9, r.r8, r.rax, r.rcx, r.rdx,
        r.rsi, r.rdi, r.orig_rax, r.rip, r.cs, r.eflags, r.rsp, r.ss, r.fs_base, r.gs_base, r.ds,
        r.es, r.fs, r.gs,
    ];
    Some(words.to_vec())
}

/// The general registers in the kernel's order, all of them (`struct user_pt_regs`, `arch/arm64/include/uapi/asm/ptrace.h`).
#[cfg(target_arch = "aarch64")]
pub(super) fn words(tid: Pid) -> Option<Vec<u64>> {
    let r = ptrace::getregset::<NT_PRSTATUS>(tid).ok()?;
    let mut words = r.regs.to_vec();
    words.extend([r.sp, r.pc, r.pstate]);
    Some(words)
}

/// The floating-point registers as a core has them (`struct user_i387_struct`, the 512 bytes of `fxsave`).
#[cfg(target_arch = "x86_64")]
pub(super) fn float(tid: Pid) -> Option<Vec<u8>> {
    const LEN: usize = 512;
    let r = ptrace::getregset::<NT_PRFPREG>(tid).ok()?;
    let mut bytes = Vec::with_capacity(LEN);
    for half in [r.cwd, r.swd, r.ftw, r.fop] {
        bytes.extend(half.to_le_bytes());
    }
    for long in [r.rip, r.rdp] {
        bytes.extend(long.to_le_bytes());
    }
    let words = [r.mxcsr, r.mxcr_mask].into_iter();
    for word in words.chain(r.st_space).chain(r.xmm_space) {
        bytes.extend(word.to_le_bytes());
    }
    bytes.resize(LEN, 0);
    Some(bytes)
}

/// The floating-point registers as a core has them (`struct user_fpsimd_state`).
#[cfg(target_arch = "aarch64")]
pub(super) fn float(tid: Pid) -> Option<Vec<u8>> {
    let r = ptrace::getregset::<NT_PRFPREG>(tid).ok()?;
    let mut bytes: Vec<u8> = r
        .vregs
        .iter()
        .flat_map(|register| register.to_le_bytes())
        .collect();
    for word in [r.fpsr, r.fpcr, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    Some(bytes)
}
