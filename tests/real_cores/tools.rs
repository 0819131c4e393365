//! Other readers of cores, and their words.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fixtrail::Case;
use fixtrail::evidence::core::{Core, Limits};
use fixtrail::evidence::text;
use fixtrail::stack::{DebugFiles, Variables};
use serde_json::Value;

use crate::support::tools::tool;

/// What we read.
pub(super) fn ours(core: &Path) -> Case {
    read(core, &DebugFiles::default())
}

/// What we read, with files from given places.
pub(super) fn read(core: &Path, debug_files: &DebugFiles) -> Case {
    case(core, debug_files, Variables::Hidden)
}

/// What we read, with the variables of Python frames.
pub(super) fn with_variables(core: &Path) -> Case {
    case(core, &DebugFiles::default(), Variables::Shown)
}

fn case(core: &Path, debug_files: &DebugFiles, variables: Variables) -> Case {
    let core = Core::open(core, &Limits::new(env::temp_dir())).expect("a core");
    Case::from_core(&core, debug_files, variables)
}

/// What gdb prints. Values of arguments are left out: of a damaged stack they may take it for ever.
pub(super) fn gdb(program: &Path, core: &Path) -> Option<Case> {
    gdb_up_to("gdb", usize::MAX, program, core)
}

/// What one of the builds of gdb prints, at most some frames of each thread.
pub(super) fn gdb_up_to(gdb: &str, most: usize, program: &Path, core: &Path) -> Option<Case> {
    let mut command = Command::new(tool(gdb)?);
    command.args(["-nx", "-batch"]);
    for setting in ["auto-load off", "debuginfod enabled off"] {
        command.args(["-iex", &format!("set {setting}")]);
    }
    for setting in [
        "backtrace past-main on",
        "width 0",
        "height 0",
        "print frame-arguments none",
    ] {
        command.args(["-ex", &format!("set {setting}")]);
    }
    if most < usize::MAX {
        command.args(["-ex", &format!("set backtrace limit {most}")]);
    }
    command.args(["-ex", "thread apply all bt"]);
    Some(printed(command.arg(program).arg(core)))
}

/// What eu-stack prints.
pub(super) fn eu_stack(program: &Path, core: &Path) -> Option<Case> {
    let mut command = Command::new(tool("eu-stack")?);
    command.args(["-i", "-s", "-n", "0", "--core"]).arg(core);
    Some(printed(command.arg("-e").arg(program)))
}

/// What pystack prints of native frames.
pub(super) fn pystack(program: &Path, core: &Path) -> Option<Case> {
    let mut command = Command::new(no_package("pystack", "FIXTRAIL_PYSTACK")?);
    command.arg("core").arg(core).arg(program);
    Some(printed(command.arg("--native-all")))
}

/// What pystack prints of Python frames.
pub(super) fn pystack_python(program: &Path, core: &Path) -> Option<Case> {
    let mut command = Command::new(no_package("pystack", "FIXTRAIL_PYSTACK")?);
    Some(printed(command.arg("core").arg(core).arg(program)))
}

/// What py-spy prints.
pub(super) fn py_spy(core: &Path) -> Option<Value> {
    let output = py_spy_dump(core)?;
    let said = String::from_utf8_lossy(&output.stderr);
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}")))
}

/// Whether py-spy takes the process for a Python that never was. Where a program has no symbols it looks for a version in
/// its memory, and takes something else for it now and then (seen: 3.60.119).
pub(super) fn py_spy_misjudges(core: &Path) -> bool {
    py_spy_dump(core).is_some_and(|output| {
        let said = String::from_utf8_lossy(&output.stderr);
        said.contains("Unsupported version of Python")
    })
}

fn py_spy_dump(core: &Path) -> Option<Output> {
    let mut command = Command::new(no_package("py-spy", "FIXTRAIL_PY_SPY")?);
    command.args(["dump", "--json", "--full-filenames", "--core"]);
    Some(command.arg(core).output().expect("a tool"))
}

/// A tool that is no package of distributions: a variable says where it is, else the path has it.
fn no_package(name: &str, variable: &str) -> Option<PathBuf> {
    let path = env::var_os(variable).map(PathBuf::from);
    path.or_else(|| tool(name))
}

/// What `py-bt` prints, the command that each CPython brings for gdb; `None` where this one was installed without.
pub(super) fn py_bt(program: &Path, core: &Path) -> Option<Case> {
    let gdb = tool("gdb")?;
    let script = format!("{}-gdb.py", program.display());
    let of_debian = format!("/usr/share/gdb/auto-load{script}");
    let mut scripts = [script, of_debian].into_iter();
    let Some(script) = scripts.find(|script| Path::new(script).exists()) else {
        #[expect(clippy::print_stderr, reason = "shown by the test runner")]
        {
            eprintln!("skipped: {} has no py-bt", program.display());
        }
        return None;
    };
    let mut command = Command::new(gdb);
    command.args(["-nx", "-batch"]);
    for setting in ["auto-load off", "debuginfod enabled off"] {
        command.args(["-iex", &format!("set {setting}")]);
    }
    command.args(["-ex", "set width 0", "-ex", &format!("source {script}")]);
    command.args(["-ex", "thread apply all py-bt"]);
    Some(printed(command.arg(program).arg(core)))
}

fn printed(command: &mut Command) -> Case {
    let output = command.output().expect("a tool");
    let case = Case::from_text(text::read(&output.stdout));
    let shown = !case.process.threads.is_empty();
    assert!(
        shown,
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    case
}
