//! What the process runs, and what was searched for it.

use std::fmt::Write as _;

use fixtrail_index::CPYTHON;

use super::style::{BOLD, printable};
use crate::ranking::Running;
use crate::triage::{IndexUse, Triage};

/// The version that runs; with several indexes a line for each of them.
pub(super) fn versions_text(triage: &Triage) -> String {
    let mut text = String::new();
    let mut name = format!("{BOLD}version{BOLD:#}    ");
    for index in &triage.indexes {
        let named = match &triage.indexes[..] {
            [_] => running_text(index, true),
            _ if index.searched => {
                format!(
                    "{} {}",
                    printable(&index.manifest.upstream),
                    running_text(index, index.manifest.upstream == CPYTHON)
                )
            }
            _ => not_searched_text(index),
        };
        let _ = writeln!(text, "{name}{named}");
        name = " ".repeat(11);
    }
    text
}

fn not_searched_text(index: &IndexUse) -> String {
    let upstream = printable(&index.manifest.upstream);
    if index.frames == 0 {
        format!("{upstream} not searched: no frame of the stack is its own")
    } else {
        format!(
            "{upstream} not searched: its frames on the stack only start threads or end the process"
        )
    }
}

/// The version of one upstream; `given`: whether the user can give it.
fn running_text(index: &IndexUse, given: bool) -> String {
    let Some(running) = &index.running else {
        let how = if given {
            "; give it with --python X.Y.Z, and fixes that it has are set apart"
        } else {
            ""
        };
        return format!("unknown{how}");
    };
    let Running { version, .. } = running;
    let series = if running.exact {
        ""
    } else {
        ".x (patch level unknown)"
    };
    let seen = printable(&running.seen_in);
    let tagged = if running.tagged {
        String::new()
    } else {
        format!(
            "; the index of {} has no tag of {}.{} as late",
            index.manifest.upstream,
            version.major(),
            version.minor()
        )
    };
    format!("{version}{series}, by {seen}{tagged}")
}
