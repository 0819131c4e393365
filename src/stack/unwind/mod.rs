//! From a thread's registers to its frames, innermost first.
//!
//! Call frame information decides (`.eh_frame`, `.debug_frame`). Where there is none, the frame pointer is followed,
//! then the stack is scanned for what looks like a return address; such frames say so. A stack that leads nowhere gives
//! the frames up to there and the reason.
//!
//! Written on gimli and not on framehop: framehop restores pc, sp and fp alone, so that a rule on another register
//! fails, and the values of arguments that live in preserved registers are lost; it gives neither the CFA, on which
//! locations of arguments count, nor does it say which frame is a signal handler's.

mod cfi;
mod expression;
mod fallback;
mod row;
mod signal_frame;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

pub(super) use cfi::Cfi;
pub(super) use expression::{Frame, Place, evaluate};
use row::Row;
use thiserror::Error;

use super::Found;
use super::modules::Modules;
use crate::evidence::core::{CachedMemory, Machine, Registers};

/// One frame of machine code, without names.
#[derive(Debug, Clone)]
pub(in crate::stack) struct RawFrame {
    /// Registers within the frame; `pc` is the next instruction that it would run.
    pub registers: Registers,
    /// Whether `pc` was interrupted rather than being a return address: the innermost frame, and those that a signal
    /// interrupted.
    pub interrupted: bool,
    /// Whether it is the kernel's trampoline of a signal handler.
    pub signal: bool,
    /// The canonical frame address: the stack pointer of the caller before the call.
    pub cfa: Option<u64>,
    /// How it was found.
    pub found: Found,
}

/// Why a stack ends before its base.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub(in crate::stack) enum Stop {
    /// The thread's first function.
    #[error("the base of the stack")]
    Base,
    /// Memory that is not in the core.
    #[error("the stack at {0:#x} is not in the core")]
    Unreadable(u64),
    /// Nothing tells where the caller is.
    #[error("nothing tells who called {0:#x}")]
    Lost(u64),
    /// The rules lead back to the same frame.
    #[error("the stack does not go on from {0:#x}: its rules lead back to where they began")]
    NoAdvance(u64),
    /// A register that the rule needs is not known.
    #[error("the rule of {0:#x} needs a register that is not known")]
    UnknownRegister(u64),
    /// A damaged rule.
    #[error("the unwind information of {0:#x} is damaged")]
    Damaged(u64),
    /// Stacks without unwinding information were looked through for too long.
    #[error("too much of the stacks was looked through for return addresses")]
    Scanned,
    /// Signal handlers within signal handlers.
    #[error("more than {0} signal handlers within one another")]
    Signals(usize),
    /// More text in names and arguments than is kept.
    #[error("the names and arguments of frames take more than {} MiB", .0 >> 20)]
    Text(usize),
    /// More frames than are listed.
    #[error("only {0} frames are listed")]
    TooMany(usize),
}

impl RawFrame {
    /// The innermost frame of a thread.
    #[must_use]
    pub(in crate::stack) fn innermost(registers: Registers) -> Self {
        Self {
            registers,
            interrupted: true,
            signal: false,
            cfa: None,
            found: Found::Registers,
        }
    }

    /// The address that stands for the frame: of the call, not of the return. After a call that does not return the next
    /// instruction is another function's, as behind every `abort()`.
    #[must_use]
    pub(in crate::stack) fn lookup(&self) -> u64 {
        if self.interrupted {
            self.registers.pc
        } else {
            self.registers.pc.wrapping_sub(1)
        }
    }
}

/// Unwinds the threads of one process.
#[derive(Debug)]
pub(in crate::stack) struct Unwinder<'m, 'f> {
    modules: &'m Modules<'f>,
    memory: CachedMemory<'m>,
    /// Rules by lookup address: recursion meets few addresses many times.
    rows: HashMap<u64, Option<Rc<Row<'f>>>>,
    /// Bytes of unwinding information that may still be run.
    to_run: u64,
    /// Words of stacks that may still be looked through.
    to_scan: Cell<u64>,
}

/// What a frame takes at least: its return address. Signal frames may go to another stack, and `swapcontext` too; all
/// others grow upwards.
const SMALLEST_FRAME: u64 = 8;

/// Rules that are kept; each has room for 192 registers.
const MOST_ROWS: usize = 4 << 10;

/// Unwinding information that is run for one process: a million different addresses take a quarter of it.
const MOST_RUN: u64 = 1 << 30;

impl<'m, 'f> Unwinder<'m, 'f> {
    /// An unwinder of a core's threads.
    #[must_use]
    pub(in crate::stack) fn new(modules: &'m Modules<'f>) -> Self {
        Self {
            modules,
            memory: modules.core().memory.cached(),
            rows: HashMap::new(),
            to_run: MOST_RUN,
            to_scan: Cell::new(fallback::MOST_SCANNED),
        }
    }

