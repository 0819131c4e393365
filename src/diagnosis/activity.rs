//! What a thread does, by several looks at it and by the time that it ran meanwhile.

use std::time::Duration;

use serde::Serialize;

use super::look::{Call, Look, Stack};
use super::never_returns::{self, Unreturned};
use super::recursion::{self, Recursing};
use super::waiting::{WaitFor, Waiting};
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

/// Fewer looks tell nothing of how much they differ.
const ENOUGH_LOOKS: usize = 8;

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
        let shown = self.all_stacks().map(|stack| stack.calls.as_slice());
        let shown: Vec<&[Call]> = shown.collect();
        let recursion = recursion::deepest(&shown);
        let unreturned = never_returns::innermost(&stacks).filter(|_| stacks.len() > 1);
        let waits = self.waits.iter().all(Option::is_some);
        let doing = match () {
            // One that waits deep inside of a structure will come back.
            () if recursion.is_some() && !waits => Doing::RunawayRecursion,
            () if stacks.len() < 2 && waits => Doing::Waiting,
            () if stacks.len() < 2 => Doing::Running,
            () if self.runs() => spins(unreturned.as_ref(), stacks.len()),
            () if waits => self.waits_always(),
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
            unreturned: unreturned
                .filter(|_| matches!(doing, Doing::Spinning | Doing::Progressing)),
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

    fn all_stacks(&self) -> impl Iterator<Item = &Stack> {
        let looks = self.looks.iter();
        looks.filter_map(|look| look.stacks.get(&self.tid))
    }

    /// Its stacks, without those that lack frames, which differ from others for that alone, unless the last does.
    fn stacks(&self) -> Vec<&[Call]> {
        let Some(last) = self.all_stacks().last() else {
            return Vec::new();
        };
        // An interpreter that could not be read at one moment is none that ran no code.
        let like_last = |stack: &&Stack| stack.complete && stack.is_python() == last.is_python();
        let kept = self
            .all_stacks()
            .filter(|stack| !last.complete || like_last(stack));
        kept.map(|stack| stack.calls.as_slice()).collect()
    }

    /// Whether it ran all the time, but for what others took: a processor, or the interpreter's lock.
    fn runs(&self) -> bool {
        let wants_gil = |wait: &Waiting| wait.what == WaitFor::Gil;
        let others = self
            .waits
            .iter()
            .flatten()
            .filter(|wait| !wants_gil(wait))
            .count();
        let runs = self.waits.iter().any(Option::is_none);
        let share = self.share_of_processor();
        let all_the_time = share >= RUNS && others * 4 <= self.waits.len();
        all_the_time || (others == 0 && runs && share > 0.0)
    }

    /// How much of the time that a processor was free for it, it ran.
    fn share_of_processor(&self) -> f64 {
        self.tasks().map_or(0.0, |(first, last)| {
            let delayed = last.delayed.saturating_sub(first.delayed);
            let ran = last.ran.saturating_sub(first.ran);
            share(ran, self.elapsed.saturating_sub(delayed))
        })
    }

    /// One that waits in each look: all the time, or between pieces of work.
    fn waits_always(&self) -> Doing {
        if self.share_of_processor() < WAITS {
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
    // The later half of the looks shows mostly what the earlier did not.
    if looks >= ENOUGH_LOOKS && unreturned.news * 2 > looks / 2 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{look, native, thread};

    /// How many milliseconds a test looks at a thread.
    const ALL: u64 = 1000;

    fn waiting(what: WaitFor) -> Option<Waiting> {
        Some(Waiting {
            what,
            name: None,
            address: None,
            held_by: None,
        })
    }

    /// What a thread does by looks that are spread over a second, in which it ran and was delayed for so long; each shows
    /// the functions in `main`, and what the thread waits for.
    fn doing(ran: u64, delayed: u64, looks: &[(&str, Option<Waiting>)]) -> Doing {
        let last = (looks.len() as u64 - 1).max(1);
        let shown = looks.iter().enumerate().map(|(at, (inner, _))| {
            let part = at as u64;
            let frames = vec![native(inner, 7), native("work", 2)];
            look(thread(1, frames), ran * part / last, delayed * part / last)
        });
        let shown: Vec<Look> = shown.collect();
        let watched = Watched {
            tid: 1,
            looks: &shown,
            waits: looks.iter().map(|(_, wait)| wait.clone()).collect(),
            elapsed: Duration::from_millis(ALL),
        };
        watched.activity().doing
    }

    #[test]
    fn what_a_thread_does() {
        let runs = |names: &[&'static str]| -> Vec<(&str, Option<Waiting>)> {
            names.iter().map(|&name| (name, None)).collect()
        };
        let waits = |what| vec![("poll", waiting(what)); 6];
        let loops = runs(&["a", "b", "a", "c", "a", "b", "c", "a"]);
        let varied = runs(&["a", "b", "c", "d", "e", "f", "g", "h"]);
        let mut in_turns = loops.clone();
        in_turns[3].1 = waiting(WaitFor::Gil);
        let mut mixed = waits(WaitFor::Clock);
        mixed.extend(runs(&["a", "b"]));
        for (ran, delayed, looks, expected) in [
            (ALL, 0, &loops, Doing::Spinning),
            // Others had the processor for most of the time.
            (200, 750, &loops, Doing::Spinning),
            (300, 0, &in_turns, Doing::Spinning),
            (ALL, 0, &varied, Doing::Progressing),
            (0, 0, &waits(WaitFor::Socket), Doing::Waiting),
            (20, 0, &waits(WaitFor::Clock), Doing::Waiting),
            // It wakes up and works each time that nobody looks.
            (300, 0, &waits(WaitFor::Clock), Doing::Progressing),
            (250, 0, &mixed, Doing::Progressing),
            (250, 600, &mixed, Doing::Progressing),
        ] {
            assert_eq!(
                doing(ran, delayed, looks),
                expected,
                "{ran} {delayed} {looks:?}"
            );
        }
    }

    #[test]
    fn one_look() {
        assert_eq!(doing(0, 0, &[("a", None)]), Doing::Running);
        assert_eq!(
            doing(0, 0, &[("a", waiting(WaitFor::Lock))]),
            Doing::Waiting
        );
    }
}
