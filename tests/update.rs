//! `fixtrail index update`: what is new joins what is known, and the result is that of a build.

use fixtrail_index::{Field, Limits, QueryTerm, Searcher};
use git2::Repository;

use crate::support::{Env, HANG, build_index, files, history, store};

/// The history up to a line of the script, and the rest of it.
fn split(line: &str) -> (&'static str, &'static str) {
    history::COMMITS.split_at(history::COMMITS.find(line).expect(line))
}

/// An index of the history up to a line, and the clone with all of it.
fn grown(line: &str) -> (Env, Repository) {
    let (before, after) = split(line);
    let env = Env::new();
    let repository = env.repository("cpython", before);
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
    history::play(&repository, after);
    (env, repository)
}

/// Everything that a search for many terms finds, in an order of its own.
fn answers(searcher: &Searcher) -> Vec<String> {
    let terms = [
        (Field::File, "chainobject.c"),
        (Field::File, "textobject.c"),
        (Field::File, "playlist.py"),
        (Field::File, "tasklets.c"),
        (Field::File, "_gauge.c"),
        (Field::Word, "the"),
        (Field::Word, "bpo"),
        (Field::Kind, "crash"),
    ];
    let terms = terms.map(|(field, text)| QueryTerm {
        field,
        text: text.to_owned(),
        weight: 1.0,
    });
    let limits = Limits {
        open: 1000,
        contained: 1000,
    };
    let running = "3.9.0b2".parse().expect("a version");
    let found = searcher
        .search(&terms, Some(&running), limits)
        .expect("a sound index");
    let mut all: Vec<String> = found
        .open
        .iter()
        .chain(&found.contained)
        .map(|candidate| {
            let fix = searcher.fix(candidate).expect("a sound record");
            let commits = fix.commits.iter();
            let commits: Vec<_> = commits
                .map(|c| (c.id.short(), c.on_main, &c.changes))
                .collect();
            let releases: Vec<_> = candidate
                .first_releases
                .iter()
                .map(ToString::to_string)
                .collect();
            let (matches, had) = (&candidate.matches, &candidate.containment);
            format!("{commits:?} {releases:?} {matches:?} {had:?}")
        })
        .collect();
    all.sort();
    all
}

#[test]
fn update_is_as_good_as_a_build() {
    for line in [
        "commit main 2019-11-11",
        "merge main 2020-03-30",
        "pick 3.9 2020-05-26",
        "revert main",
        "branch 3.10",
        "tag v3.10.0 ",
    ] {
        let (env, repository) = grown(line);
        env.run(["index", "update"]).succeeded();
        let fresh = store(&env.path("fresh"));
        build_index(&fresh, &repository);
        let fresh = Searcher::open(fresh.current().expect("an index")).expect("a sound index");
        let updated = env.searcher();
        assert_eq!(updated.manifest().counts, fresh.manifest().counts, "{line}");
        assert_eq!(updated.releases(), fresh.releases(), "{line}");
        assert_eq!(answers(&updated), answers(&fresh), "{line}");
    }
}

#[test]
fn many_small_updates_are_as_good_as_a_build() {
    let env = Env::new();
    let (mut before, _) = split("commit main 2019-11-11");
    let repository = env.repository("cpython", before);
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
    for line in [
        "commit main 2020-05-25",
        "pick 3.9 2020-05-26",
        "tag v3.9.0b2",
        "pick 3.9 2021-07",
    ] {
        let (until, rest) = split(line);
        history::play(&repository, &until[before.len()..]);
        env.run(["index", "update"]).succeeded();
        before = until;
        assert!(!rest.is_empty());
    }
    history::play(&repository, &history::COMMITS[before.len()..]);
    let run = env.run(["index", "update"]).succeeded();
    assert!(run.stderr.contains("added 4 commits"), "{run}");
    let fresh = crate::support::sample_searcher();
    assert_eq!(answers(&env.searcher()), answers(&fresh));
}

#[test]
fn a_new_backport_joins_its_fix() {
    let (env, _repository) = grown("pick 3.9 2020-05-26");
    let before = env.run(["triage", HANG]);
    assert!(!before.stdout.contains("backports:"), "{before}");
    env.run(["index", "update"]).succeeded();
    let after = env.run(["triage", HANG]).succeeded();
    assert!(after.stdout.contains("backports: "), "{after}");
    assert!(
        after.stdout.contains("fixed in 3.9.0b2, 3.10.0a1"),
        "{after}"
    );
}

#[test]
fn a_new_revert_takes_back_what_is_known() {
    let (env, repository) = grown("revert main 2020-06-29");
    let taken_back = || {
        let fix = env.searcher().named(&crate::explain::commit(&env, "70130"));
        fix.expect("a sound index")[0].reverted_by.is_some()
    };
    assert!(!taken_back());
    env.run(["index", "update"]).succeeded();
    assert!(taken_back());
    history::play(&repository, "revert main 2022-01-10 70131 70190\n");
    env.run(["index", "update"]).succeeded();
    assert!(!taken_back());
}

