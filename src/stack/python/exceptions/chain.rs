//! From an exception to those that it came of.

use super::{ExceptionChain, ExceptionCycle, ExceptionInfo, ExceptionLink, TracebackEntry};
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
pub(super) fn of(python: &Cpython<'_, '_>, first: u64) -> ExceptionChain {
    let mut links = follow(python, first, Follow::Both);
    if links.cycle.is_none() {
        let contexts = follow(python, first, Follow::Contexts);
        if contexts.cycle.is_some() {
            links = contexts;
        }
    }
    let exceptions = links.exceptions.iter();
    let exceptions = exceptions.map(|&(exception, link)| info(python, exception, link));
    let exceptions: Vec<_> = exceptions.collect();
    // It is kept all the same: the next finds less.
    let _ = python
        .memory
        .budget
        .take_text(exceptions.iter().map(text_of).sum());
    ExceptionChain {
        exceptions,
        cycle: links.cycle,
        cut: links.cut,
        broken: links.broken,
    }
}

/// Bytes of what is kept of an exception.
fn text_of(exception: &ExceptionInfo) -> usize {
    let texts = |entry: &TracebackEntry| {
        let texts = [&entry.function, &entry.file].into_iter().flatten();
        texts.map(String::len).sum::<usize>()
    };
    let message = exception.message.as_ref().map_or(0, String::len);
    let traceback = exception.traceback.iter().map(texts).sum::<usize>();
    exception.type_name.len() + message + traceback
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
fn info(python: &Cpython<'_, '_>, exception: u64, link: ExceptionLink) -> ExceptionInfo {
    let class = python.type_of(exception);
    let name = class.and_then(|class| python.exception_name(class));
    let traceback = python.pointer(exception, Field::ExceptionTraceback);
    let traceback = super::traceback::read(python, traceback);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::python::exceptions::{handled, raised};
    use crate::stack::python::objects::testing::{Heap, NOWHERE};

    /// Members of the exceptions that [`Heap`] makes.
    const CONTEXT: u64 = 24;
    const CAUSE: u64 = 32;

    fn chain(heap: &Heap, first: u64) -> ExceptionChain {
        heap.read(|python| of(python, first))
    }

    fn names(chain: &ExceptionChain) -> Vec<(&str, ExceptionLink)> {
        let exceptions = chain.exceptions.iter();
        exceptions
            .map(|exception| (exception.type_name.as_str(), exception.link))
            .collect()
    }

    #[test]
    fn links() {
        let mut heap = Heap::new((3, 13));
        let text = heap.str("key");
        let [a, b, c] = ["A", "B", "KeyError"].map(|name| heap.exception(name, &[text]));
        heap.set(a + CAUSE, b);
        heap.set(a + CONTEXT, c);
        heap.set(b + CONTEXT, c);
        let found = chain(&heap, a);
        let expected = [
            ("A", ExceptionLink::First),
            ("B", ExceptionLink::Cause),
            ("KeyError", ExceptionLink::Context),
        ];
        assert_eq!(names(&found), expected);
        assert_eq!(
            (found.cycle, found.cut, &found.broken),
            (None, false, &None)
        );
        let messages = found.exceptions.iter();
        let messages: Vec<_> = messages.map(|one| one.message.as_deref()).collect();
        assert_eq!(messages, [Some("key"), Some("key"), Some("'key'")]);
        heap.set(c + CAUSE, NOWHERE);
        let found = chain(&heap, a);
        let broken = "its __cause__ leads to 0x70000000, where no exception is";
        assert_eq!(found.broken.as_deref(), Some(broken));
        assert_eq!(found.exceptions.len(), 3);
    }

    #[test]
    fn cycles() {
        let mut heap = Heap::new((3, 13));
        let [a, b, c] = ["A", "B", "C"].map(|name| heap.exception(name, &[]));
        heap.set(a + CONTEXT, b);
        heap.set(b + CAUSE, c);
        heap.set(c + CONTEXT, b);
        let found = chain(&heap, a);
        let link = ExceptionLink::Context;
        let expected = Some(ExceptionCycle { back_to: 1, link });
        assert_eq!((names(&found).len(), found.cycle), (3, expected));
        // The causes end, the contexts do not.
        heap.set(c + CONTEXT, 0);
        heap.set(b + CONTEXT, b);
        let found = chain(&heap, a);
        assert_eq!((names(&found).len(), found.cycle), (2, expected));
    }

    #[test]
    fn long_chains() {
        let mut heap = Heap::new((3, 13));
        let mut last = heap.exception("E", &[]);
        for _ in 0..MOST_LINKED {
            let next = heap.exception("E", &[]);
            heap.set(next + CONTEXT, last);
            last = next;
        }
        let found = chain(&heap, last);
        assert_eq!((found.exceptions.len(), found.cut), (MOST_LINKED, true));
    }

    #[test]
    fn of_threads() {
        let mut heap = Heap::new((3, 13));
        let none = heap.none();
        let [a, b] = ["A", "B"].map(|name| heap.exception(name, &[]));
        let outer = heap.words(&[b, 0]);
        let without = heap.words(&[none, outer]);
        let again = heap.words(&[a, without]);
        let inner = heap.words(&[a, again]);
        let thread = heap.words(&[b, inner]);
        let (raised, handled) =
            heap.read(|python| (raised(python, thread), handled(python, thread)));
        assert_eq!(raised.map(|chain| chain.exceptions[0].address), Some(b));
        let firsts = handled.iter().map(|chain| chain.exceptions[0].address);
        assert_eq!(firsts.collect::<Vec<_>>(), [a, b]);
    }
}
