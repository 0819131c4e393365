//! The signature as text and hash.

use sha2::{Digest, Sha256};

use super::{Class, SignatureFrame};
use crate::evidence::Facts;

/// How many frames make the text. Fewer join different failures, more tell one failure apart by its callers.
const FRAMES: usize = 6;

/// The frames that tell this failure from others, innermost first, joined by ` < `; behind a failed assertion's
/// expression where there is one. Empty when there is neither.
///
/// Frames that were inlined are left out: coredumpctl and stripped builds do not show them. So are detectors, waits,
/// victims and trampolines, as long as two subjects are left.
pub(super) fn text(frames: &[SignatureFrame], facts: &Facts) -> String {
    let real = || frames.iter().filter(|frame| !frame.inlined);
    let of = |classes: &[Class], python: bool| -> Vec<&str> {
        let named = real().filter(|frame| frame.python == python && classes.contains(&frame.class));
        let mut names: Vec<&str> = named.map(|frame| frame.function.as_str()).collect();
        names.dedup();
        names
    };
    let choices = [
        of(&[Class::Subject], false),
        of(&[Class::Subject, Class::Victim], false),
        of(&[Class::Subject, Class::Wait], true),
        of(
            &[Class::Subject, Class::Victim, Class::Detector, Class::Wait],
            false,
        ),
        of(
            &[
                Class::Subject,
                Class::Victim,
                Class::Detector,
                Class::Wait,
                Class::Trampoline,
            ],
            false,
        ),
        of(&[Class::Subject, Class::Wait, Class::Trampoline], true),
    ];
    let enough = choices.iter().find(|names| names.len() > 1);
    let names = enough.or_else(|| choices.iter().find(|names| !names.is_empty()));
    let names: Vec<&str> = names
        .map(|names| names.iter().copied().take(FRAMES).collect())
        .unwrap_or_default();
    let mut parts: Vec<String> = facts
        .assertions
        .first()
        .map(|a| format!("assert({})", a.expression))
        .into_iter()
        .collect();
    if !names.is_empty() {
        parts.push(names.join(" < "));
    }
    parts.join(" in ")
}

/// The first 16 hexadecimal digits of the text's SHA-256; empty for an empty text.
pub(super) fn hash(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    Sha256::digest(text)
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
