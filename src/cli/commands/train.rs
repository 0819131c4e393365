//! `fixtrail train`: weights of the ranking.

use std::path::PathBuf;

use crate::cli::debug_files::DebugFileOptions;
use crate::cli::failure::Failure;
use crate::cli::progress::PhaseProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, indexes, labelled};
use crate::ranking::{LIKELY, POSSIBLE};
use crate::training::calibration::{calibrate, reached};
use crate::training::fit::{self, Options};
use crate::training::{examples, history, table, validation};

/// Learn the weights of the ranking from labelled cases and the history
///
/// Prints the table that src/ranking/weights.tsv holds, with the figures it reached on fixes that were held out. For those
/// who build fixtrail. Exit status: 0 trained, 1 no case, 2 failed.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Folders of cases, or of one case
    #[arg(value_name = "CASES", required = true)]
    cases: Vec<PathBuf>,
    /// How many fixes of the history to make examples of
    #[arg(long, value_name = "N", default_value_t = 400)]
    history: usize,
    /// How strongly weights are drawn to 0
    #[arg(long, value_name = "X", default_value_t = Options::default().penalty)]
    penalty: f64,
    #[command(flatten)]
    debug_files: DebugFileOptions,
}

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let searcher = indexes::cpython(global, ui)?;
    let cases = labelled::cases(&args.cases, ui)?;
    let read = labelled::reader(&args.debug_files, ui);
    let progress = PhaseProgress::new(ui);
    let mut all = examples::of_cases(&cases.cases, &searcher, &read, &progress)?;
    let real = all.len();
    all.extend(history::of_history(&searcher, args.history, &progress)?);
    progress.finish();
    if real == 0 {
        labelled::say_none(ui);
        return Ok(exit::NOTHING);
    }
    let mut head = vec![
        "Weights of the ranking's features, written by `fixtrail train`; reviewed by hand, not set by it.".to_owned(),
        format!("From {real} inputs of {} cases, and {} stacks made from the history.", cases.cases.len(), all.len() - real),
    ];
    let options = Options {
        penalty: args.penalty,
        harvest: true,
    };
    let held_out = validation::held_out(&all, options);
    let without = validation::held_out(
        &all,
        Options {
            harvest: false,
            ..options
        },
    );
    for (words, held_out) in [
        ("With all features", &held_out),
        ("Without harvest features", &without),
    ] {
        head.push(format!(
            "{words}, each fifth of the fixes held out in its turn, percent with 95 % intervals:"
        ));
        head.extend(table::figures_lines(&validation::figures(held_out)));
    }
    let calibration = calibrate(&held_out);
    for (word, least, below) in [
        ("likely", LIKELY, 2.0),
        ("possible", POSSIBLE, LIKELY),
        ("weak", 0.0, POSSIBLE),
    ] {
        let (said, right) = reached(&held_out, calibration, least, below);
        head.push(format!("{word} would be said of {said} first verdicts that were held out, {right} of them right"));
    }
    let examples: Vec<&_> = all.iter().collect();
    let weights = fit::fit(&examples, options);
    ui.answer(&table::table(&weights, calibration, &head))?;
    Ok(exit::FOUND)
}
