//! The innermost call that did not return over several looks, and what it called meanwhile.
//!
//! A call did not return if it stands in the same place of every look, under the same calls, and each of these would go
//! on at the same place: the return address of native code, the line of Python code. A call that did return and was made
//! again from the same place by the same instruction looks the same; with more looks that gets less likely, but for a loop
//! that spends all of its time in one function that function is named.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::look::Call;
use crate::signature::{Class, native_class};

/// A call that did not return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreturned {
    /// Its frame in the thread's list.
    pub frame: usize,
    /// Function.
    pub function: String,
    /// Whether it is Python code.
    pub python: bool,
    /// Functions that it was seen to be in, by the looks that show them, most first: what the loop goes through.
    pub under: Vec<Under>,
    /// How many of the later half of the looks showed a function under it that none before did: what gets on is somewhere
    /// else each time, what loops comes back.
    #[serde(skip)]
    pub(super) news: usize,
}

/// A function under a call that did not return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Under {
    /// Function.
    pub function: String,
    /// Whether it is Python code.
    pub python: bool,
    /// In how many looks it was there.
    pub looks: usize,
}

/// Functions that are listed under a call.
const MOST_UNDER: usize = 12;

/// The innermost call that stands in all looks, the last of which the frames are of; `None` where not even the first
/// function of the thread does.
pub(super) fn innermost(looks: &[&[Call]]) -> Option<Unreturned> {
    let (&last, others) = looks.split_last()?;
    let common = common(last, others);
    let told = tells(last.get(..common)?)?;
    let call = &last[told];
    let inner = |calls: &&[Call]| calls.get(told + 1..).unwrap_or_default().to_vec();
    let inner: Vec<Vec<Call>> = looks.iter().map(inner).collect();
    Some(Unreturned {
        frame: call.frame,
        function: call.function.clone(),
        python: call.python,
        under: under(&inner),
        news: news(&inner, call.python),
    })
}

/// How many calls from the outermost on are the same in all looks.
fn common(last: &[Call], others: &[&[Call]]) -> usize {
    let same = |at: usize| {
        let here = |other: &&[Call]| {
            let (Some(a), Some(b)) = (last.get(at), other.get(at)) else {
                return false;
            };
            // Its caller must be where it was.
            let called = at
                .checked_sub(1)
                .is_none_or(|caller| last[caller].goes_on_as(&other[caller]));
            called && a.is_of(b)
        };
        others.iter().all(here)
    };
    (0..last.len()).take_while(|&at| same(at)).count()
}

/// The innermost of some calls that tells where a thread is: what passes calls on and the interpreter's loop do not, but
/// the Python code that it runs does.
fn tells(calls: &[Call]) -> Option<usize> {
    let telling = |call: &Call| {
        let class = native_class(&call.function);
        let passes_on = matches!(class, Class::Trampoline | Class::Detector);
        call.python || !(passes_on || call.inlined || call.function.is_empty())
    };
    calls.iter().rposition(telling)
}

fn under(inner: &[Vec<Call>]) -> Vec<Under> {
    let mut counts: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for calls in inner {
        let mut names: Vec<_> = calls
            .iter()
            .map(|call| (call.function.clone(), call.python))
            .collect();
        names.sort();
        names.dedup();
        for name in names {
            *counts.entry(name).or_default() += 1;
        }
    }
    let tells = |(name, python): &(String, bool)| {
        !name.is_empty() && (*python || native_class(name) != Class::Trampoline)
    };
    let told = counts.into_iter().filter(|(name, _)| tells(name));
    let mut under: Vec<Under> = told
        .map(|((function, python), looks)| Under {
            function,
            python,
            looks,
        })
        .collect();
    under.sort_by_key(|under| std::cmp::Reverse(under.looks));
    under.truncate(MOST_UNDER);
    under
}

/// How many of the later half of some looks show a function that none of those before does. Of Python code Python
/// functions count: a loop of three lines is in any of twenty functions of the interpreter.
fn news(inner: &[Vec<Call>], python: bool) -> usize {
    let (earlier, later) = inner.split_at(inner.len().div_ceil(2));
    let names = |calls: &'_ [Call]| -> Vec<String> {
        let told = calls.iter().filter(|call| call.python == python);
        told.map(|call| call.function.clone()).collect()
    };
    let mut known: HashSet<String> = earlier.iter().flat_map(|calls| names(calls)).collect();
    let mut brings_news = |calls: &&Vec<Call>| {
        let before = known.len();
        known.extend(names(calls));
        known.len() > before
    };
    later.iter().filter(&mut brings_news).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::look::calls;
    use crate::diagnosis::testing::{native, python, running, thread};

    /// Each look innermost first: functions with where they are; `py` is a Python frame, `loop` the
    /// interpreter's loop as it runs one.
    fn unreturned(looks: &[&[(&str, u64)]]) -> Option<Unreturned> {
        let look = |frames: &&[(&str, u64)]| {
            let frames = frames
                .iter()
                .map(|&(name, at)| match name.strip_prefix("py ") {
                    Some(name) => python(name, at),
                    None => match name.strip_prefix("loop ") {
                        Some(name) => running(name, at),
                        None => native(name, at),
                    },
                });
            calls(&thread(1, frames.collect()))
        };
        let looks: Vec<_> = looks.iter().map(look).collect();
        innermost(&looks.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn the_innermost_call_that_stays() {
        for (looks, expected) in [
            // The loop is where nothing further in stays.
            (
                &[
                    &[("set_object", 1), ("throw", 2)][..],
                    &[("set_object", 5), ("throw", 2)],
                ][..],
                "set_object",
            ),
            // Called by another instruction, it did return.
            (
                &[&[("count", 1), ("match", 2)], &[("count", 1), ("match", 3)]],
                "match",
            ),
            (&[&[("count", 1), ("match", 2)], &[("match", 3)]], "match"),
            // What passes calls on tells nothing, the Python code that the interpreter's loop runs does.
            (
                &[
                    &[("add", 1), ("loop spin", 4)],
                    &[("sub", 1), ("loop spin", 4)],
                ],
                "spin",
            ),
            (
                &[
                    &[("PyObject_Call", 7), ("work", 2)],
                    &[("PyObject_Call", 8), ("work", 2)],
                ],
                "work",
            ),
            // Python frames that the same loop runs: its place in the loop is that of the innermost.
            (
                &[
                    &[("py step", 3), ("loop main", 9)],
                    &[("py step", 4), ("loop main", 9)],
                ],
                "step",
            ),
            (
                &[
                    &[("py step", 3), ("loop main", 9)],
                    &[("py step", 3), ("loop main", 8)],
                ],
                "main",
            ),
            (
                &[
                    &[("add", 1), ("py step", 3), ("loop main", 9)],
                    &[("sub", 1), ("py step", 3), ("loop main", 9)],
                ],
                "step",
            ),
        ] {
            let found = unreturned(looks).expect("a call");
            assert_eq!(found.function, expected, "{looks:?}");
        }
        assert_eq!(unreturned(&[&[("a", 1)], &[("b", 1)]]), None);
        assert_eq!(unreturned(&[]), None);
    }

    #[test]
    fn what_was_seen_under_it() {
        let found = unreturned(&[
            &[("count", 1), ("match", 2)],
            &[("match", 5)],
            &[("count", 3), ("match", 2)],
            &[("jump", 3), ("match", 4)],
        ]);
        let under = found.expect("a call").under;
        let under: Vec<_> = under
            .iter()
            .map(|under| (&*under.function, under.looks))
            .collect();
        assert_eq!(under, [("count", 2), ("jump", 1)]);
    }
}
