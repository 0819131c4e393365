//! A bug, and what its stacks come to.

use std::{env, mem};

use fixtrail_index::issues::{Issue, Post};
use fixtrail_index::{IndexError, Searcher};

use crate::Asked;
use crate::bugzilla::{self, Bug, BugPlace, BugzillaError, Finding, ReadOptions, Report, Server};
use crate::cli::debug_files::DebugFileOptions;
use crate::cli::failure::Failure;
use crate::cli::ui::Ui;
use crate::evidence::core::Limits;
use crate::issues::Place;
use crate::routing::Routes;
use crate::stack::DebugFiles;

/// The largest attachment that is fetched, cores aside: no tool prints as much of one process.
const LARGEST: u64 = 32 << 20;

/// How a bug is read, and what its stacks are looked up in.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Reading<'a> {
    pub(in crate::cli) searchers: &'a [Searcher],
    pub(in crate::cli) routes: &'a Routes,
    pub(in crate::cli) asked: Asked<'a>,
    /// Where the files of attached cores are looked for, if those are to be read.
    pub(in crate::cli) cores: Option<&'a DebugFileOptions>,
}

/// Why a bug has no answer.
pub(in crate::cli) enum ReadError {
    Bugzilla(BugzillaError),
    Index(IndexError),
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Bugzilla(error) => error.into(),
            ReadError::Index(error) => error.into(),
        }
    }
}

impl Reading<'_> {
    /// The bug and its findings; what was left out of it is said.
    pub(in crate::cli) fn read(
        self,
        server: &Server<'_>,
        place: &BugPlace,
        ui: &Ui,
    ) -> Result<(Report, Vec<Finding>), Failure> {
        let cores = self.cores.map(|options| options.resolve(ui)).transpose()?;
        let (report, findings) = self.findings(server, server.bug(&place.name)?, cores.as_ref())?;
        for what in &report.problems {
            ui.note(what);
        }
        if findings.is_empty() {
            let what = format!("there is no stack in bug {}", report.bug.id);
            return Err(Failure::new(what).hint(
                "descriptions, comments and attached texts were looked through; give a stack of your own: fixtrail triage INPUT",
            ));
        }
        Ok((report, findings))
    }

    /// The same without a word, for whoever reads many bugs; a bug without a stack has no findings.
    pub(in crate::cli) fn findings(
        self,
        server: &Server<'_>,
        bug: Bug,
        cores: Option<&DebugFiles>,
    ) -> Result<(Report, Vec<Finding>), ReadError> {
        let options = ReadOptions {
            cores,
            limits: Limits::new(env::temp_dir()),
            largest: LARGEST,
        };
        let mut report = bugzilla::report(server, bug, &options).map_err(ReadError::Bugzilla)?;
        let sources = mem::take(&mut report.sources);
        // A bug that is known from an import is like itself.
        let place: Option<Place> = server.base().as_str().parse().ok();
        let own = place.map(|place| place.key(report.bug.id));
        let skip = |issue: &Issue, post: &Post| {
            own.as_ref() == Some(&issue.key) || (self.asked.skip)(issue, post)
        };
        let asked = Asked {
            skip: &skip,
            ..self.asked
        };
        let found = bugzilla::findings(&report.bug, sources, self.searchers, self.routes, asked);
        Ok((report, found.map_err(ReadError::Index)?))
    }
}
