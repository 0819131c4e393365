//! `bugzilla scan`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use clap::{Args, ValueEnum};
use fixtrail_index::{Searcher, Version};

use crate::Asked;
use crate::bugzilla::{
    self, Bug, BugQuery, BugzillaError, Draft, Finding, Posted, Progress, ScanOptions, Server,
    Shown, publishable,
};
use crate::cli::bugzilla::{BugLock, BugzillaOptions, Journal, ReadError, Reading, say};
use crate::cli::failure::{Failure, one_line};
use crate::cli::progress::ScanProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, indexes};
use crate::ranking::Confidence;
use crate::report::{self, CommentOptions, ScanLine, ScanStatus};

/// Triage all bugs that a query finds
///
/// Prints a table, or with --json a line of JSON for each bug as it comes. Interrupted, the same command goes on, and asks
/// anew only for bugs that were changed since. Nothing is posted without --yes and --limit. Exit status: 0 a fix was found
/// for one of them, 1 for none, 2 failed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Scan {
    /// Fields and values as in addresses of Bugzilla, 'component=python3.9&status=NEW', or the address of a list of bugs
    #[arg(long, value_name = "QUERY")]
    query: BugQuery,
    /// Look at so many bugs at most
    #[arg(long, value_name = "N", default_value_t = 1000)]
    bugs: usize,
    /// Look at so many bugs at the same time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = jobs)]
    jobs: usize,
    /// Leave the server so many seconds between requests
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = pause)]
    pause: Duration,
    /// Forget what an earlier scan with this query found
    #[arg(long)]
    anew: bool,
    /// Post the comment of `bugzilla comment` on bugs whose fix is found
    #[arg(long, requires = "limit")]
    yes: bool,
    /// With --yes, post on so many bugs at most
    #[arg(long, value_name = "N", requires = "yes")]
    limit: Option<usize>,
    /// With --yes, post fixes that are at least so sure
    #[arg(long, value_name = "CONFIDENCE", default_value = "likely")]
    confidence: Least,
    /// Version of the processes, such as 3.9.0b1, instead of what the bugs show
    #[arg(long, value_name = "X.Y.Z")]
    python: Option<Version>,
    #[command(flatten)]
    bugzilla: BugzillaOptions,
}

/// How sure a fix must be to be posted unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Least {
    Likely,
    Possible,
}

/// A server of volunteers is asked by as many at most.
const MOST_JOBS: usize = 8;

fn jobs(text: &str) -> Result<usize, String> {
    let jobs = text
        .parse()
        .ok()
        .filter(|jobs| (1..=MOST_JOBS).contains(jobs));
    jobs.ok_or_else(|| format!("from 1 to {MOST_JOBS}"))
}

fn pause(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| (0.0..=3600.0).contains(seconds));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "from 0 to 3600".to_owned())
}

/// How many fixes are looked at.
const TOP: usize = 5;

pub(super) fn scan(args: &Scan, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let mut chosen = args.bugzilla.choose(None, args.yes, ui)?;
    chosen.settings.gap = args.pause;
    let progress = ScanProgress::new(ui);
    let observer = |event: Progress<'_>| progress.suspend(|| say(ui, &event));
    let server = chosen.server(&observer)?;
    if args.yes {
        server.log_in()?;
    }
    let searchers = indexes::all(global, ui)?;
    let routes = indexes::routes(global)?;
    // With a key more of a bug may be seen.
    let keyed = chosen.settings.key.is_some();
    let key = format!(
        "{} {} {:?} {keyed}",
        chosen.settings.base, args.query, args.python
    );
    let journal = Mutex::new(Journal::open(&key, basis(&searchers), args.anew)?);
    let worker = Worker {
        args,
        server: &server,
        reading: Reading {
            searchers: &searchers,
            routes: &routes,
            asked: Asked::new(args.python.as_ref(), TOP),
            cores: None,
        },
        journal: &journal,
        left: AtomicUsize::new(args.limit.unwrap_or(0)),
        ui,
    };
    let mut lines = Vec::new();
    let result = worker.scan(&progress, global.json, &mut lines);
    progress.finish();
    chosen.remember(&server);
    lines.sort_by_key(|line| line.bug);
    if !global.json {
        ui.answer(&report::scan_text(&lines))?;
    }
    result.map_err(|failure| {
        failure.hint("give the same command again: it goes on from what is here")
    })?;
    Ok(exit_code(&lines, ui))
}

fn exit_code(lines: &[ScanLine], ui: &Ui) -> u8 {
    let count = |status| lines.iter().filter(|line| line.status == status).count();
    let failed = count(ScanStatus::Failed);
    if failed > 0 {
        ui.note(&format!(
            "{failed} bugs could not be read; the same command tries them again"
        ));
    }
    if count(ScanStatus::Fixed) > 0 {
        exit::FOUND
    } else {
        exit::NOTHING
    }
}

