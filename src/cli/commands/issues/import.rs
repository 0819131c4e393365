//! `issues import`.

use std::fs::File;
use std::io::{self, BufReader, Read, stdin};
use std::path::{Path, PathBuf};

use clap::Args;
use fixtrail_index::issues::IssueWriter;
use fixtrail_index::{CPYTHON, Progress};

use crate::cli::failure::Failure;
use crate::cli::progress::PhaseProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit};
use crate::issues::{self, ImportError, Imported, Place};
use crate::report;

/// Take in issues, pull requests, comments and events that a tracker exported
///
/// JSON of GitHub's REST and GraphQL APIs, of `gh api --paginate` and `gh issue list --json`, of Bugzilla's REST API, JSON
/// Lines of any of these, XML of Bugzilla's show_bug.cgi, plain or packed with gzip or zstd. The newest version of each stays,
/// in whatever order they come; the same file twice changes nothing.
#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    /// The files; - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Where records are from that do not say it themselves: github:OWNER/NAME, or a Bugzilla's address
    #[arg(long, value_name = "TRACKER")]
    tracker: Option<Place>,
    /// The upstream whose fixes they lead to
    #[arg(long, value_name = "NAME", default_value = CPYTHON)]
    upstream: String,
}

pub(super) fn import(args: &Import, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let mut writer = super::store(&args.upstream, global)?.writer()?;
    let progress = PhaseProgress::new(ui);
    let mut all = Imported::default();
    for path in &args.files {
        let imported = file(path, args.tracker.as_ref(), &mut writer, &progress)?;
        progress.finish();
        for why in &imported.reasons {
            ui.note(&format!("{}: skipped {why}", path.display()));
        }
        all.add(&imported);
    }
    writer.finish()?;
    if all.records == 0 {
        let failure = Failure::new("there is no issue in the input");
        return Err(failure.hint("export some: gh issue list --state all --json number,title,body,comments,state,url,createdAt,updatedAt"));
    }
    if global.json {
        ui.json(&report::imported_json(&all))?;
    } else {
        ui.answer(&report::imported_text(&all))?;
    }
    Ok(exit::FOUND)
}

fn file(
    path: &Path,
    tracker: Option<&Place>,
    writer: &mut IssueWriter,
    progress: &PhaseProgress<'_>,
) -> Result<Imported, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(format!("{} cannot be read: {error}", path.display()))
    };
    let (from, size): (Box<dyn Read>, _) = if path.as_os_str() == "-" {
        (Box::new(stdin()), None)
    } else {
        let file = File::open(path).map_err(|error| failed(&error))?;
        let size = file.metadata().ok().map(|metadata| metadata.len());
        (Box::new(file), size)
    };
    progress.phase("bytes read", size);
    let counted = BufReader::with_capacity(1 << 20, Counted { from, progress });
    let mut import = issues::Import::new(writer);
    let unpacked = issues::unpacked(counted).map_err(|error| failed(&error))?;
    let read = import.file(unpacked, tracker);
    // What came before a file broke off is as good as if it had ended there.
    let imported = import.finish()?;
    writer.commit(None)?;
    match read {
        Ok(()) => Ok(imported),
        Err(ImportError::Index(error)) => Err(error.into()),
        Err(ImportError::Read(error)) => {
            Err(failed(&error).hint(format!("{} records of it were taken in", imported.records)))
        }
    }
}

/// Counts what is read of a file, packed as it is.
struct Counted<'p, R> {
    from: R,
    progress: &'p PhaseProgress<'p>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.progress.advance(read as u64);
        Ok(read)
    }
}
