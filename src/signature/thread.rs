//! Which stack matters, and why.

use std::collections::{HashMap, HashSet};

use super::classes::{classify, weigh};
use super::death::death;
use super::waits::{Stuck, stuck};
use super::{Class, Hang, SignatureFrame};
use crate::evidence::{Facts, StackRole, Tool};
use crate::stack::{Process, Thread};

/// The stack that matters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Choice {
    pub(super) thread: Option<usize>,
    pub(super) reason: String,
    pub(super) companions: Vec<usize>,
}

/// Picks the stack that shows the failure best, and those that show the same thread otherwise.
pub(super) fn choose(process: &Process, facts: &Facts, hang: Option<&Hang>) -> Choice {
    let told = hang.map(|hang| (hang.thread, hang.reason().to_owned()));
    let Some((thread, reason)) = told.or_else(|| best(process, facts)) else {
        return Choice {
            reason: "there is no stack".to_owned(),
            ..Choice::default()
        };
    };
    let thread = if hang.is_some() {
        thread
    } else {
        fuller_view(process, thread)
    };
    let chosen = Chosen::new(process, thread);
    let companions = (0..process.threads.len())
        .filter(|&at| at != thread && chosen.shows_same(&process.threads[at]))
        .collect();
    Choice {
        thread: Some(thread),
        reason,
        companions,
    }
}

/// A stack with what speaks for it; compared field by field, first field first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    running: bool,
    /// In a process that died, the thread that did.
    died: bool,
    stuck: Stuck,
    current: bool,
    native: bool,
    /// Tools that name inlined functions and files say more of the same stack.
    detailed: bool,
    first: bool,
}

fn best(process: &Process, facts: &Facts) -> Option<(usize, String)> {
    let dead = death(process, facts).is_some();
    let native = process.threads.iter().any(named_native);
    let mut tools = HashSet::new();
    let claims = process.threads.iter().enumerate().map(|(at, thread)| {
        let first = tools.insert(thread.tool);
        let mut claim = claim(thread, first, facts, dead);
        // Python frames do not show what the thread does below them.
        if native && !claim.native {
            claim.stuck = Stuck::Unknown;
        }
        (at, claim)
    });
    let claims: Vec<_> = claims.collect();
    // `max_by` keeps the last of equals; the first stack of a report is the better guess.
    let (at, claim) = claims.into_iter().rev().max_by(|(_, a), (_, b)| a.cmp(b))?;
    Some((at, reason(&process.threads, at, &claim, dead)))
}

fn claim(thread: &Thread, first: bool, facts: &Facts, dead: bool) -> Claim {
    let dumped = facts.pid.is_some()
        && thread.tid == facts.pid.map(u64::from)
        && thread.tool == Tool::Coredumpctl;
    // systemd shows the thread that died first, gdb gives it the number 1, whatever the others do.
    let shown = thread.current || dumped || (first && died_first(thread)) || is_gdbs_first(thread);
    let files = || {
        thread
            .frames
            .iter()
            .filter_map(|frame| frame.native()?.file.as_ref())
    };
    Claim {
        running: thread.role == StackRole::Running,
        died: dead && shown,
        stuck: stuck(thread),
        current: shown,
        native: named_native(thread),
        detailed: files().next().is_some() && thread.frames.len() > 3,
        first,
    }
}

/// Whether the tool's first stack is the one that died.
fn died_first(thread: &Thread) -> bool {
    matches!(
        thread.tool,
        Tool::Coredumpctl | Tool::Sanitizer | Tool::Valgrind | Tool::Abrt
    )
}

fn is_gdbs_first(thread: &Thread) -> bool {
    thread.tool == Tool::Gdb && thread.number == Some(1)
}

fn named_native(thread: &Thread) -> bool {
    let mut native = thread.frames.iter().filter_map(|frame| frame.native());
    native.any(|frame| frame.function.is_some())
}

fn reason(threads: &[Thread], at: usize, claim: &Claim, dead: bool) -> String {
    let only = |stuck| claim.stuck == stuck;
    match () {
        () if threads.len() == 1 => "the only stack",
        () if dead && threads[at].current => "the evidence calls it the current thread",
        () if claim.died && is_gdbs_first(&threads[at]) => {
            "gdb gives the thread that died the number 1"
        }
        () if claim.died => "the thread that this tool shows first is the one that died",
        () if only(Stuck::Runs) => "the first thread that does not wait",
        () if only(Stuck::LocksInside) => {
            "the first thread that waits for a lock in the middle of C code"
        }
        () if only(Stuck::Locks) => "the first thread that waits for a lock",
        () if only(Stuck::WantsGil) => "all threads wait, this one for the GIL",
        () if threads[at].current => {
            "all threads wait, and the evidence calls this one the current"
        }
        () if only(Stuck::Joins) => "all threads wait, this one for another to end",
        () => "the first stack",
    }
    .to_owned()
}

