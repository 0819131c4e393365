//! `fixtrail stack`: the stacks of the input.

use crate::cli::failure::Failure;
use crate::cli::input::{self, InputOptions};
use crate::cli::ui::Ui;
use crate::cli::{Global, exit};
use crate::report;

/// Print every stack in the input, normalised
///
/// Each thread once for each tool that printed it, innermost frame first. No frame is left out; where frames are
/// missing in the input, it is said.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputOptions,
}

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let case = input::read(&args.input, ui)?;
    input::notes(&case, ui);
    if global.json {
        ui.json(&report::stack_json(&case))?;
    } else {
        ui.answer(&report::stack_text(&case.process))?;
    }
    Ok(exit::FOUND)
}
