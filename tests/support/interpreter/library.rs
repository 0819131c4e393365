//! The library of a synthetic interpreter: symbols, and code that does nothing.

use super::super::core::X86_64;
use super::super::program::{CODE, Program};
use super::process::LIBRARY;

/// Where the interpreter loop begins in the code.
pub(super) const LOOP: u64 = 64;

/// `st_info` of a global variable and of a global function.
const VARIABLE: u8 = 0x11;
const FUNCTION: u8 = 0x12;

/// The library with variables at their addresses in the process, and with names for its code where that of the interpreter
/// loop is given: first a function that waits for locks, then the loop.
pub(super) fn with_symbols(variables: &[(&str, u64)], interpreter_loop: Option<&str>) -> Vec<u8> {
    let variables = variables.iter();
    let mut symbols: Vec<_> = variables
        .map(|&(name, address)| (name, VARIABLE, address.wrapping_sub(LIBRARY), 8))
        .collect();
    if let Some(name) = interpreter_loop {
        symbols.push(("PyThread_acquire_lock", FUNCTION, CODE, LOOP));
        symbols.push((name, FUNCTION, CODE + LOOP, LOOP));
    }
    // Each address follows a call.
    Program::new(X86_64, &[0xe8; 128])
        .symbols(".dynsym", &symbols)
        .build()
}
