//! The library of a synthetic interpreter: symbols, and code that does nothing.

use super::super::core::X86_64;
use super::super::program::{CODE, Program, Section};
use super::process::LIBRARY;

/// Where the interpreter loop begins in the code.
pub(super) const LOOP: u64 = 64;

/// `st_info` of a global variable and of a global function.
const VARIABLE: u8 = 0x11;
const FUNCTION: u8 = 0x12;

/// The library with variables at their addresses in the process, and with names for its code where that of the interpreter
/// loop is given: first a function that waits for locks, then the loop.
pub(super) fn with_symbols(variables: &[(&str, u64)], interpreter_loop: Option<&str>) -> Vec<u8> {
    let mut names = vec![0];
    let mut table = vec![0; 24];
    let mut add = |name: &str, info, address: u64, size: u64| {
        table.extend(u32::try_from(names.len()).unwrap_or(0).to_le_bytes());
        // In the first section.
        table.extend([info, 0, 1, 0]);
        table.extend(address.to_le_bytes());
        table.extend(size.to_le_bytes());
        names.extend([name.as_bytes(), &[0]].concat());
    };
    for &(name, address) in variables {
        add(name, VARIABLE, address.wrapping_sub(LIBRARY), 8);
    }
    if let Some(name) = interpreter_loop {
        add("PyThread_acquire_lock", FUNCTION, CODE, LOOP);
        add(name, FUNCTION, CODE + LOOP, LOOP);
    }
    // Each address follows a call.
    let mut program = Program::new(X86_64, &[0xe8; 128]);
    for (name, kind, bytes, link) in [(".dynsym", 11, table, ".dynstr"), (".dynstr", 3, names, "")]
    {
        program.sections.push(Section {
            name,
            kind,
            flags: 2,
            bytes,
            link,
            entry: 24,
        });
    }
    program.build()
}
