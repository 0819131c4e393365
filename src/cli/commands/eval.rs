//! `fixtrail eval`: how good the answers are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::debug_files::DebugFileOptions;
use crate::cli::failure::Failure;
use crate::cli::progress::PhaseProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, indexes, labelled};
use crate::eval::compare::Earlier;
use crate::eval::known_stacks::Tracker;
use crate::eval::{self, Evaluation};
use crate::report;

/// Measure how good the answers are, on cases whose fix is known
///
/// Asks for the fix of every input of every case and prints its rank, recall and mean reciprocal rank with 95 %
/// intervals, and how often the words of confidence were right. The README tells the form of a case. Exit status: 0
/// measured, 1 no case, 2 failed.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Folders of cases, or of one case
    #[arg(value_name = "CASES", required = true)]
    cases: Vec<PathBuf>,
    /// Also what moved since an earlier evaluation, given as its --json
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Also the figures without each part of the score
    #[arg(long)]
    ablate: bool,
    /// Also what known stacks are worth: the cases are taken for the issues of a tracker, each of whose posts is one of their
    /// files, and every file is asked while it is not known itself
    #[arg(long)]
    known_stacks: bool,
    #[command(flatten)]
    debug_files: DebugFileOptions,
}

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let earlier = args.compare.as_deref().map(earlier).transpose()?;
    let searcher = indexes::cpython(global, ui)?;
    let cases = labelled::cases(&args.cases, ui)?;
    let read = labelled::reader(&args.debug_files, ui);
    let progress = PhaseProgress::new(ui);
    let tracker = args
        .known_stacks
        .then(|| Tracker::of(&cases.cases, &read, &progress))
        .transpose()?;
    let issues = tracker.as_ref().map(Tracker::issues).transpose()?;
    let searcher = searcher.with_issues(issues);
    let outcomes = eval::run(&cases.cases, &searcher, &read, args.ablate, &progress)?;
    progress.finish();
    let index = searcher.manifest().clone();
    let mut evaluation = Evaluation::new(outcomes, earlier.as_ref(), index);
    if let Some(tracker) = &tracker {
        evaluation.known_stacks = tracker.pairings()?;
        evaluation.strangers = Some(tracker.strangers()?);
    }
    if global.json {
        ui.json(&report::eval_json(&evaluation, &cases))?;
    } else if !evaluation.outcomes.is_empty() {
        ui.answer(&report::eval_text(&evaluation, &cases))?;
    }
    if evaluation.outcomes.is_empty() {
        labelled::say_none(ui);
        return Ok(exit::NOTHING);
    }
    Ok(exit::FOUND)
}

fn earlier(path: &Path) -> Result<Earlier, Failure> {
    let text = fs::read(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
    Earlier::parse(&text).map_err(|error| {
        let what = format!("{} is no earlier evaluation: {error}", path.display());
        Failure::new(what).hint("keep one: fixtrail eval --json CASES > earlier.json")
    })
}
