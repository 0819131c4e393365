//! `issues info` and `issues remove`.

use clap::Args;
use fixtrail_index::CPYTHON;

use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit};
use crate::report;

/// Say which trackers' issues are known, and how many
#[derive(Debug, Args)]
pub(in crate::cli) struct Info {
    /// The upstream
    #[arg(default_value = CPYTHON)]
    upstream: String,
}

/// Remove all issues of an upstream
#[derive(Debug, Args)]
pub(in crate::cli) struct Remove {
    /// The upstream
    upstream: String,
}

pub(super) fn info(args: &Info, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let store = super::store(&args.upstream, global)?;
    let Some(issues) = store.open()? else {
        ui.status(&format!(
            "no issues of {} are known: `fixtrail issues fetch` and `fixtrail issues import` bring some",
            args.upstream
        ));
        if global.json {
            ui.json(&report::no_issues_json(&args.upstream, store.dir()))?;
        }
        return Ok(exit::NOTHING);
    };
    if global.json {
        ui.json(&report::issues_json(&args.upstream, &issues)?)?;
    } else {
        ui.answer(&report::issues_text(&args.upstream, &issues)?)?;
    }
    Ok(exit::FOUND)
}

pub(super) fn remove(args: &Remove, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let store = super::store(&args.upstream, global)?;
    if !store.remove()? {
        ui.status(&format!("no issues of {} are known", args.upstream));
        return Ok(exit::NOTHING);
    }
    ui.status(&format!("removed the issues of {}", args.upstream));
    Ok(exit::FOUND)
}
