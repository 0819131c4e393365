//! How far a build is, told to whoever asked for it.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Receives how far a build is; called from several threads.
pub trait Progress: Sync {
    /// A phase begins; `total` is its number of steps, where it is known.
    fn phase(&self, name: &'static str, total: Option<u64>);
    /// Steps of the phase were done.
    fn advance(&self, steps: u64);
}

/// For those who do not want to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _name: &'static str, _total: Option<u64>) {}
    fn advance(&self, _steps: u64) {}
}

/// Runs `run` over `0..len` in ranges of at most `grain`, on every core, with one `state` a thread.
///
/// Results are in the order of the ranges. A thread whose state cannot be made leaves its share to the others; the
/// error is given when no thread could work.
pub(crate) fn on_all_cores<S, R: Send, E: Send>(
    len: usize,
    grain: usize,
    state: impl Fn() -> Result<S, E> + Sync,
    run: impl Fn(&mut S, Range<usize>) -> R + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    let failed: Mutex<Option<E>> = Mutex::new(None);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut state = match state() {
            Ok(state) => state,
            Err(error) => return drop(lock(&failed).replace(error)),
        };
        loop {
            let start = next.fetch_add(grain, Ordering::Relaxed);
            if start >= len {
                return;
            }
            let result = run(&mut state, start..len.min(start + grain));
            lock(&done).push((start, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    match failed
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
    {
        Some(error) if done.is_empty() && len > 0 => Err(error),
        _ => {
            done.sort_unstable_by_key(|&(start, _)| start);
            Ok(done.into_iter().map(|(_, result)| result).collect())
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_everything_in_order() {
        let parts = on_all_cores(
            10,
            3,
            || Ok::<(), ()>(()),
            |(), range| range.collect::<Vec<_>>(),
        )
        .unwrap();
        assert_eq!(parts.concat(), (0..10).collect::<Vec<_>>());
        assert!(on_all_cores(1, 1, || Err::<(), _>("no"), |(), _| ()).is_err());
    }
}
