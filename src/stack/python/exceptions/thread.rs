//! The exceptions that a thread state holds.

use std::collections::HashSet;

use super::{ExceptionChain, ExceptionInfo, ExceptionLink, chain, message, traceback};
use crate::stack::python::chain::follow;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;
use crate::stack::python::objects::repr::Limits;

/// Handled exceptions that are shown.
const MOST_HANDLED: usize = 16;

/// `except` blocks, and generators within them, that are walked through.
const MOST_BLOCKS: usize = 64 << 10;

/// The exception that a thread is raising: its error indicator (`Include/cpython/pystate.h`).
pub(in crate::stack::python) fn raised(
    python: &Cpython<'_, '_>,
    thread: u64,
) -> Option<ExceptionChain> {
    if let Some(exception) = python.pointer(thread, Field::ThreadCurrentException) {
        let exception = Some(exception).filter(|&exception| python.is_exception(exception));
        return exception.map(|exception| chain::of(python, exception));
    }
    let class = python.pointer(thread, Field::ThreadRaisedType)?;
    let value = python.pointer(thread, Field::ThreadRaisedValue);
    let passed = python.pointer(thread, Field::ThreadRaisedTraceback);
    of_parts(python, class, value, passed)
}

/// The exceptions that a thread is handling, innermost first, with their chains; at most 16. One that stands in the chain
/// of an inner one is not repeated. Up to 3.6 only the innermost is known.
pub(in crate::stack::python) fn handled(
    python: &Cpython<'_, '_>,
    thread: u64,
) -> Vec<ExceptionChain> {
    let Some(first) = python.pointer(thread, Field::ThreadHandled) else {
        let innermost = innermost_handled(python, thread);
        return innermost.into_iter().collect();
    };
    let previous = |at| python.word(at, Field::HandledPrevious);
    let (items, _) = follow(first, MOST_BLOCKS, previous);
    let mut chains = Vec::new();
    let mut shown = HashSet::new();
    for item in items {
        let value = python.pointer(item, Field::HandledValue);
        // A block or generator without one has `None`.
        let Some(value) = value.filter(|&value| python.is_exception(value)) else {
            continue;
        };
        if chains.len() == MOST_HANDLED || shown.contains(&value) {
            continue;
        }
        let chain = chain::of(python, value);
        shown.extend(chain.exceptions.iter().map(|exception| exception.address));
        chains.push(chain);
    }
    chains
}

/// `sys.exc_info()` up to 3.6.
fn innermost_handled(python: &Cpython<'_, '_>, thread: u64) -> Option<ExceptionChain> {
    let class = python.pointer(thread, Field::ThreadHandledType)?;
    let value = python.pointer(thread, Field::ThreadHandledValue);
    let passed = python.pointer(thread, Field::ThreadHandledTraceback);
    of_parts(python, class, value, passed)
}

/// An exception as type, value and traceback. Unless the value is an exception, it is what one of the type will be made
/// with (`Python/errors.c`, `PyErr_NormalizeException`).
fn of_parts(
    python: &Cpython<'_, '_>,
    class: u64,
    value: Option<u64>,
    passed: Option<u64>,
) -> Option<ExceptionChain> {
    let passed = traceback::read(python, passed);
    let exception = value.filter(|&value| python.is_exception(value));
    let mut chain = match exception {
        Some(exception) => chain::of(python, exception),
        None => ExceptionChain {
            exceptions: vec![to_be_made(python, class, value)?],
            ..ExceptionChain::default()
        },
    };
    // It has passed more frames than the object knows, which in 2.7 knows none.
    if let Some(first) = chain.exceptions.first_mut()
        && !passed.entries.is_empty()
    {
        (first.traceback, first.traceback_left_out) = (passed.entries, passed.left_out);
    }
    Some(chain)
}

fn to_be_made(python: &Cpython<'_, '_>, class: u64, value: Option<u64>) -> Option<ExceptionInfo> {
    // No type is `None`: nothing is raised or handled.
    let type_name = python.exception_name(Some(class).filter(|&class| python.is_type(class))?)?;
    let message = value.and_then(|value| match python.type_name(value)?.as_str() {
        "NoneType" => None,
        "tuple" => message::of_arguments(python, class, value, || None),
        _ if python.is_kind_of(class, "KeyError") => Some(python.repr(value, Limits::MESSAGE)),
        _ => message::text(python, value),
    });
    Some(ExceptionInfo {
        address: class,
        type_name,
        message,
        link: ExceptionLink::First,
        traceback: Vec::new(),
        traceback_left_out: 0,
        suppressed_context: false,
    })
}
