//! Which call each loop is.

use super::loops::{Loop, Loops};
use super::places::Places;
use crate::stack::python::PythonCall;

/// The call that each loop is, in order.
pub(super) fn pairs(loops: &Loops, calls: &[PythonCall], complete: bool) -> Vec<Option<usize>> {
    let mut pairs = vec![None; loops.all.len()];
    let mut sure = sure_pairs(&loops.all, calls);
    sure.push((loops.all.len(), calls.len()));
    let (mut first_loop, mut first_call) = (0, 0);
    for (at, call) in sure {
        // A call that is known to be within another native frame is none of these.
        let open = (first_call..call)
            .filter(|&call| calls[call].within.is_none() && !calls[call].without_loop);
        let open: Vec<_> = open.collect();
        let count = open.len().min(at - first_loop);
        let (loops_from, calls_from) = if complete && loops.ends_meet(first_loop..at, count) {
            (at - count, open.len() - count)
        } else {
            (first_loop, 0)
        };
        for step in 0..count {
            pairs[loops_from + step] = Some(open[calls_from + step]);
        }
        if let Some(pair) = pairs.get_mut(at) {
            *pair = Some(call);
        }
        (first_loop, first_call) = (at + 1, call + 1);
    }
    pairs
}

/// Loops and calls that show that they are the same.
fn sure_pairs(loops: &[Loop], calls: &[PythonCall]) -> Vec<(usize, usize)> {
    let places = Places::of(loops);
    let mut sure = Vec::new();
    let mut first = 0;
    let calls = calls.iter().enumerate();
    for (number, call) in calls.filter(|(_, call)| !call.without_loop) {
        let found = match call.within {
            Some(within) => places.around(within),
            None => places.showing(call, first),
        };
        if let Some(found) = found.filter(|&found| found >= first) {
            sure.push((found, number));
            first = found + 1;
        }
    }
    sure
}
