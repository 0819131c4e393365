//! `bugzilla comment`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use fixtrail_index::Version;

use super::publication::{self, Publication};
use crate::Asked;
use crate::bugzilla::{Bug, BugPlace, Finding, Progress, Server, Shown, publishable};
use crate::cli::bugzilla::{BugzillaOptions, Reading, say};
use crate::cli::debug_files::DebugFileOptions;
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, indexes, input};
use crate::report::{self, CommentOptions};
use crate::stack::Variables;

/// Show the comment that would be left on a bug, and post it with --yes
///
/// The comment names the signature, the upstream fixes with links and first fixed releases, and how they were found. It is
/// posted once: its first line says which answer it is, and is looked for before. Private details have a word in their
/// place. Exit status: 0 shown or posted, 1 nothing convincing to say, 2 failed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Comment {
    /// The bug: bz:NUMBER, a number, or its address
    bug: BugPlace,
    /// The stack to tell of, as of `triage`, instead of those that the bug holds
    input: Option<PathBuf>,
    /// Post it
    #[arg(long)]
    yes: bool,
    /// Attach the full report and the stack, too
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "html")]
    attach: Option<Format>,
    /// For the eyes of the server's group of insiders only
    #[arg(long)]
    private: bool,
    /// Add the signature to the bug's whiteboard, for everybody to see
    #[arg(long)]
    whiteboard: bool,
    /// Add the upstream issue of the first fix to the bug's See Also, for everybody to see
    #[arg(long)]
    see_also: bool,
    /// Attach arguments, local variables, source lines and the command line, too
    #[arg(long, requires = "attach")]
    values: bool,
    /// Version of the process, such as 3.9.0b1, instead of what the bug shows
    #[arg(long, value_name = "X.Y.Z")]
    python: Option<Version>,
    /// Read the cores that are attached to the bug, too
    #[arg(long)]
    cores: bool,
    #[command(flatten)]
    bugzilla: BugzillaOptions,
    #[command(flatten)]
    debug_files: DebugFileOptions,
}

/// The format of an attached report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A web page
    Html,
    /// The answer of `triage --json`
    Json,
}

/// How many fixes are looked at.
const TOP: usize = 5;

pub(super) fn comment(args: &Comment, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let chosen = args.bugzilla.choose(Some(&args.bug), args.yes, ui)?;
    let observer = |progress: Progress<'_>| say(ui, &progress);
    let server = chosen.server(&observer)?;
    if args.yes {
        server.log_in()?;
    }
    let found = found(args, &server, global, ui);
    chosen.remember(&server);
    let (bug, findings) = found?;
    let shown = Shown {
        values: args.values,
        private: args.private,
    };
    let (findings, left_out) = publishable(&findings, shown);
    if left_out > 0 {
        ui.note(&format!(
            "{left_out} stacks are private, and left out: --private tells of them"
        ));
    }
    let options = CommentOptions {
        is_private: args.private,
        attached: args.attach.is_some(),
        ..CommentOptions::default()
    };
    let Some(comment) = report::comment(&bug, &findings, options) else {
        ui.status("there is nothing convincing to say of this bug; `fixtrail triage --top 5` lists what was found");
        return Ok(exit::NOTHING);
    };
    let publication = Publication {
        bug: &bug,
        findings: &findings,
        comment: &comment,
        attach: args.attach,
        whiteboard: args.whiteboard,
        see_also: args.see_also,
    };
    answer(&publication, args.yes, &server, global, ui)
}

/// Publishes, or looks what is there, and says what was posted or would be.
fn answer(
    publication: &Publication<'_>,
    yes: bool,
    server: &Server<'_>,
    global: &Global,
    ui: &Ui,
) -> Result<u8, Failure> {
    let outcome = if yes {
        publication.publish(server, ui)?
    } else {
        publication.look(server)?
    };
    let comment = publication.comment;
    if global.json {
        ui.json(&report::outcome_json(comment, &outcome))?;
    } else {
        ui.answer(&format!("{}\n", comment.draft.text))?;
    }
    publication::say(&outcome, comment, yes, server, ui);
    Ok(exit::FOUND)
}

/// The bug, and what is told of it: of its own stacks, or of those of the input.
fn found(
    args: &Comment,
    server: &Server<'_>,
    global: &Global,
    ui: &Ui,
) -> Result<(Bug, Vec<Finding>), Failure> {
    let searchers = indexes::all(global, ui)?;
    let routes = indexes::routes(global)?;
    let asked = Asked::new(args.python.as_ref(), TOP);
    let Some(path) = &args.input else {
        let reading = Reading {
            searchers: &searchers,
            routes: &routes,
            asked,
            cores: args.cores.then_some(&args.debug_files),
        };
        let (report, findings) = reading.read(server, &args.bug, ui)?;
        return Ok((report.bug, findings));
    };
    let variables = if args.values {
        Variables::Shown
    } else {
        Variables::Hidden
    };
    let case = input::read_at(path.clone(), &args.debug_files, variables, ui)?;
    input::notes(&case, ui);
    let triage = crate::triage(case, &searchers, &routes, asked)?;
    Ok((server.bug(&args.bug.name)?, vec![Finding::of_input(triage)]))
}
