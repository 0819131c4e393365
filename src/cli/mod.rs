//! The command line: the only place that reads flags, environment and home folder, and the only one that prints.

mod bugzilla;
mod commands;
mod debug_files;
pub mod exit;
mod failure;
mod github_token;
mod indexes;
mod input;
mod labelled;
mod paths;
mod progress;
mod proxies;
mod ui;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use ui::{Colour, Ui};

/// Names the upstream commits that fix the crash or hang in front of you.
#[derive(Debug, Parser)]
#[command(
    name = "fixtrail",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "Exit status: 0 found, 1 nothing convincing found, 2 failed.")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
struct Global {
    /// Folder of the indexes, instead of the user's data folder
    #[arg(long, value_name = "DIR", global = true, env = "FIXTRAIL_INDEX")]
    index: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long, global = true)]
    json: bool,
    /// When to use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    color: Colour,
    /// Say nothing on standard error but failures
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Triage(commands::triage::Args),
    Explain(commands::explain::Args),
    Similar(commands::similar::Args),
    Stack(commands::stack::Args),
    Signature(commands::signature::Args),
    Cores(commands::cores::Args),
    Eval(commands::eval::Args),
    Train(commands::train::Args),
    #[command(subcommand)]
    Index(commands::index::Index),
    #[command(subcommand)]
    Issues(commands::issues::Issues),
    #[command(subcommand)]
    Bugzilla(commands::bugzilla::Bugzilla),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let ui = Ui::new(&cli.global);
    let result = match cli.command {
        Command::Triage(args) => commands::triage::run(&args, &cli.global, &ui),
        Command::Explain(args) => commands::explain::run(&args, &cli.global, &ui),
        Command::Similar(args) => commands::similar::run(&args, &cli.global, &ui),
        Command::Stack(args) => commands::stack::run(&args, &cli.global, &ui),
        Command::Signature(args) => commands::signature::run(&args, &cli.global, &ui),
        Command::Cores(args) => commands::cores::run(&args, &cli.global, &ui),
        Command::Eval(args) => commands::eval::run(&args, &cli.global, &ui),
        Command::Train(args) => commands::train::run(&args, &cli.global, &ui),
        Command::Index(command) => commands::index::run(&command, &cli.global, &ui),
        Command::Issues(command) => commands::issues::run(&command, &cli.global, &ui),
        Command::Bugzilla(command) => commands::bugzilla::run(&command, &cli.global, &ui),
    };
    match result.and_then(|code| ui.flush().map(|()| code)) {
        Ok(code) => ExitCode::from(code),
        // Whoever read the answer had enough of it (`| head`).
        Err(failure) if failure.is_broken_pipe() => ExitCode::from(exit::FOUND),
        Err(failure) => {
            ui.failure(&failure);
            ExitCode::from(exit::FAILED)
        }
    }
}
