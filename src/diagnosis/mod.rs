//! What a process does, and whether it is stuck: by one look or several, by its memory, and by what the system says.
//!
//! In: the [`Process`] of a core or of a process that runs, the [`Core`] it was read from, and the [`Sampling`] of looks at
//! it. Out: a [`Diagnosis`]: what each thread does, a verdict on the process with the evidence for it, and findings in its
//! memory. Of a core there is one look, which tells what waits and for what, but not whether what runs gets on.
//!
//! Only what was seen is said: a thread that spins is one that ran all the time, and one call of which did not return while
//! it was looked at. Whether that call would return in an hour, nobody can know.

mod activity;
mod circles;
mod findings;
mod look;
mod never_returns;
mod recursion;
#[cfg(test)]
mod testing;
mod verdict;
mod waiting;

use std::collections::HashMap;
use std::time::Duration;

pub use activity::{Activity, Doing};
pub use findings::Finding;
pub use look::Look;
pub use never_returns::{Under, Unreturned};
pub use recursion::Recursing;
use serde::Serialize;
pub use verdict::Verdict;
pub use waiting::{WaitFor, Waiting};

use crate::evidence::InterpreterFact;
use crate::evidence::core::Core;
use crate::signature::Hang;
use crate::stack::Process;
use activity::Watched;
use waiting::Scene;

/// What a process does.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Diagnosis {
    /// How the process is; `None` for one that died, and for a text.
    pub verdict: Option<Verdict>,
    /// What each thread does, in the order of [`Process::threads`]; those that only the interpreter knows do nothing.
    pub threads: Vec<Activity>,
    /// What its memory shows.
    pub findings: Vec<Finding>,
    /// How often it was looked at.
    pub looks: usize,
    /// From the first look to the last.
    pub seconds: f64,
}

/// Calls that are kept of all looks together; a hundred looks at two hundred threads have as many.
const MOST_CALLS: usize = 1 << 19;

/// So many looks are kept, however many calls they have.
const FEWEST: usize = 5;

/// Looks at one process.
#[derive(Debug, Clone, Default)]
pub struct Sampling {
    /// The looks in the order of time; the last is the one whose process is diagnosed.
    looks: Vec<Look>,
    /// What each thread waited for in each look.
    waits: Vec<HashMap<u64, Waiting>>,
    elapsed: Duration,
}

impl Sampling {
    /// Adds a look. `elapsed` is the time since the first, `outside` what threads in system calls wait at, in words, by the
    /// system's number.
    pub fn add(
        &mut self,
        core: &Core,
        process: &Process,
        look: Look,
        elapsed: Duration,
        outside: &HashMap<u64, String>,
    ) {
        let scene = Scene::new(core, process, outside);
        let threads = process.threads.iter();
        let waits = threads.filter_map(|thread| Some((thread.tid?, scene.waiting(thread)?)));
        self.waits.push(waits.collect());
        self.looks.push(look);
        self.elapsed = elapsed;
        // The first tells how long threads had run, the last is diagnosed.
        while self.looks.len() > FEWEST
            && self.looks.iter().map(Look::calls).sum::<usize>() > MOST_CALLS
        {
            self.looks.remove(1);
            self.waits.remove(1);
        }
    }
}

/// Says what a process does; `core` and `process` are those of the last look.
#[must_use]
pub fn diagnose(core: &Core, process: &Process, sampling: &Sampling) -> Diagnosis {
    let outside = HashMap::new();
    let scene = Scene::new(core, process, &outside);
    let mut threads: Vec<Activity> = activities(process, sampling);
    let circle = mark_circle(&mut threads, sampling);
    let findings = findings::findings(core, process, &threads, &scene);
    Diagnosis {
        verdict: (!died(core))
            .then(|| verdict::of(process, &threads, circle.as_deref(), &findings))
            .flatten(),
        threads,
        findings,
        looks: sampling.looks.len(),
        seconds: sampling.elapsed.as_secs_f64(),
    }
}

/// Whether it ended itself: a signal that another process sent, to end a hang, is no death of its own.
fn died(core: &Core) -> bool {
    let own = core.info.as_ref().map(|info| info.pid);
    core.signal.is_some_and(|signal| {
        let from_outside = signal
            .sender
            .is_some_and(|sender| own.is_some_and(|own| own != sender.pid));
        !signal.is_snapshot() && !from_outside
    })
}

fn activities(process: &Process, sampling: &Sampling) -> Vec<Activity> {
    let tids = process.threads.iter().filter_map(|thread| thread.tid);
    let watched = tids.map(|tid| Watched {
        tid,
        looks: &sampling.looks,
        waits: sampling
            .waits
            .iter()
            .map(|waits| waits.get(&tid).cloned())
            .collect(),
        elapsed: sampling.elapsed,
    });
    watched.map(Watched::activity).collect()
}

/// Marks the threads that wait for one another in a circle.
fn mark_circle(threads: &mut [Activity], sampling: &Sampling) -> Option<Vec<u64>> {
    let last = sampling.waits.last()?;
    let waits = threads
        .iter()
        .filter(|activity| activity.doing == Doing::Waiting);
    let waits =
        waits.filter_map(|activity| Some((activity.tid, last.get(&activity.tid)?.held_by?)));
    let circle = circles::circle(&waits.collect())?;
    for activity in threads
        .iter_mut()
        .filter(|activity| circle.contains(&activity.tid))
    {
        activity.doing = Doing::Deadlocked;
    }
    Some(circle)
}

impl Diagnosis {
    /// What the query looks for words of.
    pub fn facts(&self) -> impl Iterator<Item = InterpreterFact> {
        let deadlock = self
            .threads
            .iter()
            .any(|activity| activity.doing == Doing::Deadlocked);
        let found = self.findings.iter().map(|finding| finding.kind);
        deadlock
            .then_some(InterpreterFact::Deadlock)
            .into_iter()
            .chain(found)
    }

    /// What the signature is to be of, where looking more than once told more than one stack does.
    #[must_use]
    pub fn hang(&self) -> Option<Hang> {
        self.verdict.as_ref()?.hang(self)
    }
}
