//! `fixtrail similar`: the reports with the nearest stacks.

use crate::cli::failure::Failure;
use crate::cli::input::{self, InputOptions};
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, indexes};
use crate::issues::stacks_of;
use crate::known::known;
use crate::report;
use crate::stack::Variables;

/// Find reports with a stack like this one
///
/// Prints the known issues of all upstreams whose stacks are nearest to that of the input, however far, and what leads from
/// them to their fixes. Exit status: 0 found, 1 none, 2 failed.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Show at most N issues
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: usize,
    #[command(flatten)]
    input: InputOptions,
}

/// Stacks that are less alike have nothing in common but what all have.
const LEAST: f32 = 0.02;

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let stores = indexes::issues(global, ui)?;
    if stores.is_empty() {
        let failure = Failure::new("no issues are known yet");
        return Err(failure
            .hint("fetch some: fixtrail issues fetch github:python/cpython")
            .hint("or import some: fixtrail issues import FILE"));
    }
    let case = input::read(&args.input, Variables::Hidden, input::SHORT, ui)?;
    input::notes(&case, ui);
    let stacks = stacks_of(&case);
    let mut found = Vec::new();
    for issues in &stores {
        found.extend(known(&stacks, issues, (args.top, LEAST), &|_, _| false)?);
    }
    found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
    found.truncate(args.top);
    if global.json {
        ui.json(&report::similar_json(&found))?;
    } else if found.is_empty() {
        ui.status("no known stack has anything to tell it by in common with this one");
    } else {
        ui.answer(&report::similar_text(&found))?;
    }
    Ok(if found.is_empty() {
        exit::NOTHING
    } else {
        exit::FOUND
    })
}
