//! Reading INPUT: a core, a text, or standard input with either, bounded, and a clear word for what is neither.

use std::env;
use std::fs::File;
use std::io::{self, Read, stdin};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::debug_files::DebugFileOptions;
use super::failure::Failure;
use super::ui::Ui;
use crate::bugzilla::BugPlace;
use crate::case::Case;
use crate::evidence::core::storage::{self, Journal, Match};
use crate::evidence::core::{Core, Limits, Opened, open};
#[cfg(target_os = "linux")]
use crate::evidence::live::{Live, Saved};
use crate::evidence::{self, Content, Evidence, Problem, content};
use crate::stack::Variables;

/// What a command looks at.
#[derive(Debug, clap::Args)]
pub(super) struct InputOptions {
    /// A core file, plain or compressed, or a text with a stack: a report, a log, the output of coredumpctl or gdb; -
    /// for standard input; of `triage`, also bz:NUMBER or the address of a bug
    #[arg(required_unless_present_any = ["coredump", "pid"])]
    input: Option<PathBuf>,
    /// In place of INPUT a process that runs: it stands still for a moment, and runs on
    #[arg(long, value_name = "N", conflicts_with_all = ["input", "coredump"])]
    pid: Option<u32>,
    /// Look at the process of --pid again and again for so long, to tell what gets on from what does not [default: 0.3, of
    /// `stack` 0]
    #[arg(long, value_name = "SECONDS", requires = "pid", value_parser = seconds)]
    sample: Option<Duration>,
    /// Read the process as it runs, never stopping it: threads that ran meanwhile are marked, their frames may be of more
    /// than one moment
    #[arg(long, requires = "pid", conflicts_with = "save_core")]
    no_stop: bool,
    /// Write the moment that is looked at to this file, as an ELF core for a bug report: the process stands still until
    /// all of its memory is copied
    #[arg(long, value_name = "FILE", requires = "pid")]
    save_core: Option<PathBuf>,
    /// In place of INPUT the newest core that systemd-coredump keeps of a process number, executable path, unit or
    /// process name
    #[arg(
        long,
        value_name = "MATCH",
        conflicts_with = "input",
        help_heading = "Cores"
    )]
    coredump: Option<Match>,
    #[command(flatten)]
    debug_files: DebugFileOptions,
}

impl InputOptions {
    /// The bug of a Bugzilla that INPUT names, by `bz:` or an address; `None` where it names a file.
    pub(super) fn bug(&self) -> Result<Option<BugPlace>, Failure> {
        let input = self.input.as_deref().filter(|path| !path.exists());
        let named = input.and_then(Path::to_str).and_then(BugPlace::of_input);
        named.transpose().map_err(Failure::new)
    }

    /// Where the files of a core are looked for.
    pub(super) fn debug_files(&self) -> &DebugFileOptions {
        &self.debug_files
    }
}

/// How long a process is looked at by those who want to know what it does: long enough for ten looks.
pub(super) const SHORT: Duration = Duration::from_millis(300);

/// The longest that a process is looked at: a day.
const LONGEST_SAMPLE: f64 = 86_400.0;

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    if (0.0..=LONGEST_SAMPLE).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("from 0 to {LONGEST_SAMPLE}"))
    }
}

/// Reads what the options name; of a core with the variables of its Python frames, if asked for. A process is looked at for
/// `sample` unless the user says otherwise.
pub(super) fn read(
    options: &InputOptions,
    variables: Variables,
    sample: Duration,
    ui: &Ui,
) -> Result<Case, Failure> {
    if let Some(pid) = options.pid {
        let sample = options.sample.unwrap_or(sample);
        return of_process(pid, options, variables, sample, ui);
    }
    let stored = options.coredump.as_ref().map(|wanted| {
        let dir = Path::new(storage::DEFAULT_DIR);
        storage::newest(dir, wanted, &Journal::default())
    });
    if let Some(place) = options.bug()? {
        let what = format!("bug {} is a bug, not a report or core", place.name.as_str());
        let hint = "the stacks of bugs are read by `fixtrail triage` and `fixtrail bugzilla`";
        return Err(Failure::new(what).hint(hint));
    }
    let path = match stored.transpose()? {
        Some(core) => core.path,
        None => options.input.clone().unwrap_or_default(),
    };
    read_at(path, &options.debug_files, variables, ui)
}

#[cfg(target_os = "linux")]
fn of_process(
    pid: u32,
    options: &InputOptions,
    variables: Variables,
    sample: Duration,
    ui: &Ui,
) -> Result<Case, Failure> {
    let live = if options.no_stop {
        Live::open_running(pid)?
    } else {
        Live::open(pid)?
    };
    if let Some(path) = &options.save_core {
        live.save_core_at(path)?;
    }
    let mut debug_files = options.debug_files.resolve(ui)?;
    // A container's files are where its process sees them.
    debug_files.sysroot = debug_files.sysroot.or_else(|| live.root());
    let case = Case::from_live(&live, &debug_files, variables, sample)?;
    if let Some((path, saved)) = options.save_core.as_ref().zip(live.keep_core()?) {
        say_saved(path, saved, &live, ui);
    }
    Ok(case)
}

