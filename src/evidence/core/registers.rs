//! Registers, by the numbers that DWARF has for them.
//!
//! Layouts: `struct user_regs_struct` and `struct elf_prstatus` of Linux (`arch/x86/include/asm/user_64.h`,
//! `arch/arm64/include/uapi/asm/ptrace.h`, `include/linux/elfcore.h`). Numbers: System V ABI for x86-64, figure 3.36;
//! DWARF for the Arm 64-bit architecture, section 4.1.

use super::Machine;

/// How many numbered registers are kept: 16 of x86-64, 32 of aarch64.
const COUNT: usize = 32;

/// What a frame knows of its registers; outer frames know fewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registers {
    /// Instruction pointer or return address.
    pub pc: u64,
    values: [Option<u64>; COUNT],
    machine: Machine,
}

impl Registers {
    /// Registers of which only the instruction pointer is known.
    #[must_use]
    pub fn new(machine: Machine, pc: u64) -> Self {
        Self {
            pc,
            values: [None; COUNT],
            machine,
        }
    }

    /// The processor.
    #[must_use]
    pub fn machine(&self) -> Machine {
        self.machine
    }

    /// A register by its DWARF number.
    #[must_use]
    pub fn get(&self, number: u16) -> Option<u64> {
        if number == self.machine.return_address() && self.machine == Machine::X86_64 {
            return Some(self.pc);
        }
        self.values.get(usize::from(number)).copied().flatten()
    }

    /// Sets a register by its DWARF number; numbers beyond the general ones are not kept.
    pub fn set(&mut self, number: u16, value: Option<u64>) {
        if let Some(slot) = self.values.get_mut(usize::from(number)) {
            *slot = value;
        }
    }

    /// Stack pointer.
    #[must_use]
    pub fn sp(&self) -> Option<u64> {
        self.get(self.machine.stack_pointer())
    }

    /// Frame pointer, where code keeps one.
    #[must_use]
    pub fn fp(&self) -> Option<u64> {
        self.get(self.machine.frame_pointer())
    }
}

impl Machine {
    /// DWARF number of the stack pointer.
    #[must_use]
    pub fn stack_pointer(self) -> u16 {
        match self {
            Self::X86_64 => 7,
            Self::Aarch64 => 31,
        }
    }

    /// DWARF number of the frame pointer.
    #[must_use]
    pub fn frame_pointer(self) -> u16 {
        match self {
            Self::X86_64 => 6,
            Self::Aarch64 => 29,
        }
    }

    /// DWARF number of the column or register that holds the return address.
    #[must_use]
    pub fn return_address(self) -> u16 {
        match self {
            Self::X86_64 => 16,
            Self::Aarch64 => 30,
        }
    }

    /// The name of a general register.
    #[must_use]
    pub fn register_name(self, number: u16) -> Option<String> {
        const X86_64: [&str; 8] = ["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp"];
        match (self, number) {
            (Self::X86_64, 0..8) => Some(X86_64[usize::from(number)].to_owned()),
            (Self::X86_64, 8..16) => Some(format!("r{number}")),
            (Self::Aarch64, 0..31) => Some(format!("x{number}")),
            _ => None,
        }
    }

    /// Registers that a call leaves as they are, so that a frame without a rule for one has its caller's value.
    #[must_use]
    pub fn is_preserved(self, number: u16) -> bool {
        match self {
            Self::X86_64 => matches!(number, 3 | 6 | 12..=15),
            Self::Aarch64 => (19..=29).contains(&number),
        }
    }
}

/// DWARF numbers of `struct user_regs_struct`, in its order; the other fields are no numbered registers.
const X86_64_ORDER: [(usize, u16); 16] = [
    (0, 15),
    (1, 14),
    (2, 13),
    (3, 12),
    (4, 6),
    (5, 3),
    (6, 11),
    (7, 10),
    (8, 9),
    (9, 8),
    (10, 0),
    (11, 2),
    (12, 1),
    (13, 4),
    (14, 5),
    (19, 7),
];
const X86_64_RIP: usize = 16;
const X86_64_FS_BASE: usize = 21;

/// Where `pr_reg` begins in `struct elf_prstatus`.
const PR_REG: usize = 112;

/// The registers of an `NT_PRSTATUS` note in the kernel's order.
pub(super) fn words(prstatus: &[u8]) -> Vec<u64> {
    let words = prstatus.get(PR_REG..).unwrap_or_default();
    let words = words.as_chunks::<8>().0.iter();
    words.map(|bytes| u64::from_le_bytes(*bytes)).collect()
}

/// Registers as the kernel orders them, and the thread pointer where they hold it.
pub(super) fn of_words(machine: Machine, words: &[u64]) -> Option<(Registers, Option<u64>)> {
    let word = |at: usize| words.get(at).copied();
    match machine {
        Machine::X86_64 => {
            let mut registers = Registers::new(machine, word(X86_64_RIP)?);
            for (at, number) in X86_64_ORDER {
                registers.set(number, word(at));
            }
            registers.sp()?;
            Some((registers, word(X86_64_FS_BASE)))
        }
        Machine::Aarch64 => {
            // x0 to x30, sp, pc, pstate.
            let mut registers = Registers::new(machine, word(32)?);
            for number in 0..32 {
                registers.set(number, word(usize::from(number)));
            }
            Some((registers, None))
        }
    }
}
