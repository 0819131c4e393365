//! Threads that wait for one another in a circle.

use std::collections::HashMap;

/// Threads of a circle that are followed.
const LONGEST: usize = 64;

/// The first circle among threads, each of which waits for at most one other, in the order in which they wait; begins with
/// its lowest number.
pub(super) fn circle(waits: &HashMap<u64, u64>) -> Option<Vec<u64>> {
    let mut starts: Vec<u64> = waits.keys().copied().collect();
    starts.sort_unstable();
    starts.into_iter().find_map(|first| {
        let mut circle = vec![first];
        let mut at = *waits.get(&first)?;
        // A circle that this thread only leads to is found from its own.
        while at != first {
            if circle.len() == LONGEST || circle.contains(&at) {
                return None;
            }
            circle.push(at);
            at = *waits.get(&at)?;
        }
        Some(circle)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_among_waits() {
        for (waits, expected) in [
            (&[][..], None),
            (&[(1, 2)], None),
            (&[(1, 2), (2, 1)], Some(vec![1, 2])),
            // One that leads to a circle is not of it.
            (&[(1, 2), (2, 3), (3, 2)], Some(vec![2, 3])),
            (&[(5, 4), (4, 6), (6, 5)], Some(vec![4, 6, 5])),
            // A lock that is not reentrant, taken twice.
            (&[(7, 7)], Some(vec![7])),
        ] {
            assert_eq!(
                circle(&waits.iter().copied().collect()),
                expected,
                "{waits:?}"
            );
        }
    }
}
