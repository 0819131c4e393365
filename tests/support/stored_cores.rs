//! Folders of cores as systemd-coredump keeps them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Env, Run};

const BOOT: &str = "0123456789abcdef0123456789abcdef";

/// A folder of cores, on a file system with extended attributes where there is one.
pub(crate) struct Cores {
    env: Env,
    folder: TempDir,
    /// Whether cores get their attributes.
    pub(crate) attributes: bool,
}

impl Cores {
    pub(crate) fn new() -> Self {
        let temporary = std::env::temp_dir();
        let places = [
            temporary.as_path(),
            Path::new(env!("CARGO_TARGET_TMPDIR")),
            Path::new("/var/tmp"),
        ];
        let env = Env::new();
        for place in places {
            let folder = tempfile::tempdir_in(place).expect("a folder");
            let probe = xattr::set(folder.path(), "user.coredump.pid", b"1");
            if probe.is_ok() {
                return Self {
                    env,
                    folder,
                    attributes: true,
                };
            }
        }
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "no file system here has extended attributes"
        );
        Self {
            env,
            folder: tempfile::tempdir().expect("a folder"),
            attributes: false,
        }
    }

    /// A folder with a core of each kind.
    pub(crate) fn filled() -> Self {
        let cores = Self::new();
        let core = elf(8192);
        let facts = [
            ("pid", "812"),
            ("uid", "1000"),
            ("gid", "1000"),
            ("signal", "11"),
            ("timestamp", "1600000000000000"),
            ("rlimit", "18446744073709551615"),
            ("hostname", "box"),
            ("comm", "python3.9"),
            ("exe", "/usr/bin/python3.9"),
        ];
        cores.add(
            &name(r"python3\x2e9", 812, 1_600_000_000, ""),
            &core,
            &facts,
        );
        let packed = zstd::encode_all(&core[..], 1).expect("a frame");
        let facts = [
            ("signal", "6"),
            ("timestamp", "1600000300"),
            ("exe", "/opt/app/bin/worker (deleted)"),
        ];
        cores.add(&name("worker", 813, 1_600_000_300, ".zst"), &packed, &facts);
        cores.add(
            &name(r"Web\x20Content", 70, 1_500_000_000, ""),
            &core[..5000],
            &[],
        );
        cores.add(
            &name("empty", 814, 1_600_000_400, ".lz4"),
            b"",
            &[("signal", "64")],
        );
        cores.add("core.1234", &core, &[]);
        cores.add("notes.txt", b"none", &[]);
        cores.add(".#core.half", b"", &[]);
        cores
    }

    /// Writes a core; gives its path.
    pub(crate) fn add(&self, name: &str, bytes: &[u8], facts: &[(&str, &str)]) -> PathBuf {
        let path = self.dir().join(name);
        fs::write(&path, bytes).expect("a core");
        for (fact, value) in facts.iter().filter(|_| self.attributes) {
            let name = format!("user.coredump.{fact}");
            xattr::set(&path, name, value.as_bytes()).expect("an attribute");
        }
        path
    }

    pub(crate) fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// The command on the folder, in UTC, with the script for a journal.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let dir = self.dir().to_string_lossy().into_owned();
        let args = [&["cores", "--dir", &dir], args].concat();
        let bin = self.env.path("bin");
        let path = format!("{}:/usr/bin:/bin", bin.display());
        let mut command = self.env.command(args);
        let output = command.env("TZ", "UTC").env("PATH", path).output();
        let mut run = Run::new(&output.expect("the command"), Path::new("/no/such/folder"));
        for text in [&mut run.stdout, &mut run.stderr] {
            *text = text.replace(&dir, "[CORES]");
        }
        run
    }

    /// The processes of the cores that are listed.
    pub(crate) fn pids(&self, args: &[&str]) -> Vec<u64> {
        let json = self.run(&[args, &["--json"]].concat()).json();
        let cores = json["cores"].as_array().expect("a list").iter();
        cores
            .map(|core| core["pid"].as_u64().expect("a number"))
            .collect()
    }

    /// A `journalctl` that does what a shell script says.
    pub(crate) fn script(&self, content: &str) -> PathBuf {
        fs::create_dir_all(self.env.path("bin")).expect("a folder");
        let path = self.env.path("bin/journalctl");
        // Written by another process: a file that this one has open for writing, which a test beside may inherit, cannot
        // be run.
        let status = Command::new("sh")
            .args([
                "-c",
                r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod +x "$1""#,
                "sh",
            ])
            .arg(&path)
            .arg(content)
            .status();
        assert!(status.expect("a shell").success());
        path
    }
}

/// A name as systemd-coredump makes it.
pub(crate) fn name(comm: &str, pid: u32, seconds: u64, ending: &str) -> String {
    format!("core.{comm}.1000.{BOOT}.{pid}.{seconds}000000{ending}")
}

/// A core with one segment, which ends at 8192.
pub(crate) fn elf(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let mut put = |at: usize, value: u64, size: usize| {
        bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
    };
    put(0, 0x0001_0102_464c_457f, 8);
    put(16, 4, 2); // e_type: ET_CORE
    put(20, 1, 4); // e_version
    put(32, 64, 8); // e_phoff
    put(54, 56, 2); // e_phentsize
    put(56, 1, 2); // e_phnum
    put(64, 1, 4); // p_type: PT_LOAD
    put(72, 4096, 8); // p_offset
    put(96, 4096, 8); // p_filesz
    bytes
}

/// Says that a test had to leave something out.
#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
pub(crate) fn skipped(what: &str) {
    println!("skipped: {what}");
}
