//! Builds that end early, and readers that are there while one ends.

use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fixtrail_index::{Field, Limits, QueryTerm, Searcher};

use crate::support::{Env, HANG, files};

fn build(env: &Env) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fixtrail"));
    command
        .args(["index", "build", "--index"])
        .arg(env.indexes())
        .arg(env.path("cpython"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Killed at any moment, a build leaves the index that was there, and the next one clears up.
#[test]
fn killed_builds_leave_the_old_index() {
    let env = Env::with_clone();
    let started = Instant::now();
    assert!(build(&env).status().expect("a build").success());
    let whole = started.elapsed();
    let moments = 24;
    for moment in 0..moments {
        let mut child = build(&env).spawn().expect("a build");
        sleep(whole * moment / moments);
        // It may have ended by itself already.
        drop(child.kill());
        child.wait().expect("the end");
        env.run(["triage", HANG]).succeeded();
    }
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
    let names = files::names(&env.index());
    assert_eq!(
        (names.len(), &*names[0], &*names[2]),
        (3, "current", "lock"),
        "{names:?}"
    );
}

/// The first build, killed, leaves no index and not half of one.
#[test]
fn killed_first_builds_leave_none() {
    let env = Env::new();
    env.repository("cpython", crate::support::history::COMMITS);
    for wait in [0, 5, 20, 50, 100] {
        let mut child = build(&env).spawn().expect("a build");
        sleep(Duration::from_millis(wait));
        drop(child.kill());
        child.wait().expect("the end");
        let run = env.run(["triage", HANG]);
        match run.code {
            Some(0) => {}
            _ => drop(run.failed_with(&["there is no index in"])),
        }
    }
}

fn count(searcher: &Searcher) -> usize {
    let term = QueryTerm {
        field: Field::File,
        text: "chainobject.c".to_owned(),
        weight: 1.0,
    };
    let limits = Limits {
        open: 100,
        contained: 100,
    };
    let found = searcher.search(&[term], None, limits);
    found.expect("a sound index").open.len()
}

#[test]
fn readers_keep_what_they_opened() {
    let env = Env::with_clone();
    let reader = env.searcher();
    let before = count(&reader);
    assert!(before > 3);
    for _ in 0..2 {
        env.run(["index", "build", &env.path_text("cpython")])
            .succeeded();
        assert_eq!(count(&reader), before);
    }
    let kept = files::names(&env.index());
    assert_eq!(kept, ["current", "generation-1", "generation-3", "lock"]);
    drop(reader);
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
    assert_eq!(
        files::names(&env.index()),
        ["current", "generation-4", "lock"]
    );
}
