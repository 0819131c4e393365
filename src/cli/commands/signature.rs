//! `fixtrail signature`: what matters of the input.

use std::path::PathBuf;

use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, input};
use crate::report;
use crate::signature::signature;
use crate::stack::from_text;

/// Print the signature of a crash or hang
///
/// The thread that matters and why, the kind of failure, each frame's class and weight, and a text and hash that stay
/// the same across addresses, paths, inlining and compiler suffixes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A text with a stack; - for standard input
    input: PathBuf,
}

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let evidence = input::read(&args.input)?;
    input::notes(&evidence, ui);
    let process = from_text(&evidence);
    let signature = signature(&process, &evidence.facts);
    if global.json {
        ui.json(&report::signature_json(&signature, &evidence))?;
    } else {
        ui.answer(&report::signature_text(
            &signature,
            &process,
            &evidence.facts,
        ))?;
    }
    Ok(exit::FOUND)
}
