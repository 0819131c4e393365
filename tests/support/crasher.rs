//! A small C program that dies with two more threads, and its core as the kernel or gdb writes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::tools::tool;

/// Functions that call one another, one of them itself; two threads that wait; an abort.
const SOURCE: &str = r#"
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
static volatile int afloat;
static void *watch(void *arg) { (void) arg; for (;;) pause(); return 0; }
__attribute__((noinline)) static int sink(int depth) {
    if (depth == 0 && !afloat) abort();
    return sink(depth - 1) + 1;
}
__attribute__((noinline)) int take_water(const char *name) { return sink(12) + name[0]; }
int main(void) {
    pthread_t first, second;
    pthread_create(&first, 0, watch, 0);
    pthread_create(&second, 0, watch, 0);
    usleep(50000);
    return take_water("bow");
}
"#;

/// The program and its core; nothing where they cannot be made here.
pub(crate) fn crashed() -> Option<&'static (PathBuf, Vec<u8>)> {
    static CRASHED: OnceLock<Option<(PathBuf, Vec<u8>)>> = OnceLock::new();
    CRASHED.get_or_init(crash).as_ref()
}

fn crash() -> Option<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("crasher");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("what the last run left");
    }
    fs::create_dir_all(&folder).expect("a folder");
    let program = compile(&folder, SOURCE, &["-O1", "-pthread"])?;
    let core = by_kernel(&folder, &program).or_else(|| by_gdb(&folder, &program))?;
    Some((program, fs::read(core).expect("a core")))
}

/// Compiles a program with debug information.
pub(crate) fn compile(folder: &Path, source: &str, flags: &[&str]) -> Option<PathBuf> {
    let compiler = tool("cc")?;
    fs::write(folder.join("ship.c"), source).expect("a file");
    let mut command = Command::new(compiler);
    command
        .current_dir(folder)
        .args(["-g", "ship.c", "-o", "ship"]);
    let status = command.args(flags).status().expect("the compiler");
    assert!(status.success(), "{status}");
    Some(folder.join("ship"))
}

/// Where `core_pattern` is a plain name, the kernel writes the core into the folder of the process.
fn by_kernel(folder: &Path, program: &Path) -> Option<PathBuf> {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").ok()?;
    if !pattern.starts_with("core") || pattern.contains('/') {
        return None;
    }
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -c unlimited && exec \"$0\""])
        .arg(program);
    let status = shell.current_dir(folder).stderr(Stdio::null()).status();
    status.expect("a shell");
    let mut entries = fs::read_dir(folder).expect("a folder").flatten();
    let core = entries.find(|entry| entry.file_name().to_string_lossy().starts_with("core"));
    core.map(|entry| entry.path())
}

fn by_gdb(folder: &Path, program: &Path) -> Option<PathBuf> {
    let core = folder.join("core.gdb");
    let mut command = Command::new(tool("gdb")?);
    command.args(["-nx", "-batch", "-ex", "run", "-ex"]);
    command.arg(format!("generate-core-file {}", core.display()));
    let output = command.arg(program).output().expect("gdb");
    // A debugger may not be allowed to trace here.
    assert!(output.status.success(), "{output:?}");
    core.exists().then_some(core)
}
