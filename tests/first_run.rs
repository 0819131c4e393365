//! The built-in facts: the first question on a fresh machine.

use std::fs;
use std::thread;

use fixtrail_index::corpus::Embedded;
use fixtrail_index::fixes::Fix;
use fixtrail_index::{Manifest, Origin};

use crate::support::{Env, GEN_THROW, HANG, files};

const MADE: &str = "made an index of the built-in facts";
const FROM_FACTS: &str = "From built-in facts up to ";

#[test]
fn the_first_question_is_answered() {
    let env = Env::new();
    let first = env.run(["triage", GEN_THROW]).succeeded();
    first.snapshot("first-run");
    assert_eq!(first.stderr.lines().count(), 1, "{first}");
    // Once is enough.
    let second = env.run(["triage", GEN_THROW]).succeeded();
    assert_eq!(second.stderr, "");
    assert_eq!(second.stdout, first.stdout);
    assert_eq!(
        files::names(&env.index()),
        ["current", "generation-1", "lock"]
    );
    let run = env.run(["index", "info"]).succeeded();
    assert!(
        run.stdout.contains("built-in facts, without titles"),
        "{run}"
    );
    let json = env.run(["triage", "--json", GEN_THROW]).json();
    assert_eq!(json["indexes"][0]["facts"], true);
    assert!(json["verdicts"][0]["commit"]["subject"].is_null());
    assert_eq!(json["verdicts"][0]["issues"][0], "bpo-40696");
}

#[test]
fn ten_at_once_make_one() {
    let env = Env::new();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..10)
            .map(|_| scope.spawn(|| env.run(["triage", GEN_THROW]).succeeded()))
            .collect();
        let runs = runs.into_iter().map(|run| run.join().expect("an answer"));
        let made = runs.filter(|run| {
            assert!(run.stdout.contains("bpo-40696"), "{run}");
            run.stderr.contains(MADE)
        });
        assert_eq!(made.count(), 1);
    });
    assert_eq!(
        files::names(&env.index()),
        ["current", "generation-1", "lock"]
    );
}

/// A folder that cannot be written, for root neither.
#[cfg(target_os = "linux")]
#[test]
fn in_memory_where_nothing_can_be_written() {
    let env = Env::new();
    let kept = env.run(["triage", GEN_THROW]).succeeded();
    let args = ["triage", "--index", "/proc/self/fixtrail", GEN_THROW];
    let run = env.run(args).succeeded();
    assert_eq!(run.stdout, kept.stdout);
    assert!(
        run.stderr
            .contains("are read anew each time: /proc/self/fixtrail"),
        "{run}"
    );
    env.run(["index", "info", "--index", "/proc/self/fixtrail"])
        .failed_with(&["/proc/self/fixtrail"]);
}

/// A first process that builds for minutes is not waited for.
#[test]
fn a_clone_s_index_takes_the_place_of_the_facts() {
    let env = Env::new();
    env.run(["triage", GEN_THROW]).succeeded();
    env.run(["index", "update"])
        .failed_with(&["was not built from a clone", "fixtrail index build CLONE"]);
    env.repository("cpython", crate::support::history::COMMITS);
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
    let run = env.run(["triage", HANG]).succeeded();
    assert!(!run.stdout.contains(FROM_FACTS), "{run}");
    // Removed, it leaves the place to the facts again.
    env.run(["index", "remove", "cpython"]).succeeded();
    let run = env.run(["triage", GEN_THROW]).succeeded();
    assert!(
        run.stderr.contains(MADE) && run.stdout.contains(FROM_FACTS),
        "{run}"
    );
}

/// What an older program left is replaced by newer facts, of whatever format; what is newer stays.
#[test]
fn older_facts_are_replaced() {
    let env = Env::new();
    env.run(["triage", GEN_THROW]).succeeded();
    let manifest = |env: &Env| {
        let current = fs::read_to_string(env.index().join("current")).expect("a generation");
        env.index().join(current).join("manifest.json")
    };
    let known = env.store().current().expect("an index").manifest().clone();
    let own = Embedded::CPYTHON.manifest().expect("sound facts");
    assert_eq!(known.counts, own.counts);
    let write = |change: &dyn Fn(&mut Manifest)| {
        let mut other = known.clone();
        change(&mut other);
        let text = serde_json::to_string(&other).expect("JSON");
        fs::write(manifest(&env), text).expect("a manifest");
    };
    let other_built_in = || Origin::BuiltIn {
        sha256: "00".to_owned(),
    };
    for (newest, replaced) in [(-1, true), (1, false)] {
        write(&|other| {
            other.origin = other_built_in();
            other.newest_commit += newest;
        });
        let run = env.run(["triage", GEN_THROW]).succeeded();
        assert_eq!(run.stderr.contains(MADE), replaced, "{run}");
    }
    write(&|other| {
        other.origin = other_built_in();
        other.format = 1000;
    });
    let run = env.run(["triage", GEN_THROW]).succeeded();
    assert!(run.stderr.contains(MADE), "{run}");
}

/// What needs no index makes none.
#[test]
fn a_signature_needs_no_index() {
    let env = Env::new();
    env.run(["signature", HANG]).succeeded();
    env.run(["index", "list"]).succeeded();
    env.run(["index", "update"])
        .failed_with(&["there is no index in", "fixtrail index build"]);
    assert!(!env.indexes().exists());
}

#[test]
fn what_is_compiled_in() {
    let facts = Embedded::CPYTHON;
    assert!(facts.bytes() <= 6 << 20, "{} bytes", facts.bytes());
    let manifest = facts.manifest().expect("sound facts");
    assert_eq!(manifest.upstream, "cpython");
    assert!(manifest.branches.is_empty() && manifest.gaps.is_empty());
    assert!(manifest.counts.fixes > 20_000);
    // Facts alone: no title, no message, no NEWS.
    let searcher = facts.in_memory().expect("sound facts");
    let mut read = 0;
    let mut look = |fix: Fix, _| {
        read += 1;
        for commit in &fix.commits {
            assert_eq!((&*commit.text, &*commit.message.subject), ("", ""));
            assert!(commit.changes.news.is_empty());
            let mut names = commit.message.identifiers.iter();
            assert!(names.all(|name| !name.contains([' ', '@'])));
        }
    };
    searcher.each_fix(&mut look).expect("sound facts");
    assert_eq!(read, manifest.counts.fixes);
}
