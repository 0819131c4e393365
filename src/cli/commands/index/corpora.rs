//! `index export` and `index import`.

use std::path::{Path, PathBuf};

use clap::Args;
use fixtrail_index::corpus::{Contents, export, import};
use fixtrail_index::{CPYTHON, Generation, IndexError, Searcher, Upstreams, Version};
use indicatif::{HumanBytes, HumanCount};
use serde_json::json;

use super::describe::describe;
use crate::cli::failure::Failure;
use crate::cli::progress::PhaseProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, paths};
use crate::report;

/// Write indexes to one file, for other machines
///
/// The file is checked as a whole when it is read, holds the messages of the commits, and can be brought up to date from
/// a clone where it was imported.
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// The file
    file: PathBuf,
    /// The upstream; may be given more than once [default: all that have an index]
    #[arg(long, value_name = "NAME")]
    upstream: Vec<String>,
    /// Facts alone: no titles, no messages
    #[arg(long)]
    facts: bool,
    /// Facts of fixes since this release [default: 2.7 for cpython, else all]
    #[arg(long, value_name = "VERSION", requires = "facts")]
    since: Option<Version>,
}

/// Take the indexes of a file that `index export` wrote
///
/// An index of the same upstream is replaced, when all of the file was found sound.
#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    /// The file
    file: PathBuf,
}

/// The first release of the last Python 2 series: older fixes are of no use to a process of today.
const FIRST: [u32; 2] = [2, 7];

pub(super) fn export_file(args: &Export, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let upstreams = paths::upstreams(global)?;
    let names = if args.upstream.is_empty() {
        upstreams.names()?
    } else {
        args.upstream.clone()
    };
    if names.is_empty() {
        let dir = upstreams.dir().to_owned();
        return Err(IndexError::NoIndex { dir }.into());
    }
    let generations = open(&upstreams, &names)?;
    let contents = if args.facts {
        Contents::Facts {
            since: since(args, &upstreams, &names)?,
        }
    } else {
        if let Some(facts) = generations.iter().find(|g| g.manifest().is_facts()) {
            let upstream = &facts.manifest().upstream;
            let what = format!("the index of {upstream} holds facts alone, and no messages");
            return Err(Failure::new(what)
                .hint("export facts with --facts, or name others with --upstream"));
        }
        Contents::Whole
    };
    let progress = PhaseProgress::new(ui);
    let exported = export(generations, contents, &args.file, &progress)?;
    progress.finish();
    let (checksum, bytes, fixes) = (exported.checksum, exported.bytes, exported.fixes);
    if global.json {
        ui.json(&json!({
            "file": args.file, "bytes": bytes, "checksum": checksum, "fixes": fixes, "upstreams": names,
        }))?;
    } else {
        ui.answer(&format!(
            "{}: {} fixes of {} in {}\n",
            args.file.display(),
            HumanCount(fixes),
            names.join(", "),
            HumanBytes(bytes)
        ))?;
    }
    Ok(exit::FOUND)
}

fn open(upstreams: &Upstreams, names: &[String]) -> Result<Vec<Generation>, Failure> {
    let generation = |name: &String| Ok(upstreams.store(name)?.current()?);
    names.iter().map(generation).collect()
}

/// When the release of `--since` was made, in seconds since 1970; 0 for all.
fn since(args: &Export, upstreams: &Upstreams, names: &[String]) -> Result<i64, Failure> {
    let [name] = names else {
        let what = "facts since a release are those of one upstream";
        return if args.since.is_some() {
            Err(Failure::new(what).hint("name it with --upstream"))
        } else {
            Ok(0)
        };
    };
    let searcher = Searcher::open(upstreams.store(name)?.current()?)?;
    if let Some(version) = &args.since {
        return searcher.date_of(version).ok_or_else(|| {
            Failure::new(format!("the index of {name} knows no release {version}"))
        });
    }
    let first = (name == CPYTHON).then(|| searcher.date_of(&Version::new(&FIRST)));
    Ok(first.flatten().unwrap_or(0))
}

pub(super) fn import_file(args: &Import, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let upstreams = paths::upstreams(global)?;
    describe_all(&import_from(&args.file, &upstreams, ui)?, global, ui)?;
    Ok(exit::FOUND)
}

/// Imports a corpus.
pub(super) fn import_from(
    file: &Path,
    upstreams: &Upstreams,
    ui: &Ui,
) -> Result<Vec<Generation>, IndexError> {
    let progress = PhaseProgress::new(ui);
    let imported = import(upstreams, file, &progress)?;
    progress.finish();
    Ok(imported)
}

/// Describes what was imported.
pub(super) fn describe_all(
    imported: &[Generation],
    global: &Global,
    ui: &Ui,
) -> Result<(), Failure> {
    if global.json {
        return ui.json(&report::indexes_json(imported));
    }
    let mut each = imported.iter();
    each.try_for_each(|generation| describe(generation, global, ui))
}
