//! Callers of code without call frame information: by frame pointer, else by a scan. Both are guesses and say so. Where
//! the rules need a frame pointer that is not known, as of a thread that was not stopped, it is looked for.

use std::cell::Cell;

use super::{RawFrame, Stop};
use crate::evidence::core::{CachedMemory, Machine, Registers};
use crate::stack::Found;
use crate::stack::modules::Modules;

/// How many words of the stack are looked through: a frame without unwind information is mostly a small one of
/// hand-written or generated code.
const SCANNED: u64 = 1024;

/// Words of all stacks together.
pub(super) const MOST_SCANNED: u64 = 2 << 20;

/// The largest frame that a frame pointer is believed to span.
const LARGEST_FRAME: u64 = 16 << 20;

/// The caller of a frame, and how it was found.
pub(super) fn caller(
    modules: &Modules<'_>,
    memory: &CachedMemory<'_>,
    frame: &RawFrame,
    to_scan: &Cell<u64>,
) -> Result<(Registers, Found), Stop> {
    let registers = &frame.registers;
    let sp = registers.sp().ok_or(Stop::UnknownRegister(registers.pc))?;
    // A call through a bad pointer has changed nothing yet but the instruction pointer.
    if frame.interrupted
        && !modules.is_code(registers.pc)
        && let Some(caller) = just_called(modules, memory, registers, sp)
    {
        return Ok((caller, Found::Scan));
    }
    if let Some(caller) = by_frame_pointer(modules, memory, registers, sp) {
        return Ok((caller, Found::FramePointer));
    }
    if to_scan.get() == 0 {
        return Err(Stop::Scanned);
    }
    by_scan(modules, memory, registers, sp, to_scan)
        .map(|caller| (caller, Found::Scan))
        .ok_or_else(|| match memory.word(sp) {
            Some(_) => Stop::Lost(registers.pc),
            None => Stop::Unreadable(sp),
        })
}

fn just_called(
    modules: &Modules<'_>,
    memory: &CachedMemory<'_>,
    registers: &Registers,
    sp: u64,
) -> Option<Registers> {
    let mut caller = registers.clone();
    match registers.machine() {
        Machine::X86_64 => {
            caller.pc = memory.word(sp)?;
            caller.set(
                registers.machine().stack_pointer(),
                Some(sp.wrapping_add(8)),
            );
        }
        Machine::Aarch64 => caller.pc = registers.get(30)?,
    }
    follows_a_call(modules, caller.pc).then_some(caller)
}

/// A frame record: the caller's frame pointer and the return address (System V ABI for x86-64, section 3.2.2;
/// AAPCS64, section 6.4.6).
fn by_frame_pointer(
    modules: &Modules<'_>,
    memory: &CachedMemory<'_>,
    registers: &Registers,
    sp: u64,
) -> Option<Registers> {
    let fp = registers.fp()?;
    let plausible = fp.is_multiple_of(8) && fp >= sp && fp - sp < LARGEST_FRAME;
    if !plausible {
        return None;
    }
    let (next, pc) = (memory.word(fp)?, memory.word(fp.wrapping_add(8))?);
    if !follows_a_call(modules, pc) {
        return None;
    }
    let machine = registers.machine();
    let mut caller = Registers::new(machine, pc);
    caller.set(machine.frame_pointer(), Some(next));
    caller.set(machine.stack_pointer(), Some(fp.wrapping_add(16)));
    Some(caller)
}

fn by_scan(
    modules: &Modules<'_>,
    memory: &CachedMemory<'_>,
    registers: &Registers,
    sp: u64,
    to_scan: &Cell<u64>,
) -> Option<Registers> {
    let machine = registers.machine();
    let first = sp.checked_next_multiple_of(8)?;
    for at in 0..SCANNED {
        to_scan.set(to_scan.get().checked_sub(1)?);
        let address = first.checked_add(at * 8)?;
        let pc = memory.word(address)?;
        if follows_a_call(modules, pc) {
            let mut caller = Registers::new(machine, pc);
            caller.set(machine.stack_pointer(), Some(address.wrapping_add(8)));
            return Some(caller);
        }
    }
    None
}

/// The frame pointer, as far as the stack tells: the nearest frame record that leads to another one.
pub(super) fn frame_pointer(
    modules: &Modules<'_>,
    memory: &CachedMemory<'_>,
    registers: &Registers,
    to_scan: &Cell<u64>,
) -> Option<u64> {
    let first = registers.sp()?.checked_next_multiple_of(8)?;
    let returns = |record: u64| {
        let pc = memory.word(record.checked_add(8)?)?;
        follows_a_call(modules, pc).then_some(())
    };
    for at in 0..SCANNED {
        to_scan.set(to_scan.get().checked_sub(1)?);
        let record = first.checked_add(at * 8)?;
        let next = memory.word(record)?;
        let plausible = next.is_multiple_of(8) && next > record && next - record < LARGEST_FRAME;
        if plausible && returns(record).and_then(|()| returns(next)).is_some() {
            return Some(record);
        }
    }
    None
}

/// Whether the instruction before an address is a call.
pub(super) fn follows_a_call(modules: &Modules<'_>, pc: u64) -> bool {
    let machine = modules.core().machine;
    let pc = super::without_authentication(machine, pc);
    if pc < 4096 || !modules.is_code(pc.wrapping_sub(1)) {
        return false;
    }
    match machine {
        Machine::X86_64 => {
            let whole: Option<[u8; 7]> = modules.code(pc.wrapping_sub(7));
            (2..=7).any(|len| {
                let code = match &whole {
                    Some(code) => code[7 - len..].first_chunk().copied(),
                    // Where the code begins.
                    None => modules.code(pc.wrapping_sub(len as u64)),
                };
                code.is_some_and(|code| is_call(len, code))
            })
        }
        Machine::Aarch64 => modules.code(pc.wrapping_sub(4)).is_some_and(|code| {
            let code = u32::from_le_bytes(code);
            // `bl`, `blr` and its authenticated forms.
            code >> 26 == 0b10_0101 || code & 0xfeff_f000 == 0xd63f_0000
        }),
    }
}

/// Whether an instruction of x86-64 is a call, by its length and first bytes. Of the longest form first bytes may be
/// another instruction's; a few more guesses are no harm.
fn is_call(len: usize, code: [u8; 2]) -> bool {
    match (len, code) {
        (5, [0xe8, _]) => true,
        // `call *reg`, `call *disp(reg)`: opcode ff, with 2 in the middle of the next byte.
        (2..=4 | 6 | 7, [0xff, operand]) => operand & 0x38 == 0x10,
        (3, [0x41, 0xff]) => true,
        _ => false,
    }
}
