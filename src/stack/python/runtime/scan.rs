//! Looks through the data of a stripped program for the pointer to its interpreters. What else its symbols name is for
//! the caller to add.

use std::collections::HashSet;

use super::super::chain::follow;
use super::super::cpython::Cpython;
use super::check::is_interpreter;
use super::{Globals, LocatedBy, Runtime};
use crate::stack::modules::Module;
use crate::stack::python::layout::Field;
use crate::stack::python_version;

/// All data that is looked through; an interpreter has less than 2 MiB.
pub(super) const MOST: u64 = 8 << 20;

/// Variables that point to an interpreter.
const MOST_FOUND: usize = 64;

/// Interpreters that are counted in the list of one.
const MOST_LISTED: usize = 4096;

/// User space ends here, on x86-64 and aarch64.
const USER: u64 = 1 << 48;

/// Finds the variable in the data of a module.
pub(super) fn find(
    python: &Cpython<'_, '_>,
    module: &Module<'_>,
    left: &mut u64,
) -> Option<Runtime> {
    let modules = python.memory.modules();
    let mut refused = HashSet::new();
    let mut found: Vec<(u64, u64)> = Vec::new();
    for (start, bytes) in python_version::data(modules, module, left) {
        let words = bytes.chunks_exact(8).zip((start..).step_by(8));
        for (word, at) in words {
            let pointer = word
                .first_chunk()
                .map_or(0, |word| u64::from_le_bytes(*word));
            let possible = pointer.is_multiple_of(8) && (4096..USER).contains(&pointer);
            if !possible || refused.contains(&pointer) {
                continue;
            }
            if !is_interpreter(python, pointer) {
                refused.insert(pointer);
                continue;
            }
            if let Some(runtime) = runtime(python, at) {
                return Some(runtime);
            }
            found.push((at, pointer));
            if found.len() == MOST_FOUND {
                return head(python, &found);
            }
        }
    }
    head(python, &found)
}

/// `_PyRuntime` by the first of its pointers to interpreters: `head`, and `main` behind it. In programs without one there
/// is no such member.
fn runtime(python: &Cpython<'_, '_>, at: u64) -> Option<Runtime> {
    let runtime = at.checked_sub(python.layout.get(Field::RuntimeInterpreters)?)?;
    let main = python.pointer(runtime, Field::RuntimeMainInterpreter)?;
    is_interpreter(python, main).then_some(Runtime {
        located: LocatedBy::Scan,
        runtime: Some(runtime),
        interpreters: at,
        globals: Globals::default(),
    })
}

/// `interp_head` of 2.7 and 3.6. `autoInterpreterState` beside it (`Python/pystate.c`) points to the oldest, which is the
/// last of the list.
fn head(python: &Cpython<'_, '_>, found: &[(u64, u64)]) -> Option<Runtime> {
    if python.series >= (3, 7) {
        return None;
    }
    let length = |&(_, first): &(u64, u64)| {
        let next = |at| python.word(at, Field::InterpreterNext);
        follow(first, MOST_LISTED, next).0.len()
    };
    // Of equal ones the first.
    let longest = found.iter().rev().max_by_key(|found| length(found));
    longest.map(|&(interpreters, _)| Runtime {
        located: LocatedBy::Scan,
        runtime: None,
        interpreters,
        globals: Globals::default(),
    })
}
