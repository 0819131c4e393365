//! A signature as text.

use std::fmt::Write as _;

use super::diagnosis::diagnosis_text;
use super::stack::title;
use super::style::{BOLD, DIM, printable};
use crate::case::Case;
use crate::evidence::Signal;
use crate::signature::{Signature, SignatureFrame};

/// Kind, thread, text and hash, then the frames with their classes and weights.
#[must_use]
pub fn signature_text(signature: &Signature, case: &Case) -> String {
    let mut text = headline(signature, case);
    let _ = writeln!(text, "{BOLD}hash{BOLD:#}       {}", signature.hash);
    text.push('\n');
    for frame in &signature.frames {
        text.push_str(&frame_text(frame, ""));
    }
    for frame in &signature.companion_frames {
        text.push_str(&frame_text(frame, "  (another stack of the thread)"));
    }
    text
}

/// The lines that lead a report: what happened, where, and as what.
pub(super) fn headline(signature: &Signature, case: &Case) -> String {
    let mut text = String::new();
    let signal = case
        .facts
        .signal
        .as_ref()
        .map_or_else(String::new, signal_text);
    let _ = writeln!(text, "{BOLD}kind{BOLD:#}       {}{signal}", signature.kind);
    if let Some(thread) = signature.thread.and_then(|at| case.process.threads.get(at)) {
        let _ = writeln!(
            text,
            "{BOLD}thread{BOLD:#}     {}; {}",
            title(thread),
            signature.reason
        );
    }
    let _ = writeln!(
        text,
        "{BOLD}signature{BOLD:#}  {}",
        printable(&signature.text)
    );
    text.push_str(&diagnosis_text(&case.diagnosis));
    text
}

/// `, signal SEGV at 0x8`, `, signal ABRT from process 12 of user 0`.
fn signal_text(signal: &Signal) -> String {
    let mut text = format!(", signal {}", signal.name);
    if let Some(address) = signal.address {
        let _ = write!(text, " at {address:#x}");
    }
    if let Some(sender) = signal.sender {
        let _ = write!(text, " from process {} of user {}", sender.pid, sender.uid);
    }
    text
}

fn frame_text(frame: &SignatureFrame, remark: &str) -> String {
    let class = serde_json::to_value(frame.class).ok();
    let class = class
        .as_ref()
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    let place = match (&frame.file, frame.line) {
        (Some(file), Some(line)) => format!("  {file}:{line}"),
        (Some(file), None) => format!("  {file}"),
        (None, _) => String::new(),
    };
    let language = if frame.python { "[Python] " } else { "" };
    let repeats = if frame.repeats > 0 {
        format!("  ({} times more)", frame.repeats)
    } else {
        String::new()
    };
    let function = printable(&frame.function);
    format!(
        "  #{:<3} {DIM}{class:10} {:.2}{DIM:#}  {language}{function}{}{repeats}{remark}\n",
        frame.number,
        frame.weight,
        printable(&place)
    )
}