#[cfg(target_os = "linux")]
fn say_saved(path: &Path, saved: Saved, live: &Live, ui: &Ui) {
    let pause = live.pauses().last().map_or(0, Duration::as_millis);
    ui.status(&format!(
        "saved {}, {} MiB with its holes; the process stood still for {pause} ms",
        path.display(),
        saved.len.div_ceil(1 << 20)
    ));
    if saved.unreadable > 0 {
        ui.note(&format!(
            "{} pages of it could not be read",
            saved.unreadable
        ));
    }
}

#[cfg(not(target_os = "linux"))]
fn of_process(
    _pid: u32,
    _options: &InputOptions,
    _variables: Variables,
    _sample: Duration,
    _ui: &Ui,
) -> Result<Case, Failure> {
    Err(Failure::new("processes that run are read on Linux alone").hint(MAKE_ONE))
}

/// Reads one file; of a core with the variables of its Python frames, if asked for.
pub(super) fn read_at(
    path: PathBuf,
    debug_files: &DebugFileOptions,
    variables: Variables,
    ui: &Ui,
) -> Result<Case, Failure> {
    let limits = Limits::new(env::temp_dir());
    let (path, opened) = if path.as_os_str() == "-" {
        (
            PathBuf::from("standard input"),
            spilled(&path, stdin().lock(), &limits)?,
        )
    } else if path.is_dir() {
        return Err(folder(&path));
    } else if path
        .metadata()
        .is_ok_and(|metadata| !metadata.is_file() || metadata.len() == 0)
    {
        // A pipe (`<(zcat core.gz)`) cannot be looked at twice, and files of the system have no length.
        let file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        let opened = spilled(&path, file, &limits)?;
        (path, opened)
    } else {
        let opened = open(&path, &limits)?;
        (path, opened)
    };
    match content(&opened.file).map_err(|error| unreadable(&path, &error))? {
        Content::Core => {
            let core = Core::read(&path, opened)?;
            let debug_files = debug_files.resolve(ui)?;
            Ok(Case::from_core(&core, &debug_files, variables))
        }
        Content::Text => text_of(&path, opened).map(Case::from_text),
        Content::Other => {
            let path = path.display();
            let what = format!("{path} is neither a core nor the text of a stack");
            Err(Failure::new(what).hint(MAKE_ONE))
        }
    }
}

/// What cannot be looked at twice, put into a file without a name; the containers know how to go on from there.
fn spilled(path: &Path, mut from: impl Read, limits: &Limits) -> Result<Opened, Failure> {
    let failed = |error| unreadable(path, &error);
    let mut kept = tempfile::NamedTempFile::new_in(&limits.dir).map_err(failed)?;
    io::copy(&mut from.by_ref().take(limits.max_written), &mut kept).map_err(failed)?;
    if kept.as_file().metadata().map_err(failed)?.len() == 0 {
        return Err(nothing_found(path));
    }
    Ok(open(kept.path(), limits)?)
}

fn text_of(path: &Path, opened: Opened) -> Result<Evidence, Failure> {
    let evidence = evidence::text_of(opened).map_err(|error| unreadable(path, &error))?;
    if evidence.stacks.is_empty() && !evidence.facts.has_failure() {
        let failure = nothing_found(path);
        return Err(lines(&evidence.problems).fold(failure, Failure::hint));
    }
    Ok(evidence)
}

fn folder(path: &Path) -> Failure {
    Failure::new(format!(
        "{} is a folder, not a report or core",
        path.display()
    ))
    .hint("give one file, or a text on standard input: coredumpctl info | fixtrail triage -")
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{} cannot be read: {error}", path.display()))
}

/// How a user comes to an input.
const MAKE_ONE: &str = "make one: coredumpctl info PID, gdb -p PID -batch -ex 'thread apply all bt', or py-spy dump --native -p PID";

fn nothing_found(path: &Path) -> Failure {
    let what = "stacks of gdb, coredumpctl, eu-stack, lldb, sanitizers, valgrind, faulthandler, py-bt, pystack and \
                py-spy, Python tracebacks, and assertion or fatal error lines were looked for";
    Failure::new(format!("there is no stack in {}: {what}", path.display())).hint(MAKE_ONE)
}

/// Says what of the input could not be read.
pub(super) fn notes(case: &Case, ui: &Ui) {
    lines(&case.problems).for_each(|line| ui.note(&line));
}

fn lines(problems: &[Problem]) -> impl Iterator<Item = String> {
    problems.iter().map(|problem| match problem.line {
        Some(line) => format!("line {line}: {}", problem.what),
        None => problem.what.clone(),
    })
}
