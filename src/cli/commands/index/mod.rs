//! `fixtrail index`: builds, carries, describes and removes the indexes.

mod build;
mod corpora;
mod describe;
mod fetch;
mod life;

use clap::Subcommand;

use crate::cli::Global;
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;

/// Build, update and carry the indexes of projects' histories
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Index {
    Build(build::Build),
    Update(build::Update),
    Info(describe::Info),
    List(describe::List),
    Verify(life::Verify),
    Remove(life::Remove),
    Export(corpora::Export),
    Import(corpora::Import),
    Fetch(fetch::Fetch),
}

pub(in crate::cli) fn run(command: &Index, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    match command {
        Index::Build(args) => build::build_index(args, global, ui),
        Index::Update(args) => build::update_index(args, global, ui),
        Index::Info(args) => describe::info(args, global, ui),
        Index::List(_) => describe::list(global, ui),
        Index::Verify(args) => life::verify(args, global, ui),
        Index::Remove(args) => life::remove(args, global, ui),
        Index::Export(args) => corpora::export_file(args, global, ui),
        Index::Import(args) => corpora::import_file(args, global, ui),
        Index::Fetch(args) => fetch::fetch(args, global, ui),
    }
}
