//! `index build` and `index update`.

use std::path::{Path, PathBuf};

use clap::Args;
use fixtrail_index::history::{GitClone, TagPattern};
use fixtrail_index::{
    BuildOptions, CPYTHON, Former, Generation, IndexError, Outcome, Upstreams, build,
};
use indicatif::HumanCount;

use super::describe::describe;
use crate::cli::failure::Failure;
use crate::cli::progress::PhaseProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, paths};

/// Read every branch and tag of a clone and write the index
///
/// The clone may be bare, shallow or partial: what it lacks is named, the rest is indexed. An index that is there
/// already answers until the new one is complete. Each upstream has an index of its own.
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
}

/// Add the commits that are new in the clone
///
/// Costs the new commits only. A history that was rewritten is read anew.
#[derive(Debug, Args)]
pub(in crate::cli) struct Update {
    /// The git repository [default: the one the index was built from]
    clone: Option<PathBuf>,
    /// Name of the project [default: the one whose history the clone has, else cpython]
    #[arg(long, value_name = "NAME")]
    upstream: Option<String>,
}

pub(super) fn build_index(args: &Build, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let clone = open(&args.clone)?;
    let upstream = args.upstream.clone().unwrap_or_else(|| clone.project());
    let upstreams = paths::upstreams(global)?;
    let store = upstreams.store(&upstream)?;
    let options = BuildOptions {
        tags: args.tags.clone(),
    };
    let progress = PhaseProgress::new(ui);
    let generation = build::build(&store, &clone, &options, &progress)?;
    progress.finish();
    remove_former(&upstreams, &upstream, ui)?;
    describe(&generation, global, ui)?;
    Ok(exit::FOUND)
}

pub(super) fn update_index(args: &Update, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let clone = args.clone.as_deref().map(open).transpose()?;
    let upstreams = paths::upstreams(global)?;
    let of_clone = clone
        .as_ref()
        .map(|clone| upstreams.of(clone).unwrap_or_else(|| clone.project()));
    let upstream = args.upstream.clone().or(of_clone);
    let store = upstreams.store(upstream.as_deref().unwrap_or(CPYTHON))?;
    let progress = PhaseProgress::new(ui);
    // Facts may have taken the place meanwhile.
    let is_built = |built: Generation| !built.manifest().is_facts();
    let former = former(&upstreams, store.upstream());
    let former = former.filter(|_| !store.current().is_ok_and(is_built));
    let (generation, outcome) = match former {
        Some(former) => {
            let built = build::rebuild(&store, clone.as_ref(), &former.recipe, &progress)?;
            (built, Outcome::Rebuilt("an older fixtrail wrote it"))
        }
        None => build::update(&store, clone.as_ref(), &progress)?,
    };
    progress.finish();
    remove_former(&upstreams, store.upstream(), ui)?;
    match outcome {
        Outcome::Updated(commits) => ui.status(&format!("added {} commits", HumanCount(commits))),
        Outcome::UpToDate => ui.status("up to date"),
        Outcome::Rebuilt(why) => ui.status(&format!("built anew: {why}")),
        _ => {}
    }
    describe(&generation, global, ui)?;
    Ok(exit::FOUND)
}

/// What an older program left of the upstream.
fn former(upstreams: &Upstreams, upstream: &str) -> Option<Former> {
    let former = upstreams.former();
    former.filter(|former| former.upstream == upstream)
}

/// Removes it once there is an index that is read.
fn remove_former(upstreams: &Upstreams, upstream: &str, ui: &Ui) -> Result<(), Failure> {
    if let Some(former) = former(upstreams, upstream) {
        former.remove()?;
        let (format, dir) = (former.format, former.dir.display());
        ui.status(&format!("removed the index of format {format} from {dir}"));
    }
    Ok(())
}

fn open(path: &Path) -> Result<GitClone, Failure> {
    Ok(GitClone::open(path).map_err(IndexError::from)?)
}
