//! `fixtrail triage`: the fixes for what the input shows.

use fixtrail_index::Version;

use crate::Asked;
use crate::bugzilla::{BugPlace, Finding, Progress};
use crate::cli::bugzilla::{BugzillaOptions, Reading, say};
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
    /// Print the full report as a web page
    #[arg(long, conflicts_with = "json")]
    html: bool,
    #[command(flatten)]
    input: InputOptions,
    #[command(flatten)]
    bugzilla: BugzillaOptions,
    /// Of a bug, read the cores that are attached, too
    #[arg(long, help_heading = "Bugzilla")]
    cores: bool,
}

/// How many fixes are shown unless the user says otherwise.
const TOP: usize = 5;

pub(in crate::cli) fn run(args: &Args, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let searchers = indexes::all(global, ui)?;
    let routes = indexes::routes(global)?;
    let top = args.top.unwrap_or(TOP);
    let asked = Asked::new(args.python.as_ref(), top);
    if let Some(place) = args.input.bug()? {
        let reading = Reading {
            searchers: &searchers,
            routes: &routes,
            asked,
            cores: args.cores.then(|| args.input.debug_files()),
        };
        return bug(args, &place, reading, global, ui);
    }
    let case = input::read(&args.input, Variables::Hidden, input::SHORT, ui)?;
    let triage = crate::triage(case, &searchers, &routes, asked)?;
    input::notes(&triage.case, ui);
    let convincing = triage.ranking.convincing;
    if global.json {
        ui.json(&report::triage_json(&triage, top))?;
    } else if args.html {
        page("fixtrail report", &[Finding::of_input(triage)], top, ui)?;
    } else {
        ui.answer(&report::triage_text(&triage, args.options()))?;
    }
    Ok(exit_code(convincing))
}

/// Every distinct stack of a bug.
fn bug(
    args: &Args,
    place: &BugPlace,
    reading: Reading<'_>,
    global: &Global,
    ui: &Ui,
) -> Result<u8, Failure> {
    let chosen = args.bugzilla.choose(Some(place), false, ui)?;
    let observer = |progress: Progress<'_>| say(ui, &progress);
    let server = chosen.server(&observer)?;
    let read = reading.read(&server, place, ui);
    chosen.remember(&server);
    let (report, findings) = read?;
    let top = args.top.unwrap_or(TOP);
    if global.json {
        ui.json(&report::bug_json(&report, &findings, top))?;
    } else if args.html {
        page(
            &format!("fixtrail report of bug {}", report.bug.id),
            &findings,
            top,
            ui,
        )?;
    } else {
        ui.answer(&report::bug_text(&report, &findings, args.options()))?;
    }
    Ok(exit_code(
        findings
            .iter()
            .any(|finding| finding.triage.ranking.convincing),
    ))
}

/// A page for whoever the user gives it to: without what is private.
fn page(heading: &str, findings: &[Finding], top: usize, ui: &Ui) -> Result<(), Failure> {
    let page = report::html_report(heading, findings, top);
    if page.redacted > 0 {
        ui.note(&format!(
            "{} private details have a word in their place",
            page.redacted
        ));
    }
    ui.answer(&page.html)
}

fn exit_code(convincing: bool) -> u8 {
    if convincing {
        exit::FOUND
    } else {
        exit::NOTHING
    }
}

impl Args {
    fn options(&self) -> TextOptions {
        TextOptions {
            top: self.top.unwrap_or(TOP),
            weak: self.top.is_some(),
            explain: self.explain,
        }
    }
}
