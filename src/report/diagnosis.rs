//! What a process does, and what its memory shows, as text.

use std::fmt::Write as _;

use super::style::{BOLD, DIM, printable};
use crate::diagnosis::{Diagnosis, Doing, Finding};

/// Lines of one sort that are shown; `--json` has all.
const MOST: usize = 8;

/// The verdict with its evidence, and the findings; nothing for a text.
pub(super) fn diagnosis_text(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    if let Some(verdict) = &diagnosis.verdict {
        let over = match diagnosis.looks {
            0 | 1 => "one look".to_owned(),
            looks => format!("{looks} looks over {:.1} s", diagnosis.seconds),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{BOLD}process{BOLD:#}    {}  {DIM}({over}){DIM:#}",
            doing_words(verdict.doing)
        );
        let shown = verdict.evidence.iter().take(MOST);
        for line in shown {
            let _ = writeln!(text, "           {}", printable(line));
        }
        let more = verdict.evidence.len().saturating_sub(MOST);
        if more > 0 {
            let _ = writeln!(text, "           {DIM}and {more} threads more{DIM:#}");
        }
    }
    for (at, finding) in diagnosis.findings.iter().take(MOST).enumerate() {
        let title = if at == 0 {
            format!("{BOLD}findings{BOLD:#}   ")
        } else {
            " ".repeat(11)
        };
        let _ = writeln!(text, "{title}{}", finding_text(finding));
    }
    text
}

fn doing_words(doing: Doing) -> &'static str {
    match doing {
        Doing::Spinning => "spinning",
        Doing::Waiting => "waiting",
        Doing::Deadlocked => "deadlocked",
        Doing::RunawayRecursion => "runaway recursion",
        Doing::Progressing => "progressing",
        Doing::Running => "running; --sample tells whether it gets on",
    }
}

/// Addresses that are shown of a finding.
const ADDRESSES: usize = 4;

fn finding_text(finding: &Finding) -> String {
    let mut text = printable(&finding.what);
    let missing = finding
        .addresses
        .iter()
        .map(|address| format!("{address:#x}"));
    let missing: Vec<_> = missing
        .filter(|address| !finding.what.contains(address.as_str()))
        .collect();
    if !missing.is_empty() {
        let shown = missing
            .iter()
            .take(ADDRESSES)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        let more = if missing.len() > ADDRESSES {
            ", ..."
        } else {
            ""
        };
        let _ = write!(text, "  {DIM}({shown}{more}){DIM:#}");
    }
    if !finding.frames.is_empty() {
        let _ = write!(
            text,
            "  {DIM}in {}{DIM:#}",
            printable(&finding.frames.join(" < "))
        );
    }
    text
}
