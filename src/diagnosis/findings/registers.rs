//! What the registers of a thread that faulted tell of the pointer that it followed: NULL, or memory that was freed or
//! never filled in.
//!
//! Fills: `PYMEM_CLEANBYTE`, `PYMEM_DEADBYTE` and `PYMEM_FORBIDDENBYTE` (`Include/internal/pycore_pymem.h` of v3.8.18 on:
//! 0xcd, 0xdd, 0xfd; `Objects/obmalloc.c` of v3.6.15: 0xcb, 0xdb, 0xfb).

use super::Finding;
use crate::evidence::InterpreterFact;
use crate::evidence::core::{Core, Registers, SignalInfo};
use crate::stack::{Frame, Process};

/// SIGBUS and SIGSEGV.
const MEMORY_FAULTS: [u32; 2] = [7, 11];

/// A member of an object stands so far from its beginning.
const FARTHEST_MEMBER: u64 = 4096;

/// Frames that are named.
const FRAMES: usize = 3;

pub(super) fn of_fault(core: &Core, process: &Process) -> Vec<Finding> {
    let Some(signal) = core
        .signal
        .filter(|signal| MEMORY_FAULTS.contains(&signal.number) && signal.sender.is_none())
    else {
        return Vec::new();
    };
    let threads = core.threads();
    let Some(thread) = threads.first() else {
        return Vec::new();
    };
    let frames = process
        .threads
        .first()
        .into_iter()
        .flat_map(|thread| &thread.frames);
    let frames = frames
        .filter_map(Frame::function)
        .take(FRAMES)
        .map(str::to_owned);
    let finding = |kind, what: String, addresses| Finding {
        kind,
        what,
        tid: Some(thread.tid.into()),
        addresses,
        frames: frames.clone().collect(),
    };
    let freed = freed(&thread.registers).map(|(name, value, fill)| {
        let what = format!("register {name} is {value:#x}: {}", fill.words());
        finding(fill.fact(), what, vec![value])
    });
    let null = null(&thread.registers, &signal).map(|what| {
        finding(
            InterpreterFact::NullPointer,
            what,
            signal.address.into_iter().collect(),
        )
    });
    freed.chain(null).collect()
}

/// What an allocator of CPython's debug hooks fills memory with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fill {
    Freed,
    Fresh,
    Forbidden,
}

impl Fill {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            0xdd | 0xdb => Some(Self::Freed),
            0xcd | 0xcb => Some(Self::Fresh),
            0xfd | 0xfb => Some(Self::Forbidden),
            _ => None,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Freed => "memory that was freed holds that",
            Self::Fresh => "memory that was not filled in yet holds that",
            Self::Forbidden => "the bytes around each block hold that",
        }
    }

    fn fact(self) -> InterpreterFact {
        match self {
            Self::Freed => InterpreterFact::FreedMemory,
            Self::Fresh => InterpreterFact::FreshMemory,
            Self::Forbidden => InterpreterFact::ForbiddenMemory,
        }
    }
}

/// Registers that hold what freed memory is filled with, or point to a member of an object there.
fn freed(registers: &Registers) -> impl Iterator<Item = (String, u64, Fill)> {
    named(registers).into_iter().filter_map(|(name, value)| {
        let bytes = value.to_be_bytes();
        // The low bytes may have the offset of a member added.
        let high = &bytes[..6];
        let fill = Fill::of(high[0]).filter(|_| high.iter().all(|byte| *byte == high[0]))?;
        Some((name, value, fill))
    })
}

/// In words, what is NULL where a thread faulted.
fn null(registers: &Registers, signal: &SignalInfo) -> Option<String> {
    let address = signal
        .address
        .filter(|&address| address < FARTHEST_MEMBER)?;
    if registers.pc < FARTHEST_MEMBER {
        return Some("a function was called through a pointer that is NULL".to_owned());
    }
    let null: Vec<String> = named(registers)
        .into_iter()
        .filter(|&(_, value)| value == 0)
        .map(|(name, _)| name)
        .collect();
    Some(match null.as_slice() {
        [] => format!("the address {address:#x} was used, which is near NULL"),
        [one] => format!("the address {address:#x} was used: register {one} is NULL"),
        several => format!(
            "the address {address:#x} was used: registers {} are NULL",
            several.join(", ")
        ),
    })
}

/// The general registers by name, without those that point to code and stack.
fn named(registers: &Registers) -> Vec<(String, u64)> {
    let machine = registers.machine();
    let numbers = (0..32)
        .filter(|&number| number != machine.stack_pointer() && number != machine.return_address());
    let known =
        numbers.filter_map(|number| Some((machine.register_name(number)?, registers.get(number)?)));
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::core::Machine;

    fn registers(values: &[(u16, u64)]) -> Registers {
        let mut registers = Registers::new(Machine::X86_64, 0x55d0_0000_1000);
        for &(number, value) in values {
            registers.set(number, Some(value));
        }
        registers
    }

    #[test]
    fn fills_of_the_debug_hooks() {
        for (value, expected) in [
            (0xdddd_dddd_dddd_dddd, Some(Fill::Freed)),
            (0xdbdb_dbdb_dbdb_dbdb, Some(Fill::Freed)),
            // The type of an object that was freed, and a member of it.
            (0xdddd_dddd_dddd_de3d, Some(Fill::Freed)),
            (0xcdcd_cdcd_cdcd_cdcd, Some(Fill::Fresh)),
            (0xfdfd_fdfd_fdfd_fdfd, Some(Fill::Forbidden)),
            (0xffff_ffff_ffff_ffff, None),
            (0x7fdd_dddd_dddd, None),
            (0xdddd, None),
        ] {
            let found: Vec<_> = freed(&registers(&[(5, value)]))
                .map(|(name, _, fill)| (name, fill))
                .collect();
            let expected: Vec<_> = expected
                .map(|fill| ("rdi".to_owned(), fill))
                .into_iter()
                .collect();
            assert_eq!(found, expected, "{value:#x}");
        }
    }

    #[test]
    fn pointers_that_are_null() {
        let fault = |address| SignalInfo {
            number: 11,
            code: 1,
            address,
            sender: None,
        };
        let of = |values: &[(u16, u64)], address| null(&registers(values), &fault(address));
        assert_eq!(
            of(&[(0, 0), (5, 7)], Some(8)).unwrap(),
            "the address 0x8 was used: register rax is NULL"
        );
        assert_eq!(
            of(&[(5, 7)], Some(8)).unwrap(),
            "the address 0x8 was used, which is near NULL"
        );
        assert_eq!(of(&[(0, 0)], Some(0x7f00_0000)), None);
        assert_eq!(of(&[(0, 0)], None), None);
        let called = null(&Registers::new(Machine::X86_64, 0), &fault(Some(0)));
        assert!(called.unwrap().starts_with("a function was called"));
    }
}