#[test]
fn who_calls_whom_is_kept_up() {
    let (env, _repository) = grown("commit main 2020-06-15");
    let names = |found: &mut dyn Iterator<Item = &str>| found.collect::<Vec<_>>().join(" ");
    let known = |name: &str| {
        let searcher = env.searcher();
        let code = searcher.code();
        let callers = names(&mut code.callers(name));
        let callees = names(&mut code.callees(name));
        let files = names(&mut code.files(name));
        (files, callers, callees, code.defines((3, 9), name))
    };
    let before = known("chain_seek");
    env.run(["index", "update"]).succeeded();
    let fresh = crate::support::sample_searcher();
    for name in [
        "chain_seek",
        "chain_contains",
        "chain_drop",
        "loop_run",
        "loop_step",
    ] {
        let (files, callers, callees, defined) = known(name);
        assert_eq!(files, names(&mut fresh.code().files(name)), "{name}");
        assert_eq!(callers, names(&mut fresh.code().callers(name)), "{name}");
        assert_eq!(callees, names(&mut fresh.code().callees(name)), "{name}");
        assert_eq!(defined, fresh.code().defines((3, 9), name), "{name}");
    }
    assert_eq!(before.0, "Objects/chainobject.c");
    assert!(before.1.contains("chain_contains"), "{before:?}");
}

#[test]
fn a_new_tag_changes_the_release_of_a_known_fix() {
    let (env, repository) = grown("tag v3.10.0 ");
    let report = "samples/assertion/report.txt";
    let fixed_in = || {
        let run = env.run(["triage", "--json", "--python", "3.9.0b1", report]);
        run.json()["verdicts"][0]["fixed_in"][0]["release"].clone()
    };
    assert_eq!(fixed_in(), "3.9.0b2");
    // A tag on a commit that has been known for long.
    let tagged = repository.find_reference("refs/tags/v3.9.0b2");
    let commit = tagged.expect("a tag").target().expect("a commit");
    let tag = repository.reference("refs/tags/v3.8.9", commit, true, "tag");
    drop(tag.expect("a tag"));
    env.run(["index", "update"]).succeeded();
    assert_eq!(fixed_in(), "3.8.9");
}

#[test]
fn the_old_generation_goes() {
    let (env, _) = grown("commit main 2019-11-11");
    env.run(["index", "update"]).succeeded();
    assert_eq!(
        files::names(&env.index()),
        ["current", "generation-2", "lock"]
    );
}

#[test]
fn nothing_new() {
    let env = Env::with_clone();
    let before = files::names(&env.index());
    let run = env.run(["index", "update"]).succeeded();
    assert!(run.stderr.contains("up to date"), "{run}");
    assert_eq!(files::names(&env.index()), before);
}

#[test]
fn a_rewritten_history_is_read_anew() {
    let env = Env::with_clone();
    let repository = Repository::open(env.path("cpython")).expect("the clone");
    let tip = repository
        .head()
        .and_then(|head| head.peel_to_commit())
        .expect("main");
    let back = tip.parent_id(0).expect("a parent");
    drop(
        repository
            .reference("refs/heads/main", back, true, "reset")
            .expect("a branch"),
    );
    history::play(
        &repository,
        "commit main 2021-10-05\n    Another end\nfile README.rst\n+Ends otherwise.\n",
    );
    let run = env.run(["index", "update"]).succeeded();
    assert!(
        run.stderr
            .contains("built anew: commits that were indexed are not in the clone"),
        "{run}"
    );
    assert_eq!(env.searcher().manifest().counts.commits, 31);
    env.run(["triage", HANG]).succeeded();
}

/// Its commits are in no branch any more, but the tags still lead to them.
#[test]
fn a_deleted_branch() {
    let env = Env::with_clone();
    let repository = Repository::open(env.path("cpython")).expect("the clone");
    history::play(&repository, "tag last-of-3.9 3.9\ndelete 3.9\n");
    let run = env.run(["index", "update"]).succeeded();
    assert!(run.stderr.contains("added 0 commits"), "{run}");
    let counts = env.searcher().manifest().counts;
    assert_eq!((counts.commits, counts.branches), (31, 2));
}

#[test]
fn the_clone_may_move() {
    let env = Env::with_clone();
    std::fs::rename(env.path("cpython"), env.path("moved")).expect("the clone");
    env.run(["index", "update"])
        .failed_with(&["is not a git repository"]);
    env.run(["index", "update", &env.path_text("moved")])
        .succeeded();
    env.run(["triage", HANG]).succeeded();
}

/// An update with the clone of another project would mix two histories.
#[test]
fn another_project_is_no_update() {
    let env = Env::with_clone();
    env.repository(
        "moon",
        "commit main 2021-01-04\n    Begin\nfile moon.c\n+int moon;\n",
    );
    let moon = env.path_text("moon");
    env.run(["index", "update", &moon]).failed_with(&[
        "there is no index in",
        "moon",
        "fixtrail index build",
    ]);
    env.run(["index", "update", "--upstream", "cpython", &moon])
        .failed_with(&["has none of the commits", "--upstream NAME"]);
    env.run(["triage", HANG]).succeeded();
}
