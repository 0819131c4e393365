//! From an exception to those that it came of.

use super::{ExceptionChain, ExceptionCycle, ExceptionInfo, ExceptionLink};
use crate::stack::python::code::CodeCache;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// Exceptions of a chain; those of programs have a few.
const MOST_LINKED: usize = 64;

/// Which links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follow {
    /// `__cause__`, and `__context__` where there is none: what a traceback shows.
    Both,
    /// What the interpreter itself walks when an exception is raised (`Python/errors.c`, `_PyErr_SetObject`).
    Contexts,
}

/// Addresses of a chain, with how each hangs on the one before.
#[derive(Debug, Default)]
struct Links {
    exceptions: Vec<(u64, ExceptionLink)>,
    cycle: Option<ExceptionCycle>,
    cut: bool,
    broken: Option<String>,
}

/// The chain of an exception, which the caller knows to be one. Where its causes do not lead in a circle but its contexts
/// do, these are shown.
pub(super) fn of(python: &Cpython<'_, '_>, codes: &CodeCache, first: u64) -> ExceptionChain {
    let mut links = follow(python, first, Follow::Both);
    if links.cycle.is_none() {
        let contexts = follow(python, first, Follow::Contexts);
        if contexts.cycle.is_some() {
            links = contexts;
        }
    }
    let exceptions = links.exceptions.iter();
    ExceptionChain {
        exceptions: exceptions
            .map(|&(exception, link)| info(python, codes, exception, link))
            .collect(),
        cycle: links.cycle,
        cut: links.cut,
        broken: links.broken,
    }
}

fn follow(python: &Cpython<'_, '_>, first: u64, follow: Follow) -> Links {
    let mut links = Links {
        exceptions: vec![(first, ExceptionLink::First)],
        ..Links::default()
    };
    let mut at = first;
    while let Some((next, link)) = next(python, at, follow) {
        let known = links.exceptions.iter();
        if let Some(back_to) = known.map(|known| known.0).position(|known| known == next) {
            links.cycle = Some(ExceptionCycle { back_to, link });
            break;
        }
        if !python.is_exception(next) {
            links.broken = Some(format!(
                "its {} leads to {next:#x}, where no exception is",
                link.attribute()
            ));
            break;
        }
        if links.exceptions.len() == MOST_LINKED {
            links.cut = true;
            break;
        }
        links.exceptions.push((next, link));
        at = next;
    }
    links
}

/// What an exception hangs on.
fn next(python: &Cpython<'_, '_>, exception: u64, follow: Follow) -> Option<(u64, ExceptionLink)> {
    let cause = python.pointer(exception, Field::ExceptionCause);
    match cause {
        Some(cause) if follow == Follow::Both => Some((cause, ExceptionLink::Cause)),
        _ => {
            let context = python.pointer(exception, Field::ExceptionContext)?;
            Some((context, ExceptionLink::Context))
        }
    }
}

/// One exception of a chain.
fn info(
    python: &Cpython<'_, '_>,
    codes: &CodeCache,
    exception: u64,
    link: ExceptionLink,
) -> ExceptionInfo {
    let class = python.type_of(exception);
    let name = class.and_then(|class| python.exception_name(class));
    let traceback = python.pointer(exception, Field::ExceptionTraceback);
    let traceback = super::traceback::read(python, codes, traceback);
    let suppressed = python.byte(exception, Field::ExceptionSuppress);
    ExceptionInfo {
        address: exception,
        type_name: name.unwrap_or_else(|| "?".to_owned()),
        message: super::message::of(python, exception),
        link,
        traceback: traceback.entries,
        traceback_left_out: traceback.left_out,
        suppressed_context: suppressed.is_some_and(|suppressed| suppressed != 0),
    }
}

impl ExceptionLink {
    /// The attribute that holds it; of the first exception none.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::First => "",
            Self::Cause => "__cause__",
            Self::Context => "__context__",
        }
    }
}
