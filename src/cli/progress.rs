//! How far a build, an evaluation or a download is: a bar on a terminal, plain lines elsewhere.

use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use fixtrail_index::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

use super::ui::Ui;
use crate::download;
use crate::issues::github;
use crate::report::{ScanLine, ScanStatus};
use crate::stack::debuginfod::{self, Observer};

/// Shows the phases of a build or an evaluation.
pub(super) struct PhaseProgress<'u> {
    ui: &'u Ui,
    phase: Mutex<Option<Phase>>,
}

struct Phase {
    name: &'static str,
    started: Instant,
    bar: ProgressBar,
}

impl<'u> PhaseProgress<'u> {
    pub(super) fn new(ui: &'u Ui) -> Self {
        Self {
            ui,
            phase: Mutex::new(None),
        }
    }

    /// Ends the last phase.
    pub(super) fn finish(&self) {
        self.replace(None);
    }

    fn replace(&self, next: Option<Phase>) {
        let Ok(mut phase) = self.phase.lock() else {
            return;
        };
        if let Some(done) = std::mem::replace(&mut *phase, next) {
            done.bar.finish_and_clear();
            let seconds = done.started.elapsed().as_secs_f32();
            let count = match done.bar.position() {
                0 => String::new(),
                count => format!(" {}", HumanCount(count)),
            };
            self.ui
                .status(&format!("{}:{count} in {seconds:.1} s", done.name));
        }
    }

    fn bar(&self, total: Option<u64>) -> ProgressBar {
        if self.ui.is_quiet() || !stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let (bar, template) = match total {
            Some(total) => {
                let template = "{msg:22} {wide_bar} {human_pos}/{human_len}  {rate}  {eta} left";
                (ProgressBar::new(total), template)
            }
            None => (
                ProgressBar::no_length(),
                "{msg:22} {spinner} {human_pos}  {rate}  {elapsed}",
            ),
        };
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.with_style(style.with_key("rate", rate))
    }
}

/// Steps a second, whole: indicatif's own key has four decimals.
fn rate(state: &ProgressState, into: &mut dyn Write) {
    // A bar that cannot be drawn is no failure.
    let _ = write!(into, "{:.0}/s", state.per_sec());
}

impl Progress for PhaseProgress<'_> {
    fn phase(&self, name: &'static str, total: Option<u64>) {
        let bar = self.bar(total).with_message(name);
        self.replace(Some(Phase {
            name,
            started: Instant::now(),
            bar,
        }));
    }

    fn advance(&self, steps: u64) {
        if let Ok(phase) = self.phase.lock()
            && let Some(phase) = &*phase
        {
            phase.bar.inc(steps);
        }
    }
}

/// Shows files that come from servers.
#[derive(Debug)]
pub(super) struct DownloadProgress {
    ui: Ui,
    bar: Mutex<Option<(String, ProgressBar)>>,
}

impl DownloadProgress {
    pub(super) fn new(ui: &Ui) -> Self {
        Self {
            ui: ui.clone(),
            bar: Mutex::new(None),
        }
    }

    fn bar(&self, url: &str, total: Option<u64>) -> ProgressBar {
        self.ui.status(&format!("fetching {url}"));
        if self.ui.is_quiet() || !stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let template = "{wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
        bar.with_style(style)
    }

    fn received(&self, url: &str, done: u64, total: Option<u64>) {
        let Ok(mut current) = self.bar.lock() else {
            return;
        };
        if current.as_ref().is_none_or(|(known, _)| known != url) {
            *current = Some((url.to_owned(), self.bar(url, total)));
        }
        if let Some((_, bar)) = &*current {
            bar.set_position(done);
            if total == Some(done) {
                bar.finish_and_clear();
            }
        }
    }

    /// Shows how a download goes.
    pub(super) fn download(&self, url: &str, event: download::Progress<'_>) {
        match event {
            download::Progress::Received { done, total } => self.received(url, done, total),
            download::Progress::Waiting { failure, pause } => {
                let seconds = pause.as_secs_f32();
                self.ui
                    .note(&format!("{failure}; asking again in {seconds:.0} s"));
            }
        }
    }
}

impl Observer for DownloadProgress {
    fn progress(&self, url: &str, done: u64, total: Option<u64>) {
        self.received(url, done, total);
    }

    fn problem(&self, problem: &debuginfod::Problem) {
        self.ui.note(&problem.to_string());
    }
}

/// A bar for what nobody knows the end of; it is shown on a terminal alone.
fn counter(ui: &Ui, template: &str) -> ProgressBar {
    let hidden = ui.is_quiet() || !stderr().is_terminal();
    let bar = if hidden {
        ProgressBar::hidden()
    } else {
        ProgressBar::no_length()
    };
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.with_key("rate", rate))
}

/// Shows how issues come from a server.
#[derive(Debug)]
pub(super) struct FetchProgress {
    ui: Ui,
    bar: ProgressBar,
}

impl FetchProgress {
    pub(super) fn new(ui: &Ui) -> Self {
        let template = "fetching {msg:14} {spinner} {human_pos} records  {rate}  {elapsed}";
        Self {
            ui: ui.clone(),
            bar: counter(ui, template),
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Shows what a fetch says.
    pub(super) fn show(&self, event: github::Progress<'_>) {
        match event {
            github::Progress::Came { what, records } => {
                self.bar.set_message(what);
                self.bar.inc(records);
            }
            github::Progress::Waiting { problem, pause } => {
                let seconds = pause.as_secs_f32();
                self.say(&format!("{problem}; asking again in {seconds:.0} s"));
            }
            github::Progress::Limited { until, pause } => {
                let minutes = pause.as_secs().div_ceil(60);
                let at = until.strftime("%H:%M:%S UTC");
                self.say(&format!(
                    "GitHub's limit of requests is reached: going on at {at}, in {minutes} min"
                ));
            }
        }
    }

    /// A line above the bar.
    fn say(&self, text: &str) {
        self.bar.suspend(|| self.ui.note(text));
    }
}

/// Shows how many bugs a scan has looked at.
#[derive(Debug)]
pub(super) struct ScanProgress {
    bar: ProgressBar,
    found: AtomicU64,
}

impl ScanProgress {
    pub(super) fn new(ui: &Ui) -> Self {
        Self {
            bar: counter(ui, "{spinner} {human_pos} bugs, {msg}  {elapsed}"),
            found: AtomicU64::new(0),
        }
    }

    /// Counts a bug.
    pub(super) fn came(&self, line: &ScanLine) {
        let fixed = u64::from(line.status == ScanStatus::Fixed);
        let found = self.found.fetch_add(fixed, Ordering::Relaxed) + fixed;
        self.bar.set_message(format!("{found} with a fix"));
        self.bar.inc(1);
    }

    /// Prints without the bar in between.
    pub(super) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
