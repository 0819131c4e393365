//! When two tools say the same of one core.

use std::collections::BTreeMap;

use fixtrail::stack::{Found, Frame, Process};

use super::rows::Rows;

/// One frame of machine code, or a signal handler's trampoline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) name: String,
    /// File without its folders, and the line in it.
    pub(super) line: Option<(String, u32)>,
    pub(super) address: Option<u64>,
    pub(super) inlined: bool,
    pub(super) found: Found,
}

/// Frames by thread, innermost first.
pub(super) type Stacks = BTreeMap<u64, Vec<Step>>;

pub(super) const SIGNAL: &str = "<signal handler called>";

/// The stacks of a process. Where a tool prints one thread twice, as gdb does with the one that died, the first counts.
pub(super) fn stacks(process: &Process) -> Stacks {
    let mut stacks = Stacks::new();
    for thread in &process.threads {
        if let Some(tid) = thread.tid {
            let steps = || thread.frames.iter().filter_map(step).collect();
            stacks.entry(tid).or_insert_with(steps);
        }
    }
    stacks
}

fn step(frame: &Frame) -> Option<Step> {
    match frame {
        Frame::Native(frame) => Some(Step {
            name: known_as(frame.function.as_deref().unwrap_or("??")).to_owned(),
            line: frame.file.as_deref().zip(frame.line).map(|(file, line)| {
                let name = file.rsplit('/').next().unwrap_or(file);
                (name.to_owned(), line)
            }),
            address: frame.address,
            inlined: frame.inlined,
            found: frame.found,
        }),
        Frame::Signal => Some(Step {
            name: SIGNAL.to_owned(),
            line: None,
            address: None,
            inlined: false,
            found: Found::Cfi,
        }),
        _ => None,
    }
}

/// One of the names that a function of the C library has. gdb takes the public one of the symbol table, eu-stack that of
/// the debug information or the last alias (`kill`, `__kill`; `clone3`, `__clone3`), and calls a trampoline by its name.
fn known_as(name: &str) -> &str {
    match name {
        "__restore_rt" => SIGNAL,
        "__new_sem_wait" => "sem_wait",
        "__libc_start_main_impl" => "libc_start_main",
        name => name.strip_prefix("__").unwrap_or(name),
    }
}

/// A function with those inlined into it, which stand first.
fn calls(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    steps.split_inclusive(|step| !step.inlined)
}

fn is_tail_call(call: &[Step]) -> bool {
    call.last()
        .is_some_and(|step| step.found == Found::TailCall)
}

/// Where either tells no line, names decide.
fn same(ours: &Step, theirs: &Step) -> bool {
    let lines = ours.line.as_ref().zip(theirs.line.as_ref());
    ours.name == theirs.name && lines.is_none_or(|(ours, theirs)| ours == theirs)
}

/// Whether inlined functions are among what eu-stack shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inlines {
    /// They are.
    Shown,
    /// Not those that dwz moved to a shared file: there the function has the line of the innermost one.
    NotFromDwz,
}

/// eu-stack has every frame of ours but those of functions that ended in a jump, of which it knows nothing.
pub(super) fn like_eu_stack(
    ours: &[Step],
    theirs: &[Step],
    inlines: Inlines,
) -> Result<(), String> {
    let mut rest = theirs;
    for call in calls(ours).filter(|call| !is_tail_call(call)) {
        let matches = |shown: &[Step]| {
            rest.len() >= shown.len() && shown.iter().zip(rest).all(|(a, b)| same(a, b))
        };
        let [first, .., last] = call else {
            let [only] = call else { continue };
            if !matches(call) {
                return Err(differs(only, rest, theirs));
            }
            rest = &rest[1..];
            continue;
        };
        let merged = Step {
            line: first.line.clone(),
            ..last.clone()
        };
        if matches(call) {
            rest = &rest[call.len()..];
        } else if inlines == Inlines::NotFromDwz && matches(&[merged]) {
            rest = &rest[1..];
        } else {
            return Err(differs(first, rest, theirs));
        }
    }
    match rest {
        [] => Ok(()),
        [more, ..] => Err(format!("{} is missing", more.name)),
    }
}

/// gdb has every frame of ours, but of a function that ended in a jump only the innermost inlined one, and none where
/// one of the ways to it is not known.
pub(super) fn like_gdb(ours: &[Step], theirs: &[Step], rows: &Rows) -> Result<(), String> {
    let mut rest = theirs;
    for call in calls(ours) {
        for step in call {
            match rest {
                [next, ..] if next.name == step.name => {
                    if !same(step, next) && !rows.explain(step, next) {
                        return Err(differs(step, rest, theirs));
                    }
                    rest = &rest[1..];
                }
                _ if is_tail_call(call) => {}
                _ => return Err(differs(step, rest, theirs)),
            }
        }
    }
    match rest {
        [] => Ok(()),
        [more, ..] => Err(format!("{} is missing", more.name)),
    }
}

/// pystack leaves out the interpreter loop and what it takes for its helpers. It looks return addresses up as they are:
/// behind a call of `abort`, which does not return, another function begins, whose name the caller gets.
pub(super) fn like_pystack(ours: &[Step], theirs: &[Step]) -> Result<(), String> {
    let mut rest = ours;
    let mut after_abort = false;
    for step in theirs {
        let found = rest.iter().position(|ours| ours.name == step.name);
        match found {
            Some(at) => rest = &rest[at + 1..],
            None if after_abort => {}
            None => return Err(format!("{} is missing", step.name)),
        }
        after_abort = step.name == "abort" || after_abort && step.inlined;
    }
    Ok(())
}

fn differs(ours: &Step, rest: &[Step], theirs: &[Step]) -> String {
    let at = theirs.len() - rest.len();
    let theirs = rest.first();
    format!("frame {at}: ours is {ours:?}, theirs {theirs:?}")
}
