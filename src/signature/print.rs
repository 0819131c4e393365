//! The signature as text and hash.

use sha2::{Digest, Sha256};

use super::recursion::Run;
use super::wait_rules::is_system_wait;
use super::{Class, FailureKind, SignatureFrame};
use crate::evidence::Facts;
use crate::stack::names::unqualified;

/// How many names make the text. Fewer join different failures, more tell one failure apart by its callers.
///
/// gdb makes up frames for tail calls (`PyErr_Display`), which systemd does not; the further out, the more often: with
/// six, one more of 46 crashes differs between the two.
const NAMES: usize = 5;

/// The functions that tell this failure from others, innermost first, joined by ` < `; behind a failed assertion's
/// expression where there is one. Empty only when there is neither.
///
/// Each function is named once: how many rounds of a recursion a tool shows says nothing. Frames that were inlined are
/// left out: coredumpctl and stripped builds do not show them.
pub(super) fn text(
    frames: &[SignatureFrame],
    companions: &[SignatureFrame],
    kind: FailureKind,
    facts: &Facts,
) -> String {
    let run = Run::widest(frames).filter(|_| kind == FailureKind::Overflow);
    let names = match run {
        Some(run) => cycle(run.cycle, kind),
        None => telling(as_far_as_shown(frames), companions, kind),
    };
    let assertion = facts.assertions.first();
    let mut parts: Vec<String> = Vec::new();
    parts.extend(assertion.map(|a| format!("assert({})", a.expression)));
    if !names.is_empty() {
        parts.push(names[..names.len().min(NAMES)].join(" < "));
    }
    parts.join(" in ")
}

/// A recursion may run out of stack at any of its functions: it is named from the one that sorts first.
fn cycle(frames: &[SignatureFrame], kind: FailureKind) -> Vec<&str> {
    let mut names = telling(frames, &[], kind);
    let first = (0..names.len()).min_by_key(|&at| names[at]).unwrap_or(0);
    names.rotate_left(first);
    names
}

/// The frames up to the end of the first recursion: systemd's 64 frames often end within it, gdb's go on.
fn as_far_as_shown(frames: &[SignatureFrame]) -> &[SignatureFrame] {
    let subject = |frame: &SignatureFrame| !frame.python && frame.class == Class::Subject;
    let Some(start) = frames
        .iter()
        .position(|frame| frame.repeats > 0 && subject(frame))
    else {
        return frames;
    };
    let rest = frames[start..].iter().position(|frame| frame.repeats == 0);
    let (shown, _) = frames.split_at(rest.map_or(frames.len(), |length| start + length));
    let several = names(shown, subject).len() > 2;
    if several { shown } else { frames }
}

/// A choice of frames, and whether it is made among those of the companions.
type Choice = (bool, fn(&SignatureFrame) -> bool);

const PYTHON: [Choice; 2] = [
    (false, |frame| frame.python && frame.class == Class::Subject),
    (true, |frame| frame.python && frame.class == Class::Subject),
];
const VICTIMS: Choice = (false, |frame| !frame.python && frame.class == Class::Victim);

/// What a crash is named by when it has no native subject. Python frames come late: systemd does not show them.
const OF_CRASH: [Choice; 3] = [VICTIMS, PYTHON[0], PYTHON[1]];

/// A hang without a native subject is in what Python code does; the victim is where the debugger happened to stop it.
const OF_HANG: [Choice; 3] = [PYTHON[0], PYTHON[1], VICTIMS];

/// What is left otherwise.
const REST: [Choice; 6] = [
    // The names of glibc's change from release to release, and systemd shows fewer of them than gdb.
    (false, |frame| {
        !frame.python && frame.class == Class::Wait && !is_system_wait(&frame.function)
    }),
    (false, |frame| !frame.python && frame.class == Class::Wait),
    (false, |frame| frame.python),
    (true, |frame| frame.python),
    (false, |_| true),
    (true, |_| true),
];

/// The names of the first choice that has any.
fn telling<'a>(
    frames: &'a [SignatureFrame],
    companions: &'a [SignatureFrame],
    kind: FailureKind,
) -> Vec<&'a str> {
    let native = names(frames, |frame| {
        !frame.python && frame.class == Class::Subject
    });
    if native.len() > 1 {
        return native;
    }
    if let [only] = native[..] {
        // One function alone may be a caller far out of the damage: the victims before it tell more.
        let before = frames
            .iter()
            .position(|frame| frame.function == only)
            .unwrap_or(0);
        let mut found = names(&frames[..before], |frame| {
            !frame.inlined && VICTIMS.1(frame)
        });
        found.truncate(NAMES - 1);
        found.push(only);
        return found;
    }
    let hang = matches!(
        kind,
        FailureKind::Spin | FailureKind::Wait | FailureKind::Deadlock
    );
    let choices = if hang { &OF_HANG } else { &OF_CRASH };
    let frames = from_finder(frames);
    let mut found = choices.iter().chain(&REST).map(|&(of_companions, choice)| {
        names(if of_companions { companions } else { frames }, choice)
    });
    found.find(|names| !names.is_empty()).unwrap_or_default()
}

/// Without the abort chain: from the frame on that found the failure, `_Py_CheckFunctionResult`.
fn from_finder(frames: &[SignatureFrame]) -> &[SignatureFrame] {
    let chain = frames
        .iter()
        .take_while(|frame| frame.class == Class::Detector);
    &frames[chain.count().saturating_sub(1)..]
}

/// The distinct names of a choice, innermost first; those of inlined frames only where there are no others.
fn names(frames: &[SignatureFrame], choice: impl Fn(&SignatureFrame) -> bool) -> Vec<&str> {
    let of = |inlined: bool| {
        let mut names: Vec<&str> = Vec::new();
        for frame in frames
            .iter()
            .filter(|frame| frame.inlined == inlined && choice(frame))
        {
            let name = plain(frame);
            if names.len() < NAMES && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    };
    let real = of(false);
    if real.is_empty() { of(true) } else { real }
}

/// A Python function without its class: cores have it since 3.11, py-bt and tracebacks do not.
fn plain(frame: &SignatureFrame) -> &str {
    if frame.python {
        unqualified(&frame.function)
    } else {
        &frame.function
    }
}

/// The first 16 hexadecimal digits of the text's SHA-256; empty for an empty text.
pub(crate) fn hash(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    Sha256::digest(text)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
