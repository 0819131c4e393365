//! Whose the thread states are: a thread of the process has one in each interpreter that it entered.
//!
//! A state names its thread by `pthread_t`, and since 3.11 by the system's number; the second counts where the state or
//! the core does not have the first.

use std::collections::{HashMap, HashSet};

use super::threads::{InterpreterState, ThreadState};
use crate::evidence::core::CoreThread;

/// States of one thread that are read; more only stand in damaged lists.
pub(super) const MOST_OF_A_THREAD: usize = 256;

/// Where a state stands: its interpreter, and its place in the list of that.
type Place = (usize, usize);

/// The states by what names their threads.
#[derive(Debug, Default)]
pub(super) struct Owners {
    by_ident: HashMap<u64, Vec<Place>>,
    by_number: HashMap<u64, Vec<Place>>,
    /// Of those that have no `pthread_t`.
    by_number_alone: HashMap<u64, Vec<Place>>,
}

impl Owners {
    pub(super) fn of(interpreters: &[InterpreterState]) -> Self {
        let mut owners = Self::default();
        for (interpreter, state) in interpreters.iter().enumerate() {
            for (place, state) in state.threads.iter().enumerate() {
                owners.add(state, (interpreter, place));
            }
        }
        owners
    }

    fn add(&mut self, state: &ThreadState, place: Place) {
        if let Some(ident) = state.ident {
            self.by_ident.entry(ident).or_default().push(place);
        }
        let Some(number) = state.native_id else {
            return;
        };
        self.by_number.entry(number).or_default().push(place);
        if state.ident.is_none() {
            let alone = &mut self.by_number_alone;
            alone.entry(number).or_default().push(place);
        }
    }

    /// The places of a thread's states in the order of the interpreters, and whether there are more.
    pub(super) fn of_thread(&self, thread: &CoreThread) -> (Vec<Place>, bool) {
        let number = u64::from(thread.tid);
        let lists = match thread.pthread {
            Some(ident) => [self.by_ident.get(&ident), self.by_number_alone.get(&number)],
            None => [self.by_number.get(&number), None],
        };
        let lists = lists.into_iter().flatten();
        let some = lists.flat_map(|list| list.iter().take(MOST_OF_A_THREAD + 1));
        let mut places: Vec<_> = some.copied().collect();
        places.sort_unstable();
        let cut = places.len() > MOST_OF_A_THREAD;
        places.truncate(MOST_OF_A_THREAD);
        (places, cut)
    }
}

/// The threads of the process by what names them.
#[derive(Debug)]
pub(super) struct Living {
    /// Their numbers by `pthread_t`.
    idents: HashMap<u64, u64>,
    numbers: HashSet<u64>,
    /// Of those whose `pthread_t` the core does not have.
    numbers_alone: HashSet<u64>,
}

impl Living {
    pub(super) fn of(threads: &[CoreThread]) -> Self {
        let mut living = Self {
            idents: HashMap::new(),
            numbers: HashSet::new(),
            numbers_alone: HashSet::new(),
        };
        for thread in threads {
            let number = u64::from(thread.tid);
            living.numbers.insert(number);
            if let Some(ident) = thread.pthread {
                living.idents.entry(ident).or_insert(number);
            } else {
                living.numbers_alone.insert(number);
            }
        }
        living
    }

    /// The system's number of a thread, by its `pthread_t`.
    pub(super) fn number(&self, ident: u64) -> Option<u64> {
        self.idents.get(&ident).copied()
    }

    /// Whether a state belongs to one of them.
    pub(super) fn own(&self, state: &ThreadState) -> bool {
        let numbers = match state.ident {
            Some(ident) if self.idents.contains_key(&ident) => return true,
            Some(_) => &self.numbers_alone,
            None => &self.numbers,
        };
        state
            .native_id
            .is_some_and(|number| numbers.contains(&number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::core::{Machine, Registers};

    fn thread(tid: u32, pthread: Option<u64>) -> CoreThread {
        CoreThread {
            tid,
            registers: Registers::new(Machine::X86_64, 0),
            pthread,
            name: None,
            system_call: None,
        }
    }

    fn interpreter(states: &[(Option<u64>, Option<u64>)]) -> InterpreterState {
        let states = states.iter().map(|&(ident, native_id)| ThreadState {
            address: 0x1000,
            ident,
            native_id,
        });
        InterpreterState {
            address: 0x2000,
            id: None,
            threads: states.collect(),
            broken: None,
        }
    }

    #[test]
    fn a_state_and_its_thread() {
        for (ident, number, tid, pthread, own) in [
            (Some(7), Some(1), 1, Some(7), true),
            (Some(7), Some(2), 1, Some(7), true),
            (Some(8), Some(1), 1, Some(7), false),
            (Some(7), None, 1, Some(7), true),
            (None, Some(1), 1, Some(7), true),
            (Some(8), Some(1), 1, None, true),
            (Some(8), Some(2), 1, None, false),
            (None, None, 1, Some(7), false),
        ] {
            let interpreters = [interpreter(&[]), interpreter(&[(ident, number)])];
            let thread = thread(tid, pthread);
            let found = Owners::of(&interpreters).of_thread(&thread);
            let expected = if own { vec![(1, 0)] } else { Vec::new() };
            assert_eq!(found, (expected, false), "{ident:?} {number:?} {thread:?}");
            let living = Living::of(&[thread]);
            assert_eq!(living.own(&interpreters[1].threads[0]), own);
            assert_eq!(living.number(7), pthread.map(|_| 1));
        }
    }

    #[test]
    fn states_in_the_order_of_the_interpreters() {
        let states = [(None, Some(1)), (Some(7), Some(9))];
        let interpreters = [interpreter(&states), interpreter(&states)];
        let found = Owners::of(&interpreters).of_thread(&thread(1, Some(7)));
        assert_eq!(found, (vec![(0, 0), (0, 1), (1, 0), (1, 1)], false));
    }

    #[test]
    fn more_states_than_a_thread_has() {
        let interpreters = [interpreter(&[(Some(7), None); MOST_OF_A_THREAD + 1])];
        let (found, cut) = Owners::of(&interpreters).of_thread(&thread(1, Some(7)));
        assert_eq!((found.len(), cut), (MOST_OF_A_THREAD, true));
    }
}
