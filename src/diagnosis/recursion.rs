//! Runaway recursion: a function that stands on a stack so often that nothing but a fault or a limit ends it.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;

use super::look::Call;
use crate::signature::{RUNAWAY, native_class};

/// A function that called itself, by whatever way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recursing {
    /// Its innermost frame in the thread's list; `None` where the last look at the thread does not show it any more.
    pub frame: Option<usize>,
    /// Function.
    pub function: String,
    /// Whether it is Python code.
    pub python: bool,
    /// How often it stood on the stack.
    pub times: usize,
}

/// The function that recursed most in any of the looks at a thread, the last of which the frames are of; `None` where none
/// was deep.
pub(super) fn deepest(looks: &[&[Call]]) -> Option<Recursing> {
    let last = looks.len().checked_sub(1)?;
    let deep = looks.iter().enumerate().filter_map(|(at, calls)| {
        let found = of_one(calls)?;
        Some(Recursing {
            frame: found.frame.filter(|_| at == last),
            ..found
        })
    });
    // The last of equals.
    deep.max_by_key(|found| found.times)
}

fn of_one(calls: &[Call]) -> Option<Recursing> {
    if calls.len() < RUNAWAY {
        return None;
    }
    let mut found: HashMap<(&str, bool), Recursing> = HashMap::new();
    for call in calls.iter().filter(|call| !call.inlined) {
        let of = found
            .entry((&call.function, call.python))
            .or_insert_with(|| Recursing {
                frame: None,
                function: call.function.clone(),
                python: call.python,
                times: 0,
            });
        of.times += 1;
        of.frame = Some(call.frame);
    }
    let tells = |found: &Recursing| {
        found.times >= RUNAWAY && (found.python || native_class(&found.function).may_be_at_fault())
    };
    let deep: Vec<Recursing> = found.into_values().filter(tells).collect();
    let most = deep.iter().map(|found| found.times).max()?;
    // Of a cycle all stand there about as often: C code says more than the Python code that it runs, and of equals the
    // innermost.
    deep.into_iter()
        .filter(|found| found.times.saturating_mul(2) >= most)
        .max_by_key(|found| (!found.python, Reverse(found.frame)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::look::calls;
    use crate::diagnosis::testing::{native, python, thread};
    use crate::stack::Frame;

    fn deep(rounds: usize, round: &[Frame]) -> Vec<Call> {
        calls(&thread(
            1,
            std::iter::repeat_n(round, rounds)
                .flatten()
                .cloned()
                .collect(),
        ))
    }

    #[test]
    fn functions_that_recurse() {
        let both = [native("list_repr", 1), python("show", 2)];
        let through_calls = [native("PyObject_Call", 1), python("show", 2)];
        for (rounds, round, expected) in [
            (400, &both, Some("list_repr")),
            (400, &through_calls, Some("show")),
            (20, &both, None),
        ] {
            let found = deepest(&[&deep(rounds, round)]);
            let found = found.as_ref().map(|found| (&*found.function, found.times));
            assert_eq!(found, expected.map(|name| (name, rounds)));
        }
    }

    #[test]
    fn a_look_before_the_last() {
        let round = [native("list_repr", 1)];
        let found = deepest(&[&deep(900, &round), &deep(2, &round)]).expect("recursion");
        assert_eq!((found.times, found.frame), (900, None));
        let found = deepest(&[&deep(2, &round), &deep(900, &round)]).expect("recursion");
        assert_eq!(found.frame, Some(0));
        assert_eq!(deepest(&[]), None);
    }
}
