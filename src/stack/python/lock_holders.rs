//! Who has a lock that does not know it: the thread in whose `with` block it is.
//!
//! While a `with` block runs, the method that will release the lock stands among the values of its frame. It stands there
//! also while the lock is still waited for, but then in the innermost frame of a thread that waits for this lock.

use std::collections::HashMap;

use super::waits::{bound_lock, values};
use super::{Interpreters, WaitKind};
use crate::stack::Thread;

/// A frame in whose `with` block a lock is.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// `pthread_t` of the thread.
    ident: u64,
    innermost: bool,
}

/// Values of all frames that are looked at; a thousand threads of a hundred frames with ten values have as many.
const MOST_VALUES: u64 = 1 << 20;

impl Interpreters<'_, '_> {
    /// Tells threads that wait for plain locks who has them, where it can be told.
    pub(in crate::stack) fn find_lock_holders(&self, threads: &mut [Thread]) {
        // By `pthread_t`: the lock that a thread waits for.
        let wanted: HashMap<u64, u64> = threads.iter().filter_map(wanted_of).collect();
        if wanted.is_empty() {
            return;
        }
        let blocks = self.blocks();
        for thread in threads {
            let Some((ident, lock)) = wanted_of(thread) else {
                continue;
            };
            let has = |block: &&Block| {
                let waits_here = block.innermost && wanted.get(&block.ident) == Some(&lock);
                !waits_here && (block.ident != ident || !block.innermost)
            };
            let holder = blocks.get(&lock).and_then(|blocks| blocks.iter().find(has));
            let wait = thread
                .python
                .as_mut()
                .and_then(|python| python.waits_for.as_mut());
            if let (Some(wait), Some(holder)) = (wait, holder) {
                wait.holder = Some(holder.ident);
                wait.holder_tid = self.python.memory.living().number(holder.ident);
            }
        }
    }

    /// By lock, the frames in whose `with` blocks it is.
    fn blocks(&self) -> HashMap<u64, Vec<Block>> {
        let python = &self.python;
        let mut blocks: HashMap<u64, Vec<Block>> = HashMap::new();
        let mut left = MOST_VALUES;
        for state in self.interpreters.iter().flat_map(|each| &each.threads) {
            let Some(ident) = state.ident else {
                continue;
            };
            for (at, (_, frame)) in self.stack(state).frames().enumerate() {
                let values = values(python, frame, &mut left);
                for lock in values
                    .into_iter()
                    .filter_map(|value| bound_lock(python, value))
                {
                    let innermost = at == 0;
                    blocks
                        .entry(lock)
                        .or_default()
                        .push(Block { ident, innermost });
                }
            }
        }
        blocks
    }
}

/// The `pthread_t` of a thread that waits for a plain lock, and the lock.
fn wanted_of(thread: &Thread) -> Option<(u64, u64)> {
    let wait = thread.python.as_ref()?.waits_for.as_ref()?;
    let plain = wait.kind == WaitKind::Lock && wait.holder.is_none();
    Some((thread.pthread?, wait.address.filter(|_| plain)?))
}
