//! DWARF expressions over a frame's registers and memory (DWARF 5, section 2.5).

use gimli::{EndianSlice, EvaluationResult, Expression, LittleEndian, Location, Value};

use super::Stop;
use crate::evidence::core::{CachedMemory, Registers};
use crate::stack::symbols::call_sites::register;

/// Real expressions have a few dozen operations; one that branches to itself has no end.
const MOST_STEPS: u32 = 1000;

/// What an expression leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stack) enum Place {
    /// An address in memory.
    Address(u64),
    /// The value itself.
    Value(u64),
    /// A register by its number.
    Register(u16),
    /// Optimised out, in pieces, or known only from the caller.
    Nowhere,
}

/// Evaluates an expression. `initial` is on the stack at the start, `cfa` answers `DW_OP_call_frame_cfa`, which also
/// stands for the frame base where a function has one of its own kind.
pub(in crate::stack) fn evaluate(
    bytes: &[u8],
    encoding: gimli::Encoding,
    registers: &Registers,
    memory: &CachedMemory<'_>,
    initial: Option<u64>,
    frame: Option<Frame<'_>>,
) -> Result<Place, Stop> {
    let damaged = |_| Stop::Damaged(registers.pc);
    let expression = Expression(EndianSlice::new(bytes, LittleEndian));
    let mut evaluation = expression.evaluation(encoding);
    evaluation.set_max_iterations(MOST_STEPS);
    if let Some(value) = initial {
        evaluation.set_initial_value(value);
    }
    let mut result = evaluation.evaluate().map_err(damaged)?;
    loop {
        result = match result {
            EvaluationResult::Complete => break,
            EvaluationResult::RequiresMemory { address, size, .. } => {
                let word = memory.word(address);
                let word = word.or_else(|| {
                    memory
                        .array::<4>(address)
                        .map(|bytes| u32::from_le_bytes(bytes).into())
                });
                let word = word.ok_or(Stop::Unreadable(address))?;
                let bits = u32::from(size.min(8)) * 8;
                let mask = u64::MAX.checked_shr(64 - bits).unwrap_or(0);
                evaluation.resume_with_memory(Value::Generic(word & mask))
            }
            EvaluationResult::RequiresRegister { register, .. } => {
                let value = registers.get(register.0);
                let value = value.ok_or(Stop::UnknownRegister(registers.pc))?;
                evaluation.resume_with_register(Value::Generic(value))
            }
            EvaluationResult::RequiresCallFrameCfa => match frame.and_then(|frame| frame.cfa) {
                Some(cfa) => evaluation.resume_with_call_frame_cfa(cfa),
                None => return Ok(Place::Nowhere),
            },
            EvaluationResult::RequiresFrameBase => match frame.and_then(|frame| frame.base) {
                Some(base) => evaluation.resume_with_frame_base(base),
                None => return Ok(Place::Nowhere),
            },
            EvaluationResult::RequiresRelocatedAddress(address) => {
                let bias = frame.map_or(0, |frame| frame.bias);
                evaluation.resume_with_relocated_address(address.wrapping_add(bias))
            }
            EvaluationResult::RequiresEntryValue(expression) => {
                let register = register(expression.0.slice());
                let passed = frame.and_then(|frame| frame.passed);
                match register.and_then(|number| passed?(number)) {
                    Some(value) => evaluation.resume_with_entry_value(Value::Generic(value)),
                    None => return Ok(Place::Nowhere),
                }
            }
            // Constants of a type, thread-local storage and others that parameters do not need.
            _ => return Ok(Place::Nowhere),
        }
        .map_err(damaged)?;
    }
    let pieces = evaluation.result();
    let [piece] = &pieces[..] else {
        return Ok(Place::Nowhere);
    };
    if piece.size_in_bits.is_some() {
        return Ok(Place::Nowhere);
    }
    Ok(match piece.location {
        Location::Address { address } => Place::Address(address),
        Location::Value { value } => value.to_u64(u64::MAX).map_or(Place::Nowhere, Place::Value),
        Location::Register { register } => Place::Register(register.0),
        _ => Place::Nowhere,
    })
}

/// What an expression may ask of its frame beside registers.
#[derive(Clone, Copy)]
pub(in crate::stack) struct Frame<'a> {
    pub(in crate::stack) cfa: Option<u64>,
    pub(in crate::stack) base: Option<u64>,
    /// From addresses of the file to those of the process.
    pub(in crate::stack) bias: u64,
    /// What a register held when the function was called.
    pub(in crate::stack) passed: Option<&'a dyn Fn(u16) -> Option<u64>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::core::Machine;
    use crate::synthetic::core::{CoreBuilder, X86_64};
    use crate::synthetic::read;

    fn run(bytes: &[u8]) -> Result<Place, Stop> {
        let builder = CoreBuilder::new(X86_64).thread_at(1, 0x1000, 0x8000, 0x8010);
        let core = read(&builder.words(0x8000, &[0x1122_3344_5566_7788]).build()).unwrap();
        let encoding = gimli::Encoding {
            address_size: 8,
            format: gimli::Format::Dwarf32,
            version: 5,
        };
        let frame = Frame {
            cfa: Some(0x8020),
            base: None,
            bias: 0x10_0000,
            passed: None,
        };
        let registers = &core.threads()[0].registers;
        assert_eq!(registers.machine(), Machine::X86_64);
        evaluate(
            bytes,
            encoding,
            registers,
            &core.memory.cached(),
            None,
            Some(frame),
        )
    }

    #[test]
    fn places() {
        let at = |address| Ok(Place::Address(address));
        for (bytes, expected) in [
            // breg7 + 8, reg6, call_frame_cfa, addr, lit1 stack_value.
            (&[0x77, 8][..], at(0x8008)),
            (&[0x56], Ok(Place::Register(6))),
            (&[0x9c], at(0x8020)),
            (&[0x03, 1, 0, 0, 0, 0, 0, 0, 0], at(0x10_0001)),
            (&[0x31, 0x9f], Ok(Place::Value(1))),
            // breg7 deref, deref_size of 1, 2 and 0 bytes.
            (&[0x77, 0, 0x06], at(0x1122_3344_5566_7788)),
            (&[0x77, 0, 0x94, 1], at(0x88)),
            (&[0x77, 4, 0x94, 2], at(0x3344)),
            (&[0x77, 0, 0x94, 0], at(0)),
            // Without a frame base, in pieces, and with the caller's values.
            (&[0x91, 0], Ok(Place::Nowhere)),
            (&[0x50, 0x93, 4, 0x51, 0x93, 4], Ok(Place::Nowhere)),
            (&[0xa3, 1, 0x55], Ok(Place::Nowhere)),
        ] {
            assert_eq!(run(bytes), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn limits() {
        let damaged = Err(Stop::Damaged(0x1000));
        for bytes in [
            // To itself; to itself with a growing stack; nothing to add; a division by zero; cut off; backwards out.
            &[0x2f, 0xfd, 0xff][..],
            &[0x30, 0x2f, 0xfc, 0xff],
            &[0x22],
            &[0x31, 0x30, 0x1b],
            &[0x03, 1],
            &[0x2f, 0x00, 0x80],
        ] {
            assert_eq!(run(bytes), damaged, "{bytes:x?}");
        }
        assert_eq!(run(&[0x31, 0x06]), Err(Stop::Unreadable(1)));
        assert_eq!(run(&[0x92, 60, 0]), Err(Stop::UnknownRegister(0x1000)));
    }

    proptest::proptest! {
        #[test]
        fn noise(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            drop(run(&bytes));
        }
    }
}
