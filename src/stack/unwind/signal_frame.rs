//! Signal handlers' trampolines without call frame information, told by their code: musl's, and those that newer
//! kernels have in the vDSO of aarch64 without a description.
//!
//! Layouts: `struct rt_sigframe`, `struct ucontext` and `struct sigcontext` of Linux (`arch/x86/include/uapi/asm/`,
//! `arch/arm64/include/uapi/asm/sigcontext.h`).

use crate::evidence::core::{CachedMemory, Machine, Registers};
use crate::stack::modules::Modules;

/// `mov $15, %rax; syscall` in the two encodings of assemblers.
const X86_64_LONG: [u8; 9] = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];
const X86_64_SHORT: [u8; 7] = [0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05];

/// `mov x8, #139; svc #0`.
const AARCH64: [u8; 8] = [0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4];

/// DWARF numbers of the general registers in x86-64's `struct sigcontext`, in its order.
const X86_64_ORDER: [u16; 16] = [8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7];

/// The registers that a signal interrupted, if the frame is a trampoline.
pub(super) fn interrupted(
    modules: &Modules<'_>,
    memory: &CachedMemory<'_>,
    registers: &Registers,
) -> Option<Registers> {
    let machine = registers.machine();
    let sp = registers.sp()?;
    match machine {
        Machine::X86_64 => {
            let pc = registers.pc;
            let known =
                modules.code(pc) == Some(X86_64_LONG) || modules.code(pc) == Some(X86_64_SHORT);
            // uc_flags, uc_link, uc_stack.
            let context = sp.wrapping_add(40);
            known.then(|| x86_64(memory, context)).flatten()
        }
        Machine::Aarch64 => {
            // siginfo, then uc_flags, uc_link, uc_stack, uc_sigmask, padding to 16; then fault_address.
            let context = sp.wrapping_add(128 + 176 + 8);
            let known = modules.code(registers.pc) == Some(AARCH64);
            known.then(|| aarch64(memory, context)).flatten()
        }
    }
}

fn x86_64(memory: &CachedMemory<'_>, context: u64) -> Option<Registers> {
    let word = |at: usize| memory.word(context.wrapping_add(at as u64 * 8));
    let mut registers = Registers::new(Machine::X86_64, word(X86_64_ORDER.len())?);
    for (at, number) in X86_64_ORDER.into_iter().enumerate() {
        registers.set(number, word(at));
    }
    Some(registers)
}

fn aarch64(memory: &CachedMemory<'_>, context: u64) -> Option<Registers> {
    let word = |at: u16| memory.word(context.wrapping_add(u64::from(at) * 8));
    let mut registers = Registers::new(Machine::Aarch64, word(32)?);
    for number in 0..32 {
        registers.set(number, word(number));
    }
    Some(registers)
}
