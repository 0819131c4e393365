//! The rules at one address, and the caller's registers by them (DWARF 5, section 6.4).

use gimli::{
    BaseAddresses, CfaRule, EndianSlice, FrameDescriptionEntry, LittleEndian, Register,
    RegisterRule, UnwindContext, UnwindExpression, UnwindSection, UnwindTableRow,
};

use super::Stop;
use super::expression::{Place, evaluate};
use crate::evidence::core::{CachedMemory, Machine, Registers};

type Slice<'f> = EndianSlice<'f, LittleEndian>;
type Fde<'f> = FrameDescriptionEntry<Slice<'f>>;

/// Longer entries are left alone: the interpreter loop, the largest of real functions, has some 10 kB.
const LONGEST_ENTRY: usize = 256 << 10;

/// The rules at one address.
#[derive(Debug)]
pub(in crate::stack) struct Row<'f> {
    row: UnwindTableRow<usize>,
    /// The section that the rules' expressions stand in.
    section: Slice<'f>,
    encoding: gimli::Encoding,
    signal: bool,
}

impl<'f> Row<'f> {
    /// The rules of an entry at an address. `to_run` is what all rules together may still cost.
    pub(super) fn of<S>(
        section: &S,
        bases: &BaseAddresses,
        fde: &Fde<'f>,
        address: u64,
        to_run: &mut u64,
    ) -> Option<Self>
    where
        S: UnwindSection<Slice<'f>>,
    {
        let len = fde.entry_len().saturating_add(fde.cie().entry_len());
        if len > LONGEST_ENTRY {
            return None;
        }
        *to_run = to_run.checked_sub(len as u64)?;
        let mut context = UnwindContext::new();
        let row = fde.unwind_info_for_address(section, bases, &mut context, address);
        Some(Self {
            row: row.ok()?.clone(),
            section: *section.section(),
            encoding: fde.cie().encoding(),
            signal: fde.is_signal_trampoline(),
        })
    }

    /// Whether the frame is a signal handler's trampoline (`S` in the augmentation).
    pub(super) fn is_signal(&self) -> bool {
        self.signal
    }

    /// The canonical frame address.
    pub(super) fn cfa(
        &self,
        registers: &Registers,
        memory: &CachedMemory<'_>,
    ) -> Result<u64, Stop> {
        match self.row.cfa() {
            CfaRule::RegisterAndOffset { register, offset } => {
                let base = registers.get(register.0);
                let base = base.ok_or(Stop::UnknownRegister(registers.pc))?;
                Ok(base.wrapping_add_signed(*offset))
            }
            CfaRule::Expression(expression) => self.run(*expression, registers, memory, None),
        }
    }

    /// The caller's registers.
    pub(super) fn caller(
        &self,
        registers: &Registers,
        cfa: u64,
        interrupted: bool,
        memory: &CachedMemory<'_>,
    ) -> Result<Registers, Stop> {
        let machine = registers.machine();
        let mut caller = Registers::new(machine, 0);
        for number in 0..32 {
            let value = match self.row.register(Register(number)) {
                None if number == machine.stack_pointer() => Some(cfa),
                None if machine.is_preserved(number) => registers.get(number),
                None => None,
                // A preserved register that cannot be read is unknown; the frame itself may still be found.
                Some(rule) => self
                    .value(rule, number, registers, cfa, memory)
                    .unwrap_or(None),
            };
            caller.set(number, value);
        }
        caller.pc = self.return_address(registers, cfa, interrupted, memory)?;
        Ok(caller)
    }

    fn return_address(
        &self,
        registers: &Registers,
        cfa: u64,
        interrupted: bool,
        memory: &CachedMemory<'_>,
    ) -> Result<u64, Stop> {
        let machine = registers.machine();
        let number = machine.return_address();
        match self.row.register(Register(number)) {
            // The outermost function says so: `_start`, `clone`.
            Some(RegisterRule::Undefined) => Err(Stop::Base),
            Some(rule) => {
                let value = self.value(rule, number, registers, cfa, memory)?;
                value.ok_or(Stop::UnknownRegister(registers.pc))
            }
            // A leaf of aarch64 has its return address in x30 still; any other frame's x30 is not its own.
            None if machine == Machine::Aarch64 && interrupted => registers
                .get(number)
                .ok_or(Stop::UnknownRegister(registers.pc)),
            None => Err(Stop::Lost(registers.pc)),
        }
    }

    fn value(
        &self,
        rule: RegisterRule<usize>,
        number: u16,
        registers: &Registers,
        cfa: u64,
        memory: &CachedMemory<'_>,
    ) -> Result<Option<u64>, Stop> {
        let read = |address| memory.word(address).ok_or(Stop::Unreadable(address));
        Ok(match rule {
            RegisterRule::SameValue => registers.get(number),
            RegisterRule::Offset(offset) => Some(read(cfa.wrapping_add_signed(offset))?),
            RegisterRule::ValOffset(offset) => Some(cfa.wrapping_add_signed(offset)),
            RegisterRule::Register(other) => registers.get(other.0),
            RegisterRule::Constant(value) => Some(value),
            RegisterRule::Expression(expression) => {
                Some(read(self.run(expression, registers, memory, Some(cfa))?)?)
            }
            RegisterRule::ValExpression(expression) => {
                Some(self.run(expression, registers, memory, Some(cfa))?)
            }
            _ => None,
        })
    }

    /// Evaluates a rule's expression; rules of registers begin with the CFA on the stack (DWARF 5, section 6.4.2.3).
    fn run(
        &self,
        expression: UnwindExpression<usize>,
        registers: &Registers,
        memory: &CachedMemory<'_>,
        cfa: Option<u64>,
    ) -> Result<u64, Stop> {
        let end = expression.offset.checked_add(expression.length);
        let bytes = end.and_then(|end| self.section.slice().get(expression.offset..end));
        let bytes = bytes.ok_or(Stop::Damaged(registers.pc))?;
        let place = evaluate(bytes, self.encoding, registers, memory, cfa, None)?;
        match place {
            Place::Address(address) | Place::Value(address) => Ok(address),
            Place::Register(_) | Place::Nowhere => Err(Stop::Damaged(registers.pc)),
        }
    }
}
