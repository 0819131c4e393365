//! A disk that fills up while something is being written: the index that was there answers, and nothing is left behind.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::tools::tool;
use crate::support::{Env, GEN_THROW, HANG, Run, files};

/// Stands before the C library's calls that write files, and lets so many bytes through.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/uio.h>
static atomic_long left = -1;
__attribute__((constructor)) static void begin(void) { left = atol(getenv("DISK_BYTES")); }
static int full(int file, size_t size) {
    return file > 2 && atomic_fetch_sub(&left, (long) size) < (long) size;
}
ssize_t write(int file, const void *data, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    if (full(file, size)) { errno = ENOSPC; return -1; }
    return real(file, data, size);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
    static ssize_t (*real)(int, const struct iovec *, int);
    if (!real) real = dlsym(RTLD_NEXT, "writev");
    size_t size = 0;
    for (int at = 0; at < count; at++) size += parts[at].iov_len;
    if (full(file, size)) { errno = ENOSPC; return -1; }
    return real(file, parts, count);
}
"#;

/// The library of a disk with little room; `None` without a compiler.
fn shim(folder: &Path) -> Option<PathBuf> {
    let compiler = tool("cc")?;
    let (source, library) = (folder.join("disk.c"), folder.join("disk.so"));
    fs::write(&source, SHIM).expect("a file");
    let mut command = Command::new(compiler);
    command.args(["-shared", "-fPIC", "-O1", "-o"]);
    let status = command.args([&library, &source]).status();
    assert!(status.expect("the compiler").success());
    Some(library)
}

fn run(env: &Env, shim: &Path, bytes: u64, args: &[&str]) -> Run {
    let mut command = env.command(args);
    command.env("LD_PRELOAD", shim);
    command.env("DISK_BYTES", bytes.to_string());
    env.output_of(command)
}

/// Runs a job with ever more room until it succeeds; gives how often it failed.
fn until_it_fits(env: &Env, args: &[&str], check: impl Fn(&Run)) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(shim) = shim(folder.path()) else {
        return usize::MAX;
    };
    let (mut bytes, mut failed) = (0, 0);
    loop {
        let run = run(env, &shim, bytes, args);
        check(&run);
        match run.code {
            Some(0) => return failed,
            _ => drop(run.failed_with(&["No space left on device"])),
        }
        failed += 1;
        bytes = bytes * 5 / 4 + 50;
    }
}

fn answers_as_before(env: &Env) {
    env.run(["triage", HANG]).succeeded();
    env.run(["index", "verify"]).succeeded();
    let names = files::names(&env.index());
    assert!(
        names.iter().all(|name| !name.starts_with("building")),
        "{names:?}"
    );
}

#[test]
fn builds() {
    let env = Env::with_clone();
    let clone = env.path_text("cpython");
    let args = ["index", "build", &clone];
    assert!(until_it_fits(&env, &args, |_| answers_as_before(&env)) > 10);
}

#[test]
fn updates() {
    let env = Env::with_clone();
    let repository = git2::Repository::open(env.path("cpython")).expect("the clone");
    let more = "commit main 2021-10-05\n    A new end\nfile README.rst\n+Ends.\n";
    crate::support::history::play(&repository, more);
    let args = ["index", "update"];
    assert!(until_it_fits(&env, &args, |_| answers_as_before(&env)) > 10);
}

#[test]
fn imports_and_exports() {
    let env = Env::with_clone();
    let file = env.path_text("whole.corpus");
    env.run(["index", "export", &file]).succeeded();
    let sound = fs::read(&file).expect("a corpus");
    let import = ["index", "import", &file];
    assert!(until_it_fits(&env, &import, |_| answers_as_before(&env)) > 10);
    let export = ["index", "export", &file];
    let failed = until_it_fits(&env, &export, |run| {
        // A file of that name is the old one until the new one is complete.
        let found = fs::read(&file).expect("a corpus");
        assert!(run.code == Some(0) || found == sound);
        assert!(!env.path("whole.corpus.part").exists());
    });
    assert!(failed > 10);
}

/// Where no index can be kept, the facts answer from memory.
#[test]
fn first_questions() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(shim) = shim(folder.path()) else {
        return;
    };
    for bytes in [0, 100_000, 20_000_000] {
        let env = Env::new();
        let run = run(&env, &shim, bytes, &["triage", GEN_THROW]);
        let run = run.succeeded();
        assert!(run.stdout.contains("bpo-40696"), "{run}");
        assert!(run.stderr.contains("are read anew each time"), "{run}");
        assert!(run.stderr.contains("No space left on device"), "{run}");
        let left = files::names(&env.index());
        assert!(left.iter().all(|name| name == "lock"), "{left:?}");
    }
}

/// A core of a process that runs; it runs on, whatever becomes of the core.
#[test]
fn cores_of_processes() {
    let env = Env::new();
    let mut process = Command::new("sleep")
        .arg("1000")
        .spawn()
        .expect("a program");
    let (pid, core) = (process.id().to_string(), env.path_text("moment.core"));
    let args = ["stack", "--pid", &pid, "--save-core", &core];
    let failed = until_it_fits(&env, &args, |run| {
        let left = files::names(env.path("moment.core").parent().expect("a folder"));
        let cores = left.iter().filter(|name| name.contains("core"));
        assert_eq!(cores.count(), usize::from(run.code == Some(0)), "{left:?}");
        assert!(
            run.code == Some(0) || run.stderr.contains("hint: make room"),
            "{run}"
        );
    });
    drop(process.kill());
    drop(process.wait());
    assert!(failed > 5);
}
