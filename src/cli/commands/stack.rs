//! `fixtrail stack`: the stacks of the input.

use std::path::PathBuf;

use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, input};
use crate::report;
use crate::stack::from_text;

/// Print every stack in the input, normalised
///
/// Each thread once for each tool that printed it, innermost frame first. No frame is left out; where frames are
/// missing in the input, it is said.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A text with a stack; - for standard input
    input: PathBuf,
}

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let evidence = input::read(&args.input)?;
    input::notes(&evidence, ui);
    let process = from_text(&evidence);
    if global.json {
        ui.json(&report::stack_json(&process, &evidence))?;
    } else {
        ui.answer(&report::stack_text(&process, &evidence))?;
    }
    Ok(exit::FOUND)
}
