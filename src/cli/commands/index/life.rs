//! `index verify` and `index remove`.

use clap::Args;
use fixtrail_index::{CPYTHON, verify};

use crate::cli::failure::Failure;
use crate::cli::progress::PhaseProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, paths};
use crate::report;

/// Check every file of an index, and that its clone has every commit
#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// The upstream
    #[arg(default_value = CPYTHON)]
    upstream: String,
}

/// Remove the index of an upstream
///
/// Without one of cpython, the next question makes one of the built-in facts.
#[derive(Debug, Args)]
pub(in crate::cli) struct Remove {
    /// The upstream
    upstream: String,
}

pub(super) fn verify(args: &Verify, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let generation = paths::upstreams(global)?.store(&args.upstream)?.current()?;
    let progress = PhaseProgress::new(ui);
    let verified = verify::verify(generation, &progress)?;
    progress.finish();
    if global.json {
        ui.json(&verified)?;
    }
    let Some((last, others)) = verified.faults.split_last() else {
        if !global.json {
            ui.answer(&report::verified_text(&verified))?;
        }
        return Ok(exit::FOUND);
    };
    others.iter().for_each(|fault| ui.note(fault));
    let what = format!("the index of {} is not whole: {last}", args.upstream);
    Err(Failure::new(what).hint(format!(
        "build it anew: fixtrail index build --upstream {} CLONE",
        args.upstream
    )))
}

pub(super) fn remove(args: &Remove, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let store = paths::upstreams(global)?.store(&args.upstream)?;
    store.remove()?;
    ui.status(&format!("removed the index of {}", args.upstream));
    Ok(exit::FOUND)
}
