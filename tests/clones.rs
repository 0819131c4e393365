//! Repositories that are not whole, or none at all.

use std::fs;
use std::path::{Path, PathBuf};

use fixtrail_index::Upstreams;
use git2::{ObjectType, Repository};

use crate::support::{Env, HANG, files, history};

/// The loose object of a name.
fn object(repository: &Repository, id: git2::Oid) -> PathBuf {
    let name = id.to_string();
    repository
        .path()
        .join("objects")
        .join(&name[..2])
        .join(&name[2..])
}

/// Removes a loose object.
fn lose(repository: &Repository, id: git2::Oid) {
    fs::remove_file(object(repository, id)).expect("a loose object");
}

/// The newest commit of a branch.
fn tip<'r>(repository: &'r Repository, branch: &str) -> git2::Commit<'r> {
    let reference = repository.find_reference(&format!("refs/heads/{branch}"));
    reference.and_then(|r| r.peel_to_commit()).expect(branch)
}

fn build(env: &Env) -> crate::support::Run {
    env.run(["index", "build", &env.path_text("cpython")])
}

fn commits(env: &Env) -> u64 {
    env.store()
        .current()
        .expect("an index")
        .manifest()
        .counts
        .commits
}

#[test]
fn no_repository() {
    let env = Env::new();
    fs::create_dir(env.path("empty")).expect("a folder");
    let file = env.file("file", "text");
    for path in [env.path_text("empty"), file, env.path_text("nowhere")] {
        env.run(["index", "build", &path]).failed_with(&[
            "is not a git repository",
            "hint: give the folder of a clone",
        ]);
    }
    assert!(!env.index().join("current").exists());
}

/// A folder inside a clone is not the clone.
#[test]
fn parent_folders_are_not_searched() {
    let env = Env::new();
    let repository = history::init(&env.path("cpython"), false);
    history::play(&repository, history::COMMITS);
    fs::create_dir(env.path("cpython/Objects")).expect("a folder");
    env.run(["index", "build", &env.path_text("cpython/Objects")])
        .failed_with(&["is not a git repository"]);
}

#[test]
fn no_commits() {
    let env = Env::new();
    history::init(&env.path("cpython"), true);
    build(&env).failed_with(&["has no commits", "hint: fetch some first"]);
}

#[test]
fn with_a_work_tree() {
    let env = Env::new();
    let repository = history::init(&env.path("cpython"), false);
    history::play(&repository, history::COMMITS);
    build(&env).succeeded();
    let manifest = env.store().current().expect("an index").manifest().clone();
    assert_eq!(
        (manifest.upstream.as_str(), manifest.counts.commits),
        ("cpython", 31)
    );
    env.run(["triage", HANG]).succeeded();
}

#[test]
fn named_after_its_origin() {
    let env = Env::new();
    let repository = env.repository("work", history::COMMITS);
    drop(repository.remote("origin", "https://example.org/moon/python.git"));
    env.run(["index", "build", &env.path_text("work")])
        .succeeded();
    let upstreams = Upstreams::at(&env.indexes());
    assert_eq!(upstreams.names().expect("a folder"), ["python"]);
}

#[test]
fn lost_blob() {
    let env = Env::new();
    let repository = env.repository("cpython", history::COMMITS);
    let tree = tip(&repository, "main").tree().expect("a tree");
    let blob = tree
        .get_path(Path::new("Python/tasklets.c"))
        .expect("a file");
    lose(&repository, blob.id());
    let run = build(&env).succeeded();
    assert!(
        run.stderr
            .contains("missing in the clone: 1 blobs (partial clone)"),
        "{run}"
    );
    assert_eq!(commits(&env), 31);
    env.run(["triage", HANG]).succeeded();
}

#[test]
fn lost_tree() {
    let env = Env::new();
    let repository = env.repository("cpython", history::COMMITS);
    let tree = tip(&repository, "3.10").tree().expect("a tree");
    lose(&repository, tree.id());
    let run = build(&env).succeeded();
    assert!(run.stderr.contains(" trees (partial clone)"), "{run}");
    assert_eq!(commits(&env), 31);
}

