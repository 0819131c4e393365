//! What a thread does, by several looks at it and by the time that it ran meanwhile.

use std::time::Duration;

use serde::Serialize;

use super::look::{Call, Look};
use super::never_returns::{self, Unreturned};
use super::recursion::{self, Recursing};
use super::waiting::Waiting;
use crate::evidence::Task;

/// What a thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// It runs, and one call did not return while it was looked at.
    Spinning,
    /// It waits.
    Waiting,
    /// It waits for a thread that waits for it, or is in such a circle.
    Deadlocked,
    /// It goes ever deeper, or did until it was stopped.
    RunawayRecursion,
    /// It gets on.
    Progressing,
    /// It did not wait when it was looked at, which was once only.
    Running,
}

/// A thread, and what it does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Activity {
    /// The system's number.
    pub tid: u64,
    /// What it does.
    pub doing: Doing,
    /// What it waits for.
    pub waits_for: Option<Waiting>,
    /// The innermost call that did not return, of a thread that runs.
    pub unreturned: Option<Unreturned>,
    /// What it goes ever deeper through.
    pub recursion: Option<Recursing>,
    /// The share of a processor that it had, from 0 to 1; of a process that runs.
    pub processor: Option<f64>,
    /// The state that the scheduler has it in: `R`, `S`, `D`, `Z`.
    pub state: Option<char>,
}

/// A thread that had this share of a processor, or could have had it, did not wait.
const RUNS: f64 = 0.5;

/// One that has less waits, however often it wakes up for a moment.
const WAITS: f64 = 0.1;

/// Looks at a thread that gets on show it somewhere else so often.
const DIFFERENT: f64 = 0.7;

/// Fewer looks tell nothing of how much they differ.
const ENOUGH_LOOKS: usize = 5;

/// A thread over the looks at its process.
pub(super) struct Watched<'a> {
    pub(super) tid: u64,
    pub(super) looks: &'a [Look],
    /// What it waits for in each of them.
    pub(super) waits: Vec<Option<Waiting>>,
    pub(super) elapsed: Duration,
}

impl Watched<'_> {
    /// What it does, as far as the thread alone tells.
    pub(super) fn activity(self) -> Activity {
        let tasks = self.tasks();
        let ran =
            tasks.map(|(first, last)| share(last.ran.saturating_sub(first.ran), self.elapsed));
        let stacks: Vec<&[Call]> = self.stacks();
        let recursion = recursion::deepest(&stacks);
        let unreturned = never_returns::innermost(&stacks).filter(|_| stacks.len() > 1);
        let doing = match () {
            () if recursion.is_some() => Doing::RunawayRecursion,
            () if stacks.len() < 2 => self.at_once(),
            () if self.runs() => spins(unreturned.as_ref(), stacks.len()),
            () if self.waits.iter().all(Option::is_some) => self.waits_always(&stacks),
            () => Doing::Progressing,
        };
        Activity {
            tid: self.tid,
            doing,
            waits_for: self
                .waits
                .last()
                .cloned()
                .flatten()
                .filter(|_| doing == Doing::Waiting),
            unreturned: unreturned.filter(|_| doing == Doing::Spinning),
            recursion,
            processor: ran,
            state: tasks.map(|(_, last)| last.state),
        }
    }

    fn tasks(&self) -> Option<(&Task, &Task)> {
        let mut tasks = self
            .looks
            .iter()
            .filter_map(|look| look.tasks.get(&self.tid));
        let first = tasks.next()?;
        Some((first, tasks.next_back().unwrap_or(first)))
    }

    fn stacks(&self) -> Vec<&[Call]> {
        let looks = self.looks.iter();
        looks
            .filter_map(|look| look.stacks.get(&self.tid).map(Vec::as_slice))
            .collect()
    }

    fn at_once(&self) -> Doing {
        if self.waits.iter().all(Option::is_some) {
            Doing::Waiting
        } else {
            Doing::Running
        }
    }

    /// Whether it ran all the time, but for what others took: a processor, or the interpreter's lock.
    fn runs(&self) -> bool {
        use super::waiting::WaitFor;
        let tasks = self.tasks();
        let share = tasks.map_or(0.0, |(first, last)| {
            let ready = |task: &Task| task.ran.saturating_add(task.delayed);
            share(ready(last).saturating_sub(ready(first)), self.elapsed)
        });
        let wants_gil = |wait: &Waiting| wait.what == WaitFor::Gil;
        let in_turns = self
            .waits
            .iter()
            .all(|wait| wait.as_ref().is_none_or(wants_gil));
        let once = self.waits.iter().any(Option::is_none);
        share >= RUNS || (in_turns && once && share > 0.0)
    }

    /// One that waits in each look, for the same or now here, now there.
    fn waits_always(&self, stacks: &[&[Call]]) -> Doing {
        let tasks = self.tasks();
        let ran = tasks.map_or(0.0, |(first, last)| {
            share(last.ran.saturating_sub(first.ran), self.elapsed)
        });
        let same_stack = stacks.windows(2).all(|pair| {
            let calls = pair[0].iter().zip(pair[1]);
            pair[0].len() == pair[1].len() && calls.into_iter().all(|(a, b)| a.is_of(b))
        });
        if same_stack || ran < WAITS {
            Doing::Waiting
        } else {
            Doing::Progressing
        }
    }
}

/// Of a thread that runs: whether it is caught in a call, or somewhere else each time.
fn spins(unreturned: Option<&Unreturned>, looks: usize) -> Doing {
    let Some(unreturned) = unreturned else {
        return Doing::Progressing;
    };
    #[expect(clippy::cast_precision_loss, reason = "looks are few")]
    let different = unreturned.varieties as f64 / looks as f64;
    if looks >= ENOUGH_LOOKS && different >= DIFFERENT {
        Doing::Progressing
    } else {
        Doing::Spinning
    }
}

fn share(of: Duration, all: Duration) -> f64 {
    if all.is_zero() {
        return 0.0;
    }
    (of.as_secs_f64() / all.as_secs_f64()).clamp(0.0, 1.0)
}
