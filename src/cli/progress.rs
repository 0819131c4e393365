//! How far a build is: a bar on a terminal, plain lines elsewhere.

use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::sync::Mutex;
use std::time::Instant;

use fixtrail_index::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

use super::ui::Ui;

/// Shows the phases of a build.
pub(super) struct BuildProgress<'u> {
    ui: &'u Ui,
    phase: Mutex<Option<Phase>>,
}

struct Phase {
    name: &'static str,
    started: Instant,
    bar: ProgressBar,
}

impl<'u> BuildProgress<'u> {
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

impl Progress for BuildProgress<'_> {
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
