//! `fixtrail triage` on the samples.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::support::{Env, HANG};

#[test]
fn text() {
    Env::with_index()
        .run(["triage", HANG])
        .succeeded()
        .snapshot("triage-hang");
}

#[test]
fn json() {
    Env::with_index()
        .run(["triage", "--json", "--top", "1", HANG])
        .succeeded()
        .snapshot("triage-hang-json");
}

#[test]
fn explain_shows_the_parts_of_a_score() {
    let run = Env::with_index().run(["triage", "--explain", "--top", "2", HANG]);
    run.succeeded().snapshot("triage-hang-explain");
}

#[test]
fn top_bounds_the_list() {
    let env = Env::with_index();
    for (top, ranks) in [("1", "1"), ("2", "12"), ("0", "")] {
        let run = env.run(["triage", "--top", top, HANG]).succeeded();
        let ranked = run.stdout.lines().filter_map(|line| line.split_once(". "));
        let found: String = ranked
            .map(|(rank, _)| rank)
            .filter(|rank| rank.parse::<u32>().is_ok())
            .collect();
        assert_eq!(found, ranks, "--top {top}: {run}");
    }
}

#[test]
fn what_the_version_has_is_listed_apart() {
    let env = Env::with_index();
    let run = env.run(["triage", "--python", "3.9.0b2", HANG]);
    assert!(run.stdout.contains("3.9.0b2, by --python"), "{run}");
    run.snapshot("triage-hang-fixed-version");
}

#[test]
fn a_series_without_the_fix_says_so() {
    let env = Env::with_index();
    let run = env.run(["triage", "--python", "3.9.0", "samples/asan/report.txt"]);
    let fix = "fixed in 3.10.0a1; you run 3.9.0; not backported to 3.9";
    assert!(run.succeeded().stdout.contains(fix));
}

#[test]
fn an_unknown_version_is_asked_for() {
    let run = Env::with_index().run(["triage", "samples/asan/report.txt"]);
    assert!(run.stdout.contains("unknown; give it with --python X.Y.Z"));
    run.succeeded().snapshot("triage-asan");
}

#[test]
fn nothing_convincing_is_exit_code_1() {
    let env = Env::with_index();
    for sample in ["gdb", "faulthandler"] {
        let run = env.run(["triage", &format!("samples/{sample}/report.txt")]);
        assert_eq!(run.code, Some(1), "{run}");
        assert!(
            run.stdout
                .contains("Nothing convincing was found among 25 fixes")
        );
        run.snapshot(&format!("triage-{sample}"));
    }
}

#[test]
fn standard_input() {
    let env = Env::with_index();
    let report = std::fs::read(HANG).expect("the sample");
    let from_file = env.run(["triage", HANG]).succeeded();
    let from_pipe = env.run_with(["triage", "-"], report).succeeded();
    assert_eq!(from_pipe.stdout, from_file.stdout);
}

#[test]
fn colours_only_on_demand() {
    let env = Env::with_index();
    let plain = env.run(["triage", HANG]).stdout;
    let coloured = |when| env.run(["triage", "--color", when, HANG]).stdout;
    assert!(!plain.contains('\x1b'));
    assert_eq!(coloured("never"), plain);
    assert_eq!(coloured("auto"), plain);
    assert!(coloured("always").contains("\x1b[1m"));
    assert_eq!(
        anstream::adapter::strip_str(&coloured("always")).to_string(),
        plain
    );
}

#[test]
fn quiet_says_nothing_but_failures() {
    let env = Env::with_index();
    let text = [b"#0  chain_seek (a='\xff') at x.c:1\n" as &[u8]].concat();
    let noted = env.run_with(["triage", "-"], text.clone());
    assert!(noted.stderr.starts_with("note: "), "{noted}");
    assert_eq!(env.run_with(["triage", "-q", "-"], text).stderr, "");
    env.run(["triage", "--quiet", "/nowhere"])
        .failed_with(&["/nowhere cannot be read"]);
}

#[test]
fn own_rules_that_cannot_be_read() {
    let env = Env::with_index();
    let path = env.indexes().join("index.toml");
    let plain = env.run(["triage", HANG]).stdout;
    std::fs::write(&path, "[upstream.engine]\nmodules = [\"libengine*\"]\n").expect("a file");
    assert_eq!(env.run(["triage", HANG]).succeeded().stdout, plain);
    std::fs::write(&path, "[upstream.engine]\nmodule = []\n").expect("a file");
    env.run(["triage", HANG])
        .failed_with(&["index.toml: line 2: unknown field `module`"]);
}

/// `fixtrail stack ... | head -1`: whoever reads goes away, and nobody complains.
#[test]
fn broken_pipe() {
    let env = Env::with_index();
    let frames = (0..40_000).map(|n| format!("#{n}  0x{n:x} in f{n} (x=1) at a.c:{n}\n"));
    let report = env.file("long.txt", frames.collect::<String>());
    let mut child = Command::new(env!("CARGO_BIN_EXE_fixtrail"))
        .args(["stack", &report])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command");
    let mut first = [0; 10];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut first).expect("some output");
    drop(stdout);
    let output = child.wait_with_output().expect("the end");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
