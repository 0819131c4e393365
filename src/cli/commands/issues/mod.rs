//! `fixtrail issues`: what trackers know, beside the indexes of histories.

mod fetch;
mod import;
mod info;

use clap::Subcommand;
use fixtrail_index::issues::IssueStore;

use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::cli::{Global, paths};

/// Import, fetch and describe the issues of trackers, with the stacks in them
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Issues {
    Import(import::Import),
    Fetch(fetch::Fetch),
    Info(info::Info),
    Remove(info::Remove),
}

pub(in crate::cli) fn run(command: &Issues, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    match command {
        Issues::Import(args) => import::import(args, global, ui),
        Issues::Fetch(args) => fetch::fetch(args, global, ui),
        Issues::Info(args) => info::info(args, global, ui),
        Issues::Remove(args) => info::remove(args, global, ui),
    }
}

fn store(upstream: &str, global: &Global) -> Result<IssueStore, Failure> {
    Ok(paths::upstreams(global)?.store(upstream)?.issues())
}
