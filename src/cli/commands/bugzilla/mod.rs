//! `fixtrail bugzilla`: answers for bugs, and the only commands that post.

mod comment;
mod publication;
mod scan;

use clap::Subcommand;

use crate::cli::Global;
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;

/// Leave the answer on bugs of a Bugzilla
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Bugzilla {
    Comment(comment::Comment),
    Scan(scan::Scan),
}

pub(in crate::cli) fn run(command: &Bugzilla, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    match command {
        Bugzilla::Comment(args) => comment::comment(args, global, ui),
        Bugzilla::Scan(args) => scan::scan(args, global, ui),
    }
}
