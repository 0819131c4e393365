//! `fixtrail explain`: why a commit is where it is.

use fixtrail_index::Version;

use crate::cli::failure::Failure;
use crate::cli::input::{self, InputOptions};
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, indexes};
use crate::query::query;
use crate::ranking::explain::explain;
use crate::report;
use crate::stack::Variables;

/// Say why a commit is where it is for an input
///
/// Prints every feature of the commit with its amount, its weight and what it adds to the score, beside those of the best
/// fix; of a commit that was not offered, at which stage it was lost. Exit status: 0 explained, 1 no such commit in the
/// index, 2 failed.
#[derive(Debug, clap::Args)]
#[command(allow_missing_positional = true)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    input: InputOptions,
    /// The commit: seven digits of its name or more
    #[arg(value_name = "COMMIT", value_parser = commit)]
    commit: String,
    /// Version of the process, such as 3.9.0b1, instead of what the input shows
    #[arg(long, value_name = "X.Y.Z")]
    python: Option<Version>,
}

/// Shorter names are ambiguous in any large project.
const SHORTEST: usize = 7;

fn commit(text: &str) -> Result<String, String> {
    let named = text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    named
        .then(|| text.to_ascii_lowercase())
        .ok_or_else(|| format!("a commit is named by {SHORTEST} hexadecimal digits or more"))
}

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let searcher = indexes::cpython(global, ui)?;
    let case = input::read(&args.input, Variables::Hidden, ui)?;
    let triage = crate::triage(case, &searcher, args.python.as_ref(), usize::MAX)?;
    input::notes(&triage.case, ui);
    let fixes = searcher.named(&args.commit)?;
    let query = query(&triage.signature, &triage.case.facts, searcher.code());
    let mut found = Vec::new();
    for fix in &fixes {
        found.extend(explain(&searcher, &query, &triage.ranking, fix)?);
    }
    if found.is_empty() {
        ui.status("the index has no fix with that commit; merges are in none");
    }
    if global.json {
        ui.json(&report::explain_json(&found, &triage))?;
    } else {
        for explanation in &found {
            ui.answer(&report::explain_text(explanation, &triage))?;
        }
    }
    Ok(if found.is_empty() {
        exit::NOTHING
    } else {
        exit::FOUND
    })
}
