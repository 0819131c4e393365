//! `fixtrail signature`: what matters of the input.

use crate::cli::failure::Failure;
use crate::cli::input::{self, InputOptions};
use crate::cli::ui::Ui;
use crate::cli::{Global, exit};
use crate::report;
use crate::stack::Variables;

/// Print the signature of a crash or hang
///
/// The thread that matters and why, the kind of failure, each frame's class and weight, and a text and hash that stay
/// the same across addresses, paths, inlining and compiler suffixes.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputOptions,
}

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let case = input::read(&args.input, Variables::Hidden, input::SHORT, ui)?;
    input::notes(&case, ui);
    let signature = case.signature();
    if global.json {
        ui.json(&report::signature_json(&signature, &case))?;
    } else {
        ui.answer(&report::signature_text(&signature, &case))?;
    }
    Ok(exit::FOUND)
}
