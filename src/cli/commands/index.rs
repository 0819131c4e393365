//! `fixtrail index`: builds, updates and describes the index.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use fixtrail_index::history::{GitClone, TagPattern};
use fixtrail_index::{BuildOptions, Generation, IndexError, Outcome, Store, build};
use indicatif::{HumanBytes, HumanCount};
use jiff::Timestamp;
use serde_json::json;

use crate::cli::failure::Failure;
use crate::cli::progress::PhaseProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, paths};

/// Build, update and describe the index of a project's history
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Index {
    /// Read every branch and tag of a clone and write the index
    ///
    /// The clone may be bare, shallow or partial: what it lacks is named, the rest is indexed. An index that is there
    /// already answers until the new one is complete.
    Build(Build),
    /// Add the commits that are new in the clone
    ///
    /// Costs the new commits only. A history that was rewritten is read anew.
    Update(Update),
    /// Say what the index holds
    Info,
}

/// Flags of `index build`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Build {
    /// The git repository
    clone: PathBuf,
    /// Name of the project [default: that of the clone]
    #[arg(long, value_name = "NAME")]
    upstream: Option<String>,
    /// Regular expression for release tags, with a group around the version, such as '^v(\d.*)$'
    #[arg(long, value_name = "REGEX", value_parser = TagPattern::new)]
    tags: Option<TagPattern>,
    /// Replace an index of another project
    #[arg(long)]
    replace: bool,
}

/// Flags of `index update`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Update {
    /// The git repository [default: the one the index was built from]
    clone: Option<PathBuf>,
}

pub(in crate::cli) fn run(command: &Index, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let store = paths::store(global)?;
    let generation = match command {
        Index::Build(args) => build_index(args, &store, ui)?,
        Index::Update(args) => update_index(args, &store, ui)?,
        Index::Info => store.current()?,
    };
    describe(&generation, &store, global, ui)?;
    Ok(exit::FOUND)
}

fn build_index(args: &Build, store: &Store, ui: &Ui) -> Result<Generation, Failure> {
    let clone = open(&args.clone)?;
    let options = BuildOptions {
        upstream: args.upstream.clone(),
        tags: args.tags.clone(),
        replace: args.replace,
    };
    let progress = PhaseProgress::new(ui);
    let (generation, _) = build::build(store, &clone, &options, &progress)?;
    progress.finish();
    Ok(generation)
}

fn update_index(args: &Update, store: &Store, ui: &Ui) -> Result<Generation, Failure> {
    let clone = args.clone.as_deref().map(open).transpose()?;
    let progress = PhaseProgress::new(ui);
    let (generation, outcome) = build::update(store, clone.as_ref(), &progress)?;
    progress.finish();
    match outcome {
        Outcome::Updated(commits) => ui.status(&format!("added {} commits", HumanCount(commits))),
        Outcome::UpToDate => ui.status("up to date"),
        Outcome::Rebuilt(why) => ui.status(&format!("built anew: {why}")),
        _ => {}
    }
    Ok(generation)
}

fn open(path: &Path) -> Result<GitClone, Failure> {
    Ok(GitClone::open(path).map_err(IndexError::from)?)
}

fn describe(
    generation: &Generation,
    store: &Store,
    global: &Global,
    ui: &Ui,
) -> Result<(), Failure> {
    let manifest = generation.manifest();
    if global.json {
        let size = generation.size();
        return ui.json(&json!({ "dir": store.dir(), "bytes": size, "manifest": manifest }));
    }
    for gap in &manifest.gaps {
        ui.note(&format!(
            "missing in the clone: {} {}, such as {}",
            gap.count, gap.what, gap.example
        ));
    }
    let counts = &manifest.counts;
    let head = manifest
        .head
        .map_or_else(|| "none".to_owned(), |head| head.short());
    let rows = [
        ("upstream", manifest.upstream.clone()),
        ("clone", manifest.clone.display().to_string()),
        (
            "index",
            format!(
                "{} ({})",
                store.dir().display(),
                HumanBytes(generation.size())
            ),
        ),
        (
            "format",
            format!(
                "{}, written by fixtrail {}",
                manifest.format, manifest.written_by
            ),
        ),
        (
            "commits",
            format!(
                "{} on {} branches",
                HumanCount(counts.commits),
                HumanCount(counts.branches)
            ),
        ),
        (
            "fixes",
            format!(
                "{} (changes with their backports)",
                HumanCount(counts.fixes)
            ),
        ),
        ("releases", HumanCount(counts.releases).to_string()),
        (
            "main branch",
            format!(
                "at {head}, newest commit of {}",
                date(manifest.newest_commit)
            ),
        ),
        (
            "age",
            format!(
                "built {}, updated {}",
                age(manifest.built),
                age(manifest.updated)
            ),
        ),
    ];
    let text: String = rows
        .iter()
        .map(|(name, value)| format!("{name:12} {value}\n"))
        .collect();
    ui.answer(&text)
}

fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(
        |_| "?".to_owned(),
        |time| time.strftime("%Y-%m-%d").to_string(),
    )
}

fn age(seconds: i64) -> String {
    let past = Timestamp::now().as_second().saturating_sub(seconds).max(0);
    match past {
        0..120 => "just now".to_owned(),
        120..7200 => format!("{} minutes ago", past / 60),
        7200..172_800 => format!("{} hours ago", past / 3600),
        _ => format!("{} days ago", past / 86400),
    }
}