    /// The memory that stacks are read from.
    #[must_use]
    pub(in crate::stack) fn memory(&self) -> &CachedMemory<'m> {
        &self.memory
    }

    /// Goes from a frame, whose CFA is set and which is marked if it is a signal handler's, to its caller.
    ///
    /// # Errors
    ///
    /// [`Stop`] when there is none, or none can be found.
    pub(in crate::stack) fn caller(&mut self, frame: &mut RawFrame) -> Result<RawFrame, Stop> {
        let pc = frame.registers.pc;
        let caller = match self.row(frame.lookup()) {
            Some(row) => self.by_row(&row, frame)?,
            None => match signal_frame::interrupted(self.modules, &self.memory, &frame.registers) {
                Some(registers) => {
                    frame.signal = true;
                    (registers, Found::SignalContext)
                }
                None => fallback::caller(self.modules, &self.memory, frame, &self.to_scan)?,
            },
        };
        let (mut registers, found) = caller;
        registers.pc = without_authentication(registers.machine(), registers.pc);
        if registers.pc == 0 && !frame.signal {
            return Err(Stop::Base);
        }
        if !frame.signal && !advances(frame, &registers) {
            return Err(Stop::NoAdvance(pc));
        }
        // Rules that read no memory could go on beyond the stack. What a signal interrupted may be there: it overflowed.
        let moved = !frame.signal && registers.sp() != frame.registers.sp();
        let sp = registers.sp().filter(|_| moved);
        let below = sp.map(|sp| sp.wrapping_sub(1));
        let memory = &self.modules.core().memory;
        if let Some(below) = below.filter(|&below| memory.segment_at(below).is_none()) {
            return Err(Stop::Unreadable(below));
        }
        Ok(RawFrame {
            registers,
            interrupted: frame.signal,
            signal: false,
            cfa: None,
            found,
        })
    }

    fn row(&mut self, lookup: u64) -> Option<Rc<Row<'f>>> {
        if let Some(row) = self.rows.get(&lookup) {
            return row.clone();
        }
        let row = self.modules.at(lookup).and_then(|module| {
            let bias = self.modules.open(module).bias;
            let cfi = self.modules.cfi(module);
            cfi.row(lookup.wrapping_sub(bias), &mut self.to_run)
        });
        let row = row.map(Rc::new);
        if self.rows.len() == MOST_ROWS {
            self.rows.clear();
        }
        self.rows.insert(lookup, row.clone());
        row
    }

    fn by_row(&self, row: &Row<'f>, frame: &mut RawFrame) -> Result<(Registers, Found), Stop> {
        frame.signal = row.is_signal();
        let mut found = Found::Cfi;
        let cfa = match row.cfa(&frame.registers, &self.memory) {
            Err(stop @ Stop::UnknownRegister(_)) => {
                self.guess_frame_pointer(frame).ok_or(stop)?;
                found = Found::FramePointer;
                row.cfa(&frame.registers, &self.memory)?
            }
            cfa => cfa?,
        };
        frame.cfa = Some(cfa);
        let registers = row.caller(&frame.registers, cfa, frame.interrupted, &self.memory)?;
        Ok((registers, found))
    }

    /// Gives a frame the frame pointer that it does not know.
    fn guess_frame_pointer(&self, frame: &mut RawFrame) -> Option<()> {
        let registers = &mut frame.registers;
        if registers.fp().is_some() {
            return None;
        }
        let fp = fallback::frame_pointer(self.modules, &self.memory, registers, &self.to_scan)?;
        registers.set(registers.machine().frame_pointer(), Some(fp));
        Some(())
    }
}

/// A caller's frame lies further up the stack. Only a function that was interrupted before it touched the stack has its
/// caller's stack pointer, on aarch64; then at least the address differs.
fn advances(frame: &RawFrame, caller: &Registers) -> bool {
    match (frame.registers.sp(), caller.sp()) {
        (Some(sp), Some(next)) => {
            sp.checked_add(SMALLEST_FRAME)
                .is_some_and(|least| next >= least)
                || (next == sp && frame.interrupted && frame.registers.pc != caller.pc)
        }
        _ => false,
    }
}

/// aarch64 signs return addresses in their upper bits (`paciasp`); user addresses have at most 48 bits on kernels with
/// the usual page tables.
fn without_authentication(machine: Machine, pc: u64) -> u64 {
    match machine {
        Machine::X86_64 => pc,
        Machine::Aarch64 => pc & 0x0000_ffff_ffff_ffff,
    }
}
