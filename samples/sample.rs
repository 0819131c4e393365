//! The main job on a small scale: makes a git repository of its own, indexes it, and asks it about a pasted report.
//!
//! Needs no network and leaves nothing behind. `fixtrail index build` and `fixtrail triage` do the same with a real
//! clone.

mod history;

use std::error::Error;
use std::io::Write as _;

use fixtrail::Case;
use fixtrail::evidence::text;
use fixtrail::report::{TextOptions, triage_text};
use fixtrail::routing::Routes;
use fixtrail_index::history::GitClone;
use fixtrail_index::{BuildOptions, CPYTHON, Searcher, Silent, Upstreams, build};

/// A hang, as a user would paste it.
const REPORT: &str = include_str!("hang/report.txt");

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let repository = history::init(&folder.path().join("cpython"), true);
    history::play(&repository, history::COMMITS);

    let store = Upstreams::at(&folder.path().join("index")).store(CPYTHON)?;
    let clone = GitClone::open(repository.path())?;
    let (generation, _) = build::build(&store, &clone, &BuildOptions::default(), &Silent)?;
    let counts = generation.manifest().counts;

    let searcher = Searcher::open(generation)?;
    let case = Case::from_text(text::read(REPORT.as_bytes()));
    let triage = fixtrail::triage(case, &[searcher], Routes::built_in(), None, 5)?;
    let options = TextOptions {
        top: 3,
        weak: false,
        explain: false,
    };
    let mut out = anstream::stdout().lock();
    writeln!(
        out,
        "An index of {} commits, asked about samples/hang/report.txt:\n",
        counts.commits
    )?;
    out.write_all(triage_text(&triage, options).as_bytes())?;
    Ok(())
}
