//! Cores of programs that a test starts.
//!
//! The kernel's own where it writes them beside the program; where it hands them to a service (systemd-coredump,
//! apport), gdb's, made at the signal that would have ended the program.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::tools::tool;

/// Runs a program in a folder until a signal ends it; gives its core. `None` where a tool is missing.
pub(crate) fn of_crash(folder: &Path, program: &Path, args: &[&str]) -> Option<PathBuf> {
    if !is_written_beside() {
        return by_gdb(folder, program, args);
    }
    let before = all(folder);
    // A limit of its own, so that the tests need none.
    let status = Command::new("sh")
        .args(["-c", "ulimit -c unlimited && exec \"$@\"", "sh"])
        .arg(program)
        .args(args)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let status = status.expect("a shell");
    assert!(status.code().is_none(), "{status}: no signal ended it");
    let core = all(folder).into_iter().find(|path| !before.contains(path));
    Some(core.expect("a core; is the hard limit of its size 0?"))
}

/// Runs a program until it prints a line, and has gcore write its core while it goes on.
pub(crate) fn of_hang(folder: &Path, program: &Path, args: &[&str]) -> Option<PathBuf> {
    let gcore = tool("gcore")?;
    let mut command = Command::new(program);
    command.args(args).current_dir(folder);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("a program");
    let mut line = String::new();
    let output = child.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut line).expect("a line");
    let output = Command::new(gcore)
        .arg("-o")
        .arg(folder.join("hang"))
        .arg(child.id().to_string())
        .output();
    let path = folder.join(format!("hang.{}", child.id()));
    child.kill().expect("a running program");
    child.wait().expect("its end");
    assert!(path.exists(), "{output:?}");
    Some(path)
}

/// Whether the kernel puts a core into the folder of the process.
fn is_written_beside() -> bool {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    !pattern.trim().is_empty() && !pattern.contains(['|', '/'])
}

fn by_gdb(folder: &Path, program: &Path, args: &[&str]) -> Option<PathBuf> {
    let path = folder.join("core");
    let output = Command::new(tool("gdb")?)
        .args(["-nx", "-batch", "-iex", "set debuginfod enabled off"])
        .args(["-ex", "handle SIGUSR1 SIGILL nostop noprint pass"])
        .args(["-ex", "run"])
        .args(["-ex", &format!("generate-core-file {}", path.display())])
        .arg("--args")
        .arg(program)
        .args(args)
        .current_dir(folder)
        .output();
    assert!(path.exists(), "{output:?}");
    Some(path)
}

/// The cores of a folder.
fn all(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.is_file() && is_core(path))
        .collect()
}

fn is_core(path: &Path) -> bool {
    use std::os::unix::fs::FileExt as _;
    const ET_CORE: u8 = 4;
    let mut head = [0; 18];
    let file = fs::File::open(path).expect("a file");
    file.read_exact_at(&mut head, 0).is_ok() && head.starts_with(b"\x7fELF") && head[16] == ET_CORE
}
