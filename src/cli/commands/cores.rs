//! `fixtrail cores`: the cores that systemd-coredump keeps.

use std::path::PathBuf;

use jiff::tz::TimeZone;

use crate::cli::failure::{Failure, core_pattern};
use crate::cli::ui::Ui;
use crate::cli::{Global, exit};
use crate::evidence::core::storage::{self, Journal, Listing, Match};
use crate::report;

/// List the core files that systemd-coredump keeps
///
/// Oldest first, as coredumpctl does. Exit status: 0 found, 1 no core, 2 failed.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Only these: a process number, the path of an executable, a unit such as a.service, or a process name; several
    /// are added up
    #[arg(value_name = "MATCH")]
    matches: Vec<Match>,
    /// Folder of the core files
    #[arg(long, value_name = "DIR", default_value = storage::DEFAULT_DIR)]
    dir: PathBuf,
    /// Only the newest N
    #[arg(short = 'n', long, value_name = "N")]
    newest: Option<usize>,
}

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let mut listing = chosen(storage::list(&args.dir)?, &args.matches)?;
    let older = listing
        .cores
        .len()
        .saturating_sub(args.newest.unwrap_or(usize::MAX));
    listing.cores.drain(..older);
    for problem in &listing.problems {
        ui.note(&problem.what);
    }
    if global.json {
        ui.json(&report::cores_json(&listing))?;
    } else if !listing.cores.is_empty() {
        ui.answer(&report::cores_text(&listing, &TimeZone::system()))?;
    }
    if listing.cores.is_empty() {
        say_none(args, ui);
        return Ok(exit::NOTHING);
    }
    Ok(exit::FOUND)
}

/// The cores that any of the words is for, or all if there are no words.
fn chosen(all: Listing, matches: &[Match]) -> Result<Listing, Failure> {
    if matches.is_empty() {
        return Ok(all);
    }
    let mut found = Vec::new();
    let mut problems = all.problems;
    for wanted in matches {
        let listing = storage::matching(&all.cores, wanted, &Journal::default())?;
        found.extend(listing.cores);
        problems.extend(listing.problems);
    }
    let mut cores = all.cores;
    // What a unit's journal knows more of a core is kept.
    cores = cores
        .into_iter()
        .filter_map(|core| {
            let mut same = found.iter().filter(|found| found.path == core.path);
            let first = same.next()?;
            let known = same.find(|found| found.truncated == Some(true));
            Some(known.unwrap_or(first).clone())
        })
        .collect();
    Ok(Listing { cores, problems })
}

fn say_none(args: &Args, ui: &Ui) {
    let wanted: Vec<String> = args.matches.iter().map(ToString::to_string).collect();
    let of = match wanted.as_slice() {
        [] => String::new(),
        wanted => format!(" of {}", wanted.join(" or ")),
    };
    ui.status(&format!("no core{of} in {}", args.dir.display()));
    if let Some(pattern) = core_pattern() {
        ui.note(&pattern);
    }
}
