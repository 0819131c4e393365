//! `fixtrail explain`: why a commit is where it is.

use fixtrail_index::{IndexError, Searcher, Version};

use crate::Asked;
use crate::cli::failure::Failure;
use crate::cli::input::{self, InputOptions};
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, indexes};
use crate::ranking::explain::{Explanation, explain};
use crate::report;
use crate::stack::Variables;
use crate::triage::Triage;

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
    let searchers = indexes::all(global, ui)?;
    let routes = indexes::routes(global)?;
    let case = input::read(&args.input, Variables::Hidden, input::SHORT, ui)?;
    let python = args.python.as_ref();
    let triage = crate::triage(case, &searchers, &routes, Asked::new(python, usize::MAX))?;
    input::notes(&triage.case, ui);
    let found = explanations(&searchers, &triage, &args.commit)?;
    if found.is_empty() {
        ui.status("no index has a fix with that commit; merges are in none");
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

/// Of the fixes with that commit, in the first index that has any.
fn explanations(
    searchers: &[Searcher],
    triage: &Triage,
    commit: &str,
) -> Result<Vec<Explanation>, IndexError> {
    for (searcher, index) in searchers.iter().zip(&triage.indexes) {
        let running = index.running.as_ref();
        let mut found = Vec::new();
        for fix in searcher.named(commit)? {
            found.extend(explain(
                searcher,
                &index.query,
                running,
                &triage.ranking,
                &fix,
            )?);
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}
