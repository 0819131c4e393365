//! `fixtrail cores` on folders made here, and what stands behind it.

use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fixtrail::evidence::core::storage::{self, Journal, Match, StorageError, StoredCore};

use crate::support::stored_cores::{Cores, elf, name, skipped};
use crate::support::{Env, Run};

fn truncated(cores: &Cores, ending: &str, bytes: &[u8]) -> Option<bool> {
    cores.add(&name("a", 1, 1_600_000_000, ending), bytes, &[]);
    let listing = storage::list(cores.dir()).expect("a listing");
    let core: &StoredCore = listing.cores.last().expect("a core");
    let truncated = core.truncated;
    fs::remove_file(&core.path).expect("the core");
    truncated
}

#[test]
fn table_and_json() {
    let cores = Cores::filled();
    if !cores.attributes {
        return skipped("no extended attributes");
    }
    cores.run(&[]).succeeded().snapshot("cores");
    cores.run(&["--json"]).succeeded().snapshot("cores-json");
}

/// Copies lose their attributes.
#[test]
fn names_alone() {
    let mut cores = Cores::new();
    cores.attributes = false;
    cores.add(
        &name(r"python3\x2e9", 812, 1_600_000_000, ".xz"),
        b"\xfd7zXZ\0",
        &[],
    );
    let core = cores.run(&["--json"]).succeeded().json()["cores"][0].clone();
    assert_eq!(core["name"], "python3.9");
    assert_eq!((&core["pid"], &core["uid"]), (&812.into(), &1000.into()));
    assert_eq!(core["time_us"], 1_600_000_000_000_000_u64);
    assert_eq!(core["compression"], "xz");
    for unknown in ["signal", "executable", "hostname", "gid", "truncated"] {
        assert!(core[unknown].is_null(), "{unknown}: {core}");
    }
}

#[test]
fn whether_a_core_is_cut_short() {
    let cores = Cores::new();
    let whole = elf(8192);
    let sized = |bytes: &[u8]| zstd::bulk::compress(bytes, 1).expect("a frame");
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    encoder.write_all(&whole[..4096]).expect("memory");
    encoder.flush().expect("memory");
    encoder.write_all(&whole[4096..]).expect("memory");
    let streamed = encoder.finish().expect("a frame");
    for (what, ending, bytes, expected) in [
        ("whole", "", whole.clone(), Some(false)),
        ("cut", "", elf(8191), Some(true)),
        ("headers cut", "", elf(8192)[..100].to_vec(), Some(true)),
        ("header cut", "", elf(8192)[..20].to_vec(), Some(true)),
        ("no ELF", "", b"something else".to_vec(), None),
        ("packed whole", ".zst", sized(&whole), Some(false)),
        ("packed cut", ".zst", sized(&elf(5000)), Some(true)),
        (
            "cut when packed",
            ".zst",
            sized(&whole)[..12].to_vec(),
            Some(true),
        ),
        ("length not stated", ".zst", streamed, None),
    ] {
        assert_eq!(truncated(&cores, ending, &bytes), expected, "{what}");
    }
    // The count of segments is in a section header at the very end.
    let mut many = elf(8192);
    many[56..58].copy_from_slice(&[0xff, 0xff]);
    many[40..48].copy_from_slice(&8128_u64.to_le_bytes());
    assert_eq!(truncated(&cores, "", &many), None);
    assert_eq!(truncated(&cores, "", &many[..8000]), Some(true));
}

#[test]
fn matches() {
    let cores = Cores::filled();
    assert_eq!(cores.pids(&[]), [70, 812, 813, 814]);
    assert_eq!(cores.pids(&["-n", "2"]), [813, 814]);
    assert_eq!(cores.pids(&["python3.9"]), [812]);
    assert_eq!(cores.pids(&["814", "Web Content"]), [70, 814]);
    if cores.attributes {
        assert_eq!(cores.pids(&["/usr/bin/python3.9"]), [812]);
        assert_eq!(cores.pids(&["/opt/app/bin/../bin/worker"]), [0; 0]);
        assert_eq!(cores.pids(&["/opt/app/bin/worker"]), [813]);
    }
    let none = cores.run(&["python4"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(1), ""), "{none}");
    let words = "no core of a process named python4 in [CORES]";
    assert!(none.stderr.contains(words), "{none}");
    assert_eq!(cores.pids(&["python4"]), [0; 0]);
}

