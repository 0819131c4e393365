//! `fixtrail triage`: the fixes for what the input shows.

use fixtrail_index::Version;

use crate::Asked;
use crate::cli::failure::Failure;
use crate::cli::input::{self, InputOptions};
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, indexes};
use crate::report::{self, TextOptions};
use crate::stack::Variables;

/// Find the fixes for a crash or hang
///
/// Prints the upstream commits that most likely fix what the input shows, with reasons, and the releases that carry
/// them. Exit status: 0 found, 1 nothing convincing, 2 failed.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Version of the process, such as 3.9.0b1, instead of what the input shows
    #[arg(long, value_name = "X.Y.Z")]
    python: Option<Version>,
    /// Show at most N fixes [default: 5]; when given, weak ones too
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Print what each score is made of
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    input: InputOptions,
}

/// How many fixes are shown unless the user says otherwise.
const TOP: usize = 5;

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let searchers = indexes::all(global, ui)?;
    let routes = indexes::routes(global)?;
    let case = input::read(&args.input, Variables::Hidden, input::SHORT, ui)?;
    let top = args.top.unwrap_or(TOP);
    let triage = crate::triage(
        case,
        &searchers,
        &routes,
        Asked::new(args.python.as_ref(), top),
    )?;
    input::notes(&triage.case, ui);
    if global.json {
        ui.json(&report::triage_json(&triage, top))?;
    } else {
        let options = TextOptions {
            top,
            weak: args.top.is_some(),
            explain: args.explain,
        };
        ui.answer(&report::triage_text(&triage, options))?;
    }
    Ok(if triage.ranking.convincing {
        exit::FOUND
    } else {
        exit::NOTHING
    })
}
