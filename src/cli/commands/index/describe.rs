//! `index info` and `index list`.

use clap::Args;
use fixtrail_index::{CPYTHON, Generation};

use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, indexes, paths};
use crate::report;

/// Say what an index holds
#[derive(Debug, Args)]
pub(in crate::cli) struct Info {
    /// The upstream
    #[arg(default_value = CPYTHON)]
    upstream: String,
}

/// List the upstreams that have an index
#[derive(Debug, Args)]
pub(in crate::cli) struct List;

pub(super) fn info(args: &Info, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let generation = if args.upstream == CPYTHON {
        indexes::cpython_on_disk(global, ui)?
    } else {
        paths::upstreams(global)?.store(&args.upstream)?.current()?
    };
    describe(&generation, global, ui)?;
    Ok(exit::FOUND)
}

pub(super) fn list(global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let upstreams = paths::upstreams(global)?;
    let mut found = Vec::new();
    for name in upstreams.names()? {
        // One that cannot be read is none of the others' business.
        match upstreams.store(&name)?.current() {
            Ok(generation) => found.push(generation),
            Err(error) => ui.note(&Failure::from(error).line()),
        }
    }
    if global.json {
        ui.json(&report::indexes_json(&found))?;
    } else if found.is_empty() {
        ui.status("no indexes yet: the first question makes one of the built-in facts");
    } else {
        ui.answer(&report::indexes_text(&found))?;
    }
    Ok(exit::FOUND)
}

/// Describes one index on standard output, and on standard error what its clone lacked.
pub(super) fn describe(generation: &Generation, global: &Global, ui: &Ui) -> Result<(), Failure> {
    if global.json {
        return ui.json(&report::index_json(generation));
    }
    for gap in &generation.manifest().gaps {
        ui.note(&format!(
            "missing in the clone: {} {}, such as {}",
            gap.count, gap.what, gap.example
        ));
    }
    ui.answer(&report::index_text(generation))
}
