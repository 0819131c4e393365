//! Linked lists in memory that may be damaged: they may lead anywhere, or in circles.

use std::collections::HashSet;

use thiserror::Error;

/// Why a list was not followed to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Broken {
    /// Memory that is not there, or not of the right kind.
    #[error("what {0:#x} leads to cannot be read")]
    Unreadable(u64),
    /// An element that stood in it before.
    #[error("they lead in a circle back to {0:#x}")]
    Circle(u64),
    /// More elements than are followed.
    #[error("only the first {0} are listed")]
    TooMany(usize),
}

/// The elements of a list from the first on. `next` gives the one after an element: 0 at the end, `None` where it cannot
/// be read.
pub(super) fn follow(
    first: u64,
    most: usize,
    mut next: impl FnMut(u64) -> Option<u64>,
) -> (Vec<u64>, Option<Broken>) {
    let mut elements: Vec<u64> = Vec::new();
    let mut at = first;
    // Brent's cycle detection: a circle is met by the time that its length was walked twice.
    let (mut mark, mut marked) = (0, 1);
    while at != 0 {
        if elements.len() == most {
            return (elements, Some(Broken::TooMany(most)));
        }
        if at == mark {
            elements.push(at);
            return cut_circle(elements);
        }
        if elements.len() == marked {
            (mark, marked) = (at, marked * 2);
        }
        elements.push(at);
        match next(at) {
            Some(after) => at = after,
            None => return (elements, Some(Broken::Unreadable(at))),
        }
    }
    (elements, None)
}

/// What is read of the elements of a list, up to one that cannot be read. `read` also gives the element after it, as for
/// [`follow`].
pub(super) fn collect<T>(
    first: u64,
    most: usize,
    mut read: impl FnMut(u64) -> Option<(T, Option<u64>)>,
) -> (Vec<T>, Option<Broken>) {
    let mut kept = Vec::new();
    let (elements, broken) = follow(first, most, |at| {
        let (element, next) = read(at)?;
        kept.push(element);
        next
    });
    // A circle is met more than once before it is seen.
    kept.truncate(elements.len());
    (kept, broken)
}

/// Leaves each element once, of which one stands twice.
fn cut_circle(mut elements: Vec<u64>) -> (Vec<u64>, Option<Broken>) {
    let mut seen = HashSet::new();
    let again = elements.iter().position(|&element| !seen.insert(element));
    let back = again.map(|at| elements[at]);
    elements.truncate(again.unwrap_or(elements.len()));
    (elements, back.map(Broken::Circle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        let list = |links: &'static [(u64, u64)], most| {
            follow(1, most, |at| {
                Some(links.iter().find(|link| link.0 == at)?.1)
            })
        };
        assert_eq!(list(&[(1, 2), (2, 0)], 9), (vec![1, 2], None));
        assert_eq!(
            list(&[(1, 2)], 9),
            (vec![1, 2], Some(Broken::Unreadable(2)))
        );
        assert_eq!(
            list(&[(1, 2), (2, 3), (3, 0)], 2),
            (vec![1, 2], Some(Broken::TooMany(2)))
        );
        assert_eq!(list(&[(1, 1)], 9), (vec![1], Some(Broken::Circle(1))));
        // One that cannot be read is not kept, one that leads nowhere is.
        let read = |at| (at < 2).then_some((at, Some(at + 1)));
        assert_eq!(collect(1, 9, read), (vec![1], Some(Broken::Unreadable(2))));
        let read = |at| Some((at, (at < 2).then_some(at + 1)));
        assert_eq!(
            collect(1, 9, read),
            (vec![1, 2], Some(Broken::Unreadable(2)))
        );
        assert_eq!(
            list(&[(1, 2), (2, 3), (3, 4), (4, 5), (5, 3)], 99),
            (vec![1, 2, 3, 4, 5], Some(Broken::Circle(3)))
        );
    }

    #[test]
    fn circles_of_any_length_end_where_they_close() {
        for lead in 0..20 {
            for length in 1..20 {
                let last = lead + length;
                let (elements, broken) = follow(1, 1000, |at| {
                    Some(if at == last { lead + 1 } else { at + 1 })
                });
                assert_eq!(elements, (1..=last).collect::<Vec<_>>());
                assert_eq!(broken, Some(Broken::Circle(lead + 1)));
                let read = |at| Some((at * 10, Some(if at == last { lead + 1 } else { at + 1 })));
                let tens: Vec<_> = elements.iter().map(|at| at * 10).collect();
                assert_eq!(collect(1, 1000, read), (tens, broken));
            }
        }
    }
}