#[test]
fn units_are_asked_of_the_journal() {
    let cores = Cores::filled();
    let file = name("worker", 813, 1_600_000_300, ".zst");
    cores.script(&format!(
        r#"case "$*" in
*"COREDUMP_UNIT=app.service + "*"COREDUMP_USER_UNIT=app.service") ;;
*) exit 0 ;;
esac
cat <<'END'
{{"COREDUMP_PID":"813","COREDUMP_TIMESTAMP":"1600000300000000","COREDUMP_FILENAME":"/var/lib/systemd/coredump/{file}","COREDUMP_TRUNCATED":"1"}}
{{"COREDUMP_PID":"70","COREDUMP_TIMESTAMP":"1500000000000000"}}
{{"COREDUMP_PID":"5","COREDUMP_TIMESTAMP":"1500000000000000","COREDUMP_FILENAME":"/var/lib/systemd/coredump/core.gone"}}
{{"COREDUMP_PID":[1,2]}}
no JSON
END"#
    ));
    assert_eq!(cores.pids(&["app.service"]), [70, 813]);
    assert_eq!(cores.pids(&["other.scope"]), [0; 0]);
    let run = cores.run(&["app.service"]).succeeded();
    let gone = "crashes of app.service in the journal whose cores are not in the folder: 1";
    assert!(run.stderr.contains(gone), "{run}");
    let worker = run.stdout.lines().find(|line| line.contains(" 813 "));
    assert!(
        worker.is_some_and(|line| line.ends_with("truncated")),
        "{run}"
    );
}

#[test]
fn a_journal_that_does_not_answer() {
    let cores = Cores::filled();
    cores
        .script("echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1");
    cores.run(&["a.service"]).failed_with(&[
        "journalctl cannot say which cores are of a.service: No journal files were opened",
        "hint: ask by process number, executable or name",
    ]);
    // Some versions fail when there is no entry.
    cores.script("exit 1");
    assert_eq!(cores.run(&["a.service"]).code, Some(1));
    let unit = Match::Unit("a.service".to_owned());
    let ask = |program: PathBuf, timeout| {
        let journal = Journal { program, timeout };
        storage::matching(&[], &unit, &journal)
            .expect_err("no answer")
            .to_string()
    };
    let started = Instant::now();
    let words = ask(
        cores.script("sleep 30; echo late"),
        Duration::from_millis(300),
    );
    assert!(words.ends_with("no answer in 300ms"), "{words}");
    assert!(started.elapsed() < Duration::from_secs(20));
    let words = ask(PathBuf::from("/no/such/journalctl"), Duration::from_secs(9));
    assert!(words.contains("No such file"), "{words}");
}

#[test]
fn the_newest() {
    let cores = Cores::filled();
    cores.add(
        &name(r"python3\x2e9", 900, 1_600_000_900, ""),
        &elf(8192),
        &[],
    );
    cores.add(&name("worker", 901, 1_600_000_901, ""), b"", &[]);
    let ask = |text: &str| {
        let Ok(wanted) = text.parse::<Match>();
        storage::newest(cores.dir(), &wanted, &Journal::default())
    };
    assert_eq!(ask("python3.9").expect("a core").pid, 900);
    assert_eq!(ask("813").expect("a core").name, "worker");
    assert!(matches!(ask("nothing"), Err(StorageError::NoMatch { .. })));
    // An older one would be of another crash.
    let error = ask("worker").expect_err("an empty core").to_string();
    assert!(
        error.starts_with("the newest core of a process named worker, ")
            && error.ends_with(", is empty"),
        "{error}"
    );
}

#[test]
fn no_folder_and_no_core() {
    let env = Env::new();
    env.run(["cores", "--dir", &env.path_text("none")])
        .failed_with(&["the folder of cores", "cannot be read", "--dir DIR"]);
    let file = env.file("file", "text");
    env.run(["cores", "--dir", &file])
        .failed_with(&["cannot be read"]);
    let cores = Cores::new();
    let run = cores.run(&[]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stderr.starts_with("no core in [CORES]\n"), "{run}");
    let json = cores.run(&["--json"]);
    assert_eq!(json.code, Some(1), "{json}");
    assert_eq!(json.json()["cores"], serde_json::json!([]));
}

/// Root may read everything, so the command then runs as somebody else.
#[cfg(unix)]
#[test]
fn cores_of_somebody_else() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let cores = Cores::new();
    let theirs = cores.add(
        &name("theirs", 1, 1_600_000_000, ".zst"),
        b"\x28\xb5\x2f\xfd",
        &[],
    );
    mode(cores.dir(), 0o755);
    mode(&theirs, 0o000);
    let mut command = Command::new(env!("CARGO_BIN_EXE_fixtrail"));
    command.args([
        OsStr::new("cores"),
        OsStr::new("--dir"),
        cores.dir().as_os_str(),
    ]);
    if fs::metadata(&theirs).expect("a core").uid() == 0 {
        command.uid(65534).gid(65534);
    }
    let output = match command.output() {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return skipped("others may not run what was built");
        }
        output => output.expect("the command"),
    };
    let run = Run::new(&output, cores.dir()).succeeded();
    assert!(run.stdout.trim_end().ends_with("inaccessible"), "{run}");
    assert!(
        run.stderr.contains("cannot be read: Permission denied"),
        "{run}"
    );
}
