//! `fixtrail index build` and `info`.

use std::fs;

use crate::support::{Env, HANG, files, history};

#[test]
fn build_and_info() {
    let env = Env::new();
    env.repository("cpython", history::COMMITS);
    let run = env.run(["index", "build", &env.path_text("cpython")]);
    run.succeeded().snapshot("index-build");
    let run = env.run(["index", "info"]);
    run.succeeded().snapshot("index-info");
    let run = env.run(["index", "info", "--json"]);
    run.succeeded().snapshot("index-info-json");
    assert_eq!(
        files::names(&env.index()),
        ["current", "generation-1", "lock"]
    );
}

#[test]
fn quiet() {
    let env = Env::new();
    env.repository("cpython", history::COMMITS);
    let run = env.run(["index", "build", "-q", &env.path_text("cpython")]);
    assert_eq!(run.succeeded().stderr, "");
}

#[test]
fn the_index_of_the_flag_comes_before_that_of_the_environment() {
    let env = Env::new();
    env.repository("cpython", history::COMMITS);
    let clone = env.path_text("cpython");
    let (by_flag, by_env) = (env.path_text("by-flag"), env.path_text("by-env"));
    for args in [
        &["index", "build", &clone][..],
        &["index", "build", "--index", &by_flag, &clone],
    ] {
        let mut command = env.command(args);
        command.env("FIXTRAIL_INDEX", &by_env).assert().success();
    }
    for folder in [&by_flag, &by_env] {
        env.run(["triage", "--index", folder, HANG]).succeeded();
    }
    assert!(!env.indexes().exists());
}

#[test]
fn a_second_build_takes_the_place_of_the_first() {
    let env = Env::with_clone();
    fs::create_dir(env.index().join("building-7")).expect("what a killed build left");
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
    assert_eq!(
        files::names(&env.index()),
        ["current", "generation-2", "lock"]
    );
    env.run(["triage", HANG]).succeeded();
}

/// Each has an index of its own.
#[test]
fn two_projects() {
    let env = Env::with_clone();
    env.repository("moon", PROJECT);
    let moon = env.path_text("moon");
    env.run(["index", "build", &moon]).succeeded();
    env.run(["index", "build", "--upstream", "sun", &moon])
        .succeeded();
    let run = env.run(["index", "list"]).succeeded();
    run.snapshot("index-list");
    env.run(["index", "info", "sun"]).succeeded();
    env.run(["index", "remove", "moon"]).succeeded();
    env.run(["index", "info", "moon"])
        .failed_with(&["there is no index in"]);
    env.run(["index", "remove", "moon"])
        .failed_with(&["there is no index in"]);
    let upstreams = env.run(["index", "list", "--json"]).json();
    assert_eq!(upstreams[0]["manifest"]["upstream"], "cpython");
    assert_eq!(upstreams[1]["manifest"]["upstream"], "sun");
    env.run(["triage", HANG]).succeeded();
}

#[test]
fn names_that_are_no_folders() {
    let env = Env::with_clone();
    for name in ["../other", "", "a/b", "current"] {
        let clone = env.path_text("cpython");
        let args = ["index", "build", "--upstream", name, &clone];
        env.run(args)
            .failed_with(&["is no name for an upstream", "--upstream NAME"]);
    }
}

#[test]
fn only_one_build_at_a_time() {
    let env = Env::with_clone();
    let lock = fs::File::open(env.index().join("lock")).expect("a lock");
    lock.lock().expect("nobody builds");
    for command in ["build", "update"] {
        env.run(["index", command, &env.path_text("cpython")])
            .failed_with(&[
                "another process is building the index",
                "the old index still answers",
            ]);
    }
    env.run(["triage", HANG]).succeeded();
    lock.unlock().expect("a lock");
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
}

const PROJECT: &str = "\
commit main 2021-01-04
    Begin
file src/moon.c
+int phase(void) { return 1; }
tag moon-1.1 main
commit main 2021-02-01
    Fix a crash in phase()
file src/moon.c
-int phase(void) { return 1; }
+int phase(void) { return day() / 29; }
tag moon-1.2 main
tag R1_2-final main
tag nightly main
";

#[test]
fn other_projects_name_their_tags_otherwise() {
    let report = "#0  0x1 in phase () at src/moon.c:1\n#1  0x2 in main () at src/main.c:9\n";
    let env = Env::new();
    env.repository("moon", PROJECT);
    let moon = env.path_text("moon");
    let build = ["index", "build", "--upstream", "cpython"];
    env.run(build.iter().chain([&&*moon])).succeeded();
    let run = env.run_with(["triage", "--python", "1.1.0", "--top", "1", "-"], report);
    assert!(run.stdout.contains("Fix a crash in phase()"), "{run}");
    assert!(run.stdout.contains("fixed in 1.2; you run 1.1.0"), "{run}");

    let pattern = r"^R(\d+_\d+)-final$";
    let tags = ["--tags", pattern, &moon];
    env.run(build.iter().chain(&tags)).succeeded();
    let searcher = env.searcher();
    assert_eq!(searcher.manifest().tag_pattern.as_deref(), Some(pattern));
    assert_eq!(searcher.releases(), ["1.2".parse().expect("a version")]);
}

#[test]
fn unwritable_folder() {
    let env = Env::new();
    env.repository("cpython", history::COMMITS);
    let file = env.file("file", "");
    let clone = env.path_text("cpython");
    let mut folders = vec![format!("{file}/index")];
    if cfg!(target_os = "linux") {
        // For root neither.
        folders.push("/proc/self/index".to_owned());
    }
    for folder in folders {
        env.run(["index", "build", "--index", &folder, &clone])
            .failed_with(&[&folder, "cannot be read or written"]);
    }
}
