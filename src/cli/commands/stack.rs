//! `fixtrail stack`: the stacks of the input.

use std::time::Duration;

use crate::cli::failure::Failure;
use crate::cli::input::{self, InputOptions};
use crate::cli::ui::Ui;
use crate::cli::{Global, exit};
use crate::report::{self, Frames};
use crate::stack::Variables;

/// Print every stack in the input, normalised
///
/// Each thread once for each tool that printed it, innermost frame first. No frame is left out; where frames are
/// missing in the input, it is said.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputOptions,
    /// Let frames that only pass a call on share a line, for reading; --json lists them all
    #[arg(long)]
    collapse: bool,
    /// Show the arguments and local variables of a core's Python frames; they may hold secrets
    #[arg(long, help_heading = "Cores")]
    locals: bool,
}

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let variables = if args.locals {
        Variables::Shown
    } else {
        Variables::Hidden
    };
    let case = input::read(&args.input, variables, Duration::ZERO, ui)?;
    input::notes(&case, ui);
    if global.json {
        ui.json(&report::stack_json(&case))?;
    } else {
        let frames = if args.collapse {
            Frames::Collapsed
        } else {
            Frames::All
        };
        ui.answer(&report::stack_text(&case.process, frames))?;
    }
    Ok(exit::FOUND)
}
