//! `fixtrail explain`: why a commit is where it is.

use fixtrail_index::fixes::Fix;

use crate::support::{Env, HANG};

/// The commit on the main branch of a pull request of the sample history.
pub(crate) fn commit(env: &Env, pull_request: &str) -> String {
    let wanted = format!("(GH-{pull_request})");
    let mut found = None;
    let mut look = |fix: Fix, _| {
        if fix.main().message.subject.contains(&wanted) && fix.main().message.reverts.is_empty() {
            found = Some(fix.main().id.to_string());
        }
    };
    env.searcher().each_fix(&mut look).expect("a sound index");
    found.expect(pull_request)
}

#[test]
fn a_fix_that_is_offered() {
    let env = Env::with_index();
    let run = env.run(["explain", HANG, &commit(&env, "70124")[..12]]);
    run.succeeded().snapshot("explain");
}

#[test]
fn beside_the_first() {
    let env = Env::with_index();
    let run = env
        .run(["explain", HANG, &commit(&env, "70133")])
        .succeeded();
    assert!(
        run.stdout.contains("beside the first, 54b89f8fdbe9"),
        "{run}"
    );
    let answer = env
        .run(["explain", "--json", HANG, &commit(&env, "70133")])
        .json();
    assert_eq!(answer["explanations"][0]["stage"], "ranked");
    assert_eq!(
        answer["first"]["commit"]["subject"],
        "bpo-70123: Fix a hang of chains spliced into themselves (GH-70124)"
    );
}

#[test]
fn where_others_were_lost() {
    let env = Env::with_index();
    let stage = |pull_request: &str, python: &str| {
        let commit = commit(&env, pull_request);
        let run = env.run([
            "explain",
            "--json",
            "--python",
            python,
            "samples/asan/report.txt",
            &commit,
        ]);
        run.succeeded().json()["explanations"][0]["stage"].clone()
    };
    assert_eq!(stage("70133", "3.9.0"), "ranked");
    assert_eq!(stage("70133", "3.10.0"), "contained");
    assert_eq!(stage("70130", "3.9.0"), "reverted");
    assert_eq!(stage("70135", "3.9.0"), "no-match");
}

#[test]
fn no_such_commit() {
    let env = Env::with_index();
    let run = env.run(["explain", HANG, "0123456789abcdef"]);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(
        run.stderr.contains("no index has a fix with that commit"),
        "{run}"
    );
    let run = env.run(["explain", HANG, "chain"]);
    assert_eq!(run.code, Some(2), "{run}");
}

fn file_at(env: &Env, tag: &str, path: &str) -> String {
    let repository = git2::Repository::open(env.path("cpython")).expect("a clone");
    let object = repository
        .revparse_single(&format!("{tag}:{path}"))
        .expect(path);
    let blob = object.peel_to_blob().expect("a file");
    String::from_utf8_lossy(blob.content()).into_owned()
}

/// The line that the fix removes is that of the innermost frame.
#[test]
fn lines_are_held_against_the_clone() {
    let env = Env::with_clone();
    let parts = |env: &Env| {
        let report = env.path_text("report.txt");
        let run = env.run(["triage", "--json", "--python", "3.9.0", &report]);
        let parts = run.json()["verdicts"][0]["parts"].clone();
        let parts = parts.as_array().expect("parts").clone();
        parts.into_iter().find(|part| part["name"] == "line-near")
    };
    let source = file_at(&env, "v3.9.0", "Objects/chainobject.c");
    let freed = source
        .lines()
        .position(|line| line.contains("PyMem_Free(found);"));
    let line = freed.expect("the line that is moved") + 1;
    let report = std::fs::read_to_string("samples/asan/report.txt").expect("a sample");
    env.file(
        "report.txt",
        report.replace("chainobject.c:28", &format!("chainobject.c:{line}")),
    );
    let near = parts(&env).expect("a line that the fix changes");
    assert_eq!(
        near["what"],
        format!("Objects/chainobject.c:{line}, 0 lines off")
    );
    // Without the clone nothing is said of lines, and all else stays.
    std::fs::remove_dir_all(env.path("cpython")).expect("a clone");
    assert_eq!(parts(&env), None);
}