/// Another stack of the same thread, where the chosen one shows nothing of note: the frame in a row of gdb's
/// `info threads`, say, beside the thread's py-bt.
fn fuller_view(process: &Process, chosen: usize) -> usize {
    let says = |thread: &Thread| {
        classify(thread)
            .iter()
            .any(|frame| frame.class == Class::Subject)
    };
    let this = &process.threads[chosen];
    if says(this) {
        return chosen;
    }
    let same = |other: &Thread| same_number(this, other) && other.role == this.role;
    let others = process.threads.iter();
    others
        .enumerate()
        .find(|(_, other)| same(other) && says(other))
        .map_or(chosen, |(at, _)| at)
}

fn same_number(a: &Thread, b: &Thread) -> bool {
    (a.tid.is_some() && a.tid == b.tid) || (a.pthread.is_some() && a.pthread == b.pthread)
}

/// The chosen stack, with what it takes to tell for each of thousands of others whether it is of the same thread.
struct Chosen<'a> {
    thread: &'a Thread,
    subjects: Vec<String>,
    native: bool,
    /// How many stacks are native, and how many are not.
    of_kind: [usize; 2],
}

impl<'a> Chosen<'a> {
    fn new(process: &'a Process, chosen: usize) -> Self {
        let natives = process.threads.iter().filter(|thread| thread.is_native());
        let natives = natives.count();
        let thread = &process.threads[chosen];
        Self {
            thread,
            subjects: subjects(thread),
            native: thread.is_native(),
            of_kind: [process.threads.len() - natives, natives],
        }
    }

    /// Whether another stack is of the same thread: the same number, or the same innermost functions.
    fn shows_same(&self, other: &Thread) -> bool {
        let (a, b) = (self.thread, other);
        // The stack of a sanitizer's `freed by` is other code with a share in the same failure.
        if b.role != StackRole::Running {
            return matches!(b.role, StackRole::Freed | StackRole::EarlierException);
        }
        if same_number(a, b) {
            return true;
        }
        let native = b.is_native();
        if self.native && native {
            let (mine, theirs) = (&self.subjects, subjects(b));
            let shared = mine.iter().filter(|name| theirs.contains(name)).count();
            return shared >= 2.min(mine.len().min(theirs.len()).max(1));
        }
        // One native stack and one Python stack, and no other thread it could belong to: the same.
        self.native != native && (self.of_kind[usize::from(native)] == 1 || b.current)
    }
}

/// The innermost functions where the failure may be.
fn subjects(thread: &Thread) -> Vec<String> {
    let frames = classify(thread).into_iter();
    frames
        .filter(|frame| frame.class == Class::Subject)
        .map(|frame| frame.function)
        .take(6)
        .collect()
}

/// Frames that companions show and the chosen stack does not, at half their weight.
pub(super) fn companion_frames(
    process: &Process,
    choice: &Choice,
    own: &[SignatureFrame],
) -> Vec<SignatureFrame> {
    // By function: whether one of its frames has a file.
    let mut known: HashMap<String, bool> = HashMap::new();
    for frame in own {
        *known.entry(frame.function.clone()).or_default() |= frame.file.is_some();
    }
    let mut found: Vec<SignatureFrame> = Vec::new();
    for &at in &choice.companions {
        let mut frames = classify(&process.threads[at]);
        weigh(&mut frames, None);
        for mut frame in frames {
            let file = frame.file.is_some();
            if known
                .get(&frame.function)
                .is_none_or(|&known| file && !known)
            {
                known.insert(frame.function.clone(), file);
                frame.weight *= 0.5;
                found.push(frame);
            }
        }
    }
    found
}

/// How many other threads are looked at, and how many frames of each.
const MOST_OTHERS: usize = 40;
const MOST_OF_EACH: usize = 30;

/// Frames of threads that are neither the chosen one nor its companions, each function once.
pub(super) fn other_frames(process: &Process, choice: &Choice) -> Vec<SignatureFrame> {
    let others = process.threads.iter().enumerate().filter(|(at, thread)| {
        let chosen = choice.thread == Some(*at) || choice.companions.contains(at);
        !chosen && thread.role == StackRole::Running
    });
    let mut known = HashSet::new();
    let mut found = Vec::new();
    for (_, thread) in others.take(MOST_OTHERS) {
        let mut frames = classify(thread);
        weigh(&mut frames, None);
        frames.truncate(MOST_OF_EACH);
        found.extend(
            frames
                .into_iter()
                .filter(|frame| known.insert(frame.function.clone())),
        );
    }
    found
}
