//! From what the threads do to what the process does, and which of them shows it.

use serde::Serialize;

use super::findings::Finding;
use super::never_returns::Unreturned;
use super::waiting::wait_words;
use super::{Activity, Diagnosis, Doing};
use crate::evidence::InterpreterFact;
use crate::signature::{FailureKind, Hang};
use crate::stack::Process;

/// What a process that runs does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// What it does.
    pub doing: Doing,
    /// The thread that shows it, as its place in [`Process::threads`]; `None` where all wait, and none holds up another.
    pub thread: Option<usize>,
    /// What was seen, in words, what says most first.
    pub evidence: Vec<String>,
}

/// The verdict on a process; `None` for one without threads.
pub(super) fn of(
    process: &Process,
    threads: &[Activity],
    circle: Option<&[u64]>,
    findings: &[Finding],
) -> Option<Verdict> {
    let held = findings
        .iter()
        .find(|finding| finding.kind == InterpreterFact::GilHeldInNativeCode);
    let of = |tid: u64| threads.iter().find(|activity| activity.tid == tid);
    let first = |doing| threads.iter().find(|activity| activity.doing == doing);
    let busiest = || {
        let spinning = threads
            .iter()
            .filter(|activity| activity.doing == Doing::Spinning);
        spinning.reduce(|best, next| {
            if next.processor > best.processor {
                next
            } else {
                best
            }
        })
    };
    let holds_up = held.and_then(|finding| of(finding.tid?));
    let told = circle
        .and_then(|circle| of(*circle.first()?))
        .or_else(|| first(Doing::RunawayRecursion))
        .or_else(busiest)
        .or(holds_up)
        .or_else(|| first(Doing::Progressing))
        .or_else(|| first(Doing::Running))
        .or_else(|| threads.first())?;
    let place = process
        .threads
        .iter()
        .position(|thread| thread.tid == Some(told.tid));
    let all_wait = told.doing == Doing::Waiting && holds_up.is_none();
    let evidence = match circle {
        Some(circle) => circle
            .iter()
            .filter_map(|&tid| Some(words(of(tid)?)))
            .collect(),
        None if all_wait => threads.iter().map(words).chain(tasks(process)).collect(),
        None => vec![words(told)],
    };
    Some(Verdict {
        doing: told.doing,
        thread: place.filter(|_| !all_wait),
        evidence,
    })
}

/// What the tasks of asyncio wait for, where all threads wait.
fn tasks(process: &Process) -> impl Iterator<Item = String> {
    let interpreters = process
        .python
        .iter()
        .flat_map(|python| &python.interpreters);
    let tasks = interpreters.flat_map(|interpreter| &interpreter.tasks);
    let waiting = tasks.filter(|task| !task.running);
    waiting.map(|task| {
        let name = task.name.as_deref().unwrap_or("without a name");
        let frame = task
            .frames
            .first()
            .and_then(|frame| frame.function.as_deref());
        let place = frame.map_or_else(String::new, |function| format!(" in {function}"));
        let awaits = task.awaits.as_deref().unwrap_or("what cannot be read");
        format!("task {name} awaits {awaits}{place}")
    })
}

/// What a thread does, in words.
fn words(activity: &Activity) -> String {
    let what = match (activity.doing, &activity.unreturned, &activity.recursion) {
        (Doing::Spinning, Some(call), _) => spinning_words(call),
        (Doing::RunawayRecursion, _, Some(recursion)) => {
            format!(
                "goes deeper through {}, which stands on its stack {} times",
                recursion.function, recursion.times
            )
        }
        (Doing::Waiting | Doing::Deadlocked, ..) => match &activity.waits_for {
            Some(waiting) => format!("waits for {}", wait_words(waiting)),
            None => "waits".to_owned(),
        },
        (Doing::Progressing, ..) => "gets on".to_owned(),
        _ => "runs".to_owned(),
    };
    format!(
        "thread {} {what}{}",
        activity.tid,
        processor_words(activity)
    )
}

/// The functions under a loop that are named.
const UNDER: usize = 5;

fn spinning_words(call: &Unreturned) -> String {
    let names: Vec<&str> = call
        .under
        .iter()
        .take(UNDER)
        .map(|under| under.function.as_str())
        .collect();
    let under = match names.as_slice() {
        [] => "nothing was seen under it".to_owned(),
        names => format!("under it were seen {}", names.join(", ")),
    };
    format!("runs in {}, which did not return; {under}", call.function)
}

fn processor_words(activity: &Activity) -> String {
    let share = activity
        .processor
        .filter(|_| activity.doing != Doing::Deadlocked);
    share.map_or_else(String::new, |share| {
        format!(" ({:.0} % of a processor)", share * 100.0)
    })
}

impl Verdict {
    /// What of it the signature goes by; nothing where the frames of one look say as much.
    pub(super) fn hang(&self, diagnosis: &Diagnosis) -> Option<Hang> {
        let by_one_look = !matches!(self.doing, Doing::Deadlocked | Doing::RunawayRecursion);
        if diagnosis.looks < 2 && by_one_look {
            return None;
        }
        let kind = match self.doing {
            Doing::Spinning => FailureKind::Spin,
            Doing::Deadlocked => FailureKind::Deadlock,
            Doing::RunawayRecursion => FailureKind::Overflow,
            Doing::Waiting => FailureKind::Wait,
            Doing::Progressing => FailureKind::Unknown,
            Doing::Running => return None,
        };
        let thread = self.thread?;
        let activity = &diagnosis.threads.get(thread)?;
        let call = activity.unreturned.as_ref();
        let recursion = activity.recursion.as_ref();
        let under = call.map_or(&[][..], |call| &call.under);
        Some(Hang {
            kind,
            thread,
            frame: call.map(|call| call.frame).or_else(|| recursion?.frame),
            under: under
                .iter()
                .map(|under| (under.function.clone(), under.python))
                .collect(),
        })
    }
}
