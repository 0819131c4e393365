//! A signature as text.

use std::fmt::Write as _;

use super::stack::title;
use super::style::{BOLD, DIM, printable};
use crate::evidence::Facts;
use crate::signature::{Signature, SignatureFrame};
use crate::stack::Process;

/// Kind, thread, text and hash, then the frames with their classes and weights.
#[must_use]
pub fn signature_text(signature: &Signature, process: &Process, facts: &Facts) -> String {
    let mut text = headline(signature, process, facts);
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
pub(super) fn headline(signature: &Signature, process: &Process, facts: &Facts) -> String {
    let mut text = String::new();
    let signal = facts
        .signal
        .as_ref()
        .map(|signal| format!(", signal {}", signal.name))
        .unwrap_or_default();
    let _ = writeln!(text, "{BOLD}kind{BOLD:#}       {}{signal}", signature.kind);
    if let Some(thread) = signature.thread.and_then(|at| process.threads.get(at)) {
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