#[test]
fn lost_commit() {
    let env = Env::new();
    let repository = env.repository("cpython", history::COMMITS);
    let tip = tip(&repository, "main");
    lose(&repository, tip.parent_id(0).expect("a parent"));
    let run = build(&env).succeeded();
    assert!(
        run.stderr
            .contains("missing in the clone: 1 commit objects"),
        "{run}"
    );
    // What only the lost one led to, back to where 3.10 began, is gone with it.
    assert!((25..31).contains(&commits(&env)), "{}", commits(&env));
}

/// As `git clone --depth` leaves it: the file `shallow` names commits whose parents are not there.
#[test]
fn shallow() {
    let env = Env::new();
    let whole = env.repository("whole", history::COMMITS);
    let repository = history::init(&env.path("cpython"), true);
    let tip = tip(&whole, "main");
    let kept = [tip.clone(), tip.parent(0).expect("a parent")];
    let (source, target) = (
        whole.odb().expect("objects"),
        repository.odb().expect("objects"),
    );
    source
        .foreach(|id| {
            let object = source.read(*id).expect("an object");
            if object.kind() != ObjectType::Commit || kept.iter().any(|c| c.id() == *id) {
                target
                    .write(object.kind(), object.data())
                    .expect("an object");
            }
            true
        })
        .expect("objects");
    let main = repository.reference("refs/heads/main", tip.id(), true, "shallow");
    drop(main.expect("a branch"));
    fs::write(
        repository.path().join("shallow"),
        format!("{}\n", kept[1].id()),
    )
    .expect("a file");
    let run = build(&env).succeeded();
    assert!(run.stderr.contains("(shallow or partial clone)"), "{run}");
    assert_eq!(commits(&env), 2);
    // The oldest commit kept has no parent to compare with; that does not make it a change of everything.
    run.snapshot("build-shallow");
}

/// A reference that leads nowhere does not stop the others.
#[test]
fn broken_reference() {
    let env = Env::new();
    let repository = env.repository("cpython", history::COMMITS);
    let nowhere = "1234567890123456789012345678901234567890\n";
    fs::write(repository.path().join("refs/heads/broken"), nowhere).expect("a file");
    fs::write(repository.path().join("refs/heads/garbage"), "no name\n").expect("a file");
    build(&env).succeeded();
    assert_eq!(commits(&env), 31);
}

/// Objects that are damaged are as good as lost ones.
#[test]
fn damaged_objects() {
    let env = Env::new();
    let repository = env.repository("cpython", history::COMMITS);
    let tree = tip(&repository, "main").tree().expect("a tree");
    let blob = tree.get_path(Path::new("README.rst")).expect("a file");
    let parent = tip(&repository, "main").parent_id(0).expect("a parent");
    for id in [blob.id(), parent] {
        let path = object(&repository, id);
        files::make_writable(&path);
        fs::write(path, b"no object").expect("a file");
    }
    let run = build(&env).succeeded();
    assert!(run.stderr.contains("missing in the clone"), "{run}");
}

/// A mirror without tags: the releases are those that CPython's own version file announces.
#[test]
fn releases_without_tags() {
    let env = Env::new();
    let script = r#"commit main 2021-05-01
    Begin
file Include/patchlevel.h
+#define PY_VERSION "3.11.0a7+"
file Objects/a.c
+int first(void) { return 1; }

commit main 2021-06-01
    Python 3.11.0b1
file Include/patchlevel.h
-#define PY_VERSION "3.11.0a7+"
+#define PY_VERSION "3.11.0b1"

commit main 2021-06-02
    Main is 3.12 now
file Include/patchlevel.h
-#define PY_VERSION "3.11.0b1"
+#define PY_VERSION "3.12.0a0"

commit main 2021-06-03
    Add the second
file Objects/a.c
 int first(void) { return 1; }
+int second(void) { return 2; }

commit main 2021-07-01
    Python 3.12.0a1
file Include/patchlevel.h
-#define PY_VERSION "3.12.0a0"
+#define PY_VERSION "3.12.0a1"
"#;
    drop(env.repository("cpython", script));
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
    let searcher = env.searcher();
    let releases: Vec<String> = searcher
        .releases()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(releases, ["3.11.0b1", "3.12.0a1"]);
    assert_eq!(searcher.code().defines((3, 11), "second"), Some(false));
    assert_eq!(searcher.code().defines((3, 12), "second"), Some(true));
    assert_eq!(searcher.code().defines((3, 10), "first"), None);
}