/// Answers of other indexes are others.
fn basis(searchers: &[Searcher]) -> String {
    let heads = searchers.iter().map(|searcher| {
        let manifest = searcher.manifest();
        format!(
            "{} {:?} {}",
            manifest.upstream, manifest.head, manifest.counts.fixes
        )
    });
    heads.collect::<Vec<_>>().join(", ") + " " + env!("CARGO_PKG_VERSION")
}

fn lock_of(journal: &Mutex<Journal>) -> std::sync::MutexGuard<'_, Journal> {
    journal
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What is done with each bug.
struct Worker<'a> {
    args: &'a Scan,
    server: &'a Server<'a>,
    reading: Reading<'a>,
    journal: &'a Mutex<Journal>,
    /// So many comments may still be posted.
    left: AtomicUsize,
    ui: &'a Ui,
}

impl Worker<'_> {
    /// Looks at every bug; the lines are kept, and printed as they come if they are to be JSON.
    fn scan(
        &self,
        progress: &ScanProgress,
        json: bool,
        lines: &mut Vec<ScanLine>,
    ) -> Result<(), Failure> {
        let options = ScanOptions {
            most: self.args.bugs,
            jobs: self.args.jobs,
        };
        let work = |bug: &Bug| self.line(bug);
        bugzilla::scan(self.server, &self.args.query, options, work, |bug, line| {
            let line = line.unwrap_or_else(|error| {
                ScanLine::failed(&bug, &self.server.bug_page(bug.id), one_line(&error))
            });
            if line.status != ScanStatus::Failed {
                lock_of(self.journal).keep(&line)?;
            }
            progress.came(&line);
            if json {
                progress.suspend(|| self.ui.json_line(&report::scan_json(&line)))?;
            }
            lines.push(line);
            Ok(())
        })
    }

    fn line(&self, bug: &Bug) -> Result<ScanLine, BugzillaError> {
        let known = lock_of(self.journal)
            .known(bug.id, &bug.last_change_time)
            .cloned();
        if let Some(line) = known.filter(|line| !self.may_post(line)) {
            return Ok(line);
        }
        let page = self.server.bug_page(bug.id);
        let read = self.reading.findings(self.server, bug.clone(), None);
        let (report, findings) = match read {
            Ok(read) => read,
            Err(ReadError::Bugzilla(error)) => return Err(error),
            Err(ReadError::Index(error)) => {
                return Ok(ScanLine::failed(bug, &page, one_line(&error)));
            }
        };
        let line = ScanLine::found(&report.bug, &page, &findings);
        if self.may_post(&line) {
            return self.post(&report.bug, &findings, line);
        }
        Ok(line)
    }

    /// Whether a comment is to be posted that was not yet.
    fn may_post(&self, line: &ScanLine) -> bool {
        // Weak fixes have no line.
        let any = self.args.confidence == Least::Possible;
        let likely = Confidence::Likely.to_string();
        let sure = line
            .fix
            .as_ref()
            .is_some_and(|fix| any || fix.confidence == likely);
        self.args.yes && sure && line.posted.is_none() && self.left.load(Ordering::Relaxed) > 0
    }

    fn post(
        &self,
        bug: &Bug,
        findings: &[Finding],
        line: ScanLine,
    ) -> Result<ScanLine, BugzillaError> {
        let (findings, _) = publishable(findings, Shown::default());
        // What everybody sees of it may be less.
        if !self.may_post(&ScanLine::found(bug, &line.url, &findings)) {
            return Ok(line);
        }
        let Some(comment) = report::comment(bug, &findings, CommentOptions::default()) else {
            return Ok(line);
        };
        let take = |left: usize| left.checked_sub(1);
        if self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_err()
        {
            return Ok(line);
        }
        let posted = match self.locked(bug.id, &comment.draft) {
            Ok(posted) => posted?,
            Err(failure) => {
                return Ok(ScanLine {
                    problem: Some(failure.line()),
                    ..line
                });
            }
        };
        if !posted.is_new() {
            self.left.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.with_posted(Some(&posted)))
    }

    /// Posts while no other call of this machine does; the outer error is of this machine.
    fn locked(&self, bug: u64, draft: &Draft) -> Result<Result<Posted, BugzillaError>, Failure> {
        let lock = BugLock::take(self.server.base(), bug, self.ui)?;
        lock.begin()?;
        let posted = self.server.post(bug, draft, lock.cut_off());
        if posted.is_ok() {
            lock.end()?;
        }
        Ok(posted)
    }
}
