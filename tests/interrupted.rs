//! Jobs that are killed, and readers that are there while one ends.

use std::cell::RefCell;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fixtrail_index::{Field, Limits, QueryTerm, Searcher};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::support::{Env, HANG, files, history};

/// How often each job is killed, in all 200 times; more on demand.
pub(crate) fn kills(usual: u32) -> u32 {
    let wanted = std::env::var("FIXTRAIL_KILLS").ok();
    wanted.map_or(usual, |wanted| wanted.parse().expect("a number"))
}

/// Jobs that are killed at random moments.
struct Kills<'a> {
    env: &'a Env,
    args: Vec<String>,
    moments: RefCell<StdRng>,
}

impl<'a> Kills<'a> {
    fn of(env: &'a Env, args: &[&str]) -> Self {
        Self {
            env,
            args: args.iter().map(ToString::to_string).collect(),
            moments: RefCell::new(StdRng::seed_from_u64(6)),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fixtrail"));
        command
            .env_clear()
            .env("HOME", self.env.path("home"))
            .env("XDG_DATA_HOME", self.env.path("data"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(&self.args)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// How long it takes.
    fn whole(&self) -> Duration {
        let started = Instant::now();
        assert!(self.command().status().expect("a job").success());
        started.elapsed()
    }

    /// Starts it, and kills it at a moment before it ends, or a little after.
    fn kill(&self, whole: Duration) {
        let moment = self.moments.borrow_mut().random_range(0.0..1.1);
        let mut child = self.command().spawn().expect("a job");
        sleep(whole.mul_f64(moment));
        // It may have ended by itself already.
        drop(child.kill());
        child.wait().expect("the end");
    }
}

/// The index is one that was written to its end.
fn is_whole(env: &Env) {
    env.run(["triage", HANG]).succeeded();
    env.run(["index", "verify"]).succeeded();
}

/// What killed jobs leave goes with the next one.
fn is_tidy(env: &Env) {
    let names = files::names(&env.index());
    assert_eq!(
        (names.len(), &*names[0], &*names[2]),
        (3, "current", "lock"),
        "{names:?}"
    );
}

#[test]
fn killed_builds_leave_the_old_index() {
    let env = Env::with_clone();
    let clone = env.path_text("cpython");
    let build = Kills::of(&env, &["index", "build", &clone]);
    let whole = build.whole();
    for _ in 0..kills(60) {
        build.kill(whole);
        is_whole(&env);
    }
    build.whole();
    is_tidy(&env);
}

#[test]
fn killed_imports_leave_the_old_index() {
    let env = Env::with_clone();
    let file = env.path_text("whole.corpus");
    env.run(["index", "export", &file]).succeeded();
    let import = Kills::of(&env, &["index", "import", &file]);
    let whole = import.whole();
    for _ in 0..kills(60) {
        import.kill(whole);
        is_whole(&env);
    }
    import.whole();
    is_tidy(&env);
}

#[test]
fn killed_updates_leave_the_old_index_or_the_new_one() {
    let env = Env::new();
    let last = history::COMMITS.rfind("\ncommit ").expect("a commit");
    let (before, last) = history::COMMITS.split_at(last + 1);
    let repository = env.repository("cpython", before);
    let clone = env.path_text("cpython");
    env.run(["index", "build", &clone]).succeeded();
    history::play(&repository, last);
    files::copy(&env.indexes(), &env.path("old"));
    let update = Kills::of(&env, &["index", "update"]);
    let whole = update.whole();
    for _ in 0..kills(60) {
        std::fs::remove_dir_all(env.indexes()).expect("a folder");
        files::copy(&env.path("old"), &env.indexes());
        update.kill(whole);
        is_whole(&env);
    }
    update.whole();
    is_tidy(&env);
}

/// The next question makes the index that a killed one did not.
#[test]
fn killed_first_questions_leave_none() {
    let env = Env::new();
    let first = Kills::of(&env, &["triage", HANG]);
    let whole = first.whole();
    for _ in 0..kills(20) {
        std::fs::remove_dir_all(env.indexes()).expect("a folder");
        first.kill(whole);
        is_whole(&env);
        is_tidy(&env);
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
