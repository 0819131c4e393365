//! `fixtrail index export` and `import`.

use std::fs;

use crate::support::{Env, HANG, files, history};

const MOON: &str = "commit main 2021-01-04\n    Begin\nfile moon.c\n+int moon;\n";

fn answer(env: &Env, args: &[&str]) -> String {
    env.run(args).succeeded().stdout
}

#[test]
fn exported_and_imported() {
    let there = Env::with_clone();
    there.repository("moon", MOON);
    there
        .run(["index", "build", &there.path_text("moon")])
        .succeeded();
    let file = there.path_text("indexes.corpus");
    let run = there.run(["index", "export", &file]).succeeded();
    run.snapshot("index-export");
    let json = there.run(["index", "export", "--json", &file]).json();
    let bytes = fs::metadata(&file).expect("a corpus").len();
    assert_eq!(json["bytes"], bytes);
    assert_eq!(json["upstreams"], serde_json::json!(["cpython", "moon"]));
    assert!(!there.path("indexes.corpus.part").exists());

    let here = Env::new();
    let run = here.run(["index", "import", &file]).succeeded();
    assert!(run.stdout.contains("source       a corpus"), "{run}");
    assert_eq!(files::names(&here.indexes()), ["cpython", "moon"]);
    // What is read of the clone's files would tell the two apart.
    fs::rename(there.path("cpython"), there.path("away")).expect("the clone");
    for args in [&["triage", HANG][..], &["triage", "--json", HANG]] {
        assert_eq!(answer(&here, args), answer(&there, args));
    }
    let run = here.run(["index", "verify"]).succeeded();
    assert!(run.stdout.starts_with("whole: "), "{run}");
    // One of two, and over one that is there.
    let one = there.path_text("one.corpus");
    there
        .run(["index", "export", "--upstream", "moon", &one])
        .succeeded();
    here.run(["index", "import", &one]).succeeded();
    assert_eq!(
        files::names(&here.indexes().join("moon")),
        ["current", "generation-2", "lock"]
    );
    assert_eq!(
        files::names(&here.index()),
        ["current", "generation-1", "lock"]
    );
}

/// Who imports and has a clone can go on from there.
#[test]
fn an_imported_index_is_updated_from_a_clone() {
    let there = Env::with_clone();
    let file = there.path_text("indexes.corpus");
    there.run(["index", "export", &file]).succeeded();
    let here = Env::new();
    here.run(["index", "import", &file]).succeeded();
    here.run(["index", "update"])
        .failed_with(&["was not built from a clone", "fixtrail index update CLONE"]);
    let repository = git2::Repository::open(there.path("cpython")).expect("the clone");
    history::play(
        &repository,
        "commit main 2021-10-05\n    A new end\nfile README.rst\n+Ends.\n",
    );
    let run = here.run(["index", "update", &there.path_text("cpython")]);
    let run = run.succeeded();
    assert!(run.stderr.contains("added 1 commits"), "{run}");
    // From now on it knows the clone.
    here.run(["index", "update"]).succeeded();
    here.run(["index", "verify"]).succeeded();
}

#[test]
fn facts_hold_no_words() {
    let env = Env::with_clone();
    let file = env.path_text("facts.corpus");
    env.run(["index", "export", "--facts", &file]).succeeded();
    let here = Env::new();
    here.run(["index", "import", &file]).succeeded();
    let run = here.run(["triage", HANG]).succeeded();
    run.snapshot("triage-facts");
    let first = here.run(["triage", "--json", HANG]).json();
    let whole = env.run(["triage", "--json", HANG]).json();
    assert_eq!(
        first["verdicts"][0]["commit"]["hash"],
        whole["verdicts"][0]["commit"]["hash"]
    );
    assert_eq!(
        first["verdicts"][0]["fixed_in"],
        whole["verdicts"][0]["fixed_in"]
    );
    here.run(["index", "verify"]).succeeded();
    here.run(["index", "export", &file])
        .failed_with(&["holds facts alone", "--facts"]);
    // Facts of facts are the same.
    let again = here.path_text("again.corpus");
    here.run(["index", "export", "--facts", &again]).succeeded();
    let facts = |env: &Env| env.run(["triage", "--json", HANG]).json()["verdicts"].clone();
    let before = facts(&here);
    here.run(["index", "import", &again]).succeeded();
    assert_eq!(facts(&here), before);
}

#[test]
fn facts_since_a_release() {
    let env = Env::with_clone();
    let fixes = |args: &[&str]| {
        let file = env.path_text("facts.corpus");
        let all = ["index", "export", "--facts", "--json", &file];
        env.run(all.iter().chain(args)).json()["fixes"].clone()
    };
    let all = fixes(&[]).as_u64().expect("a number");
    let since = fixes(&["--since", "3.9.0b1"]).as_u64().expect("a number");
    assert!(0 < since && since < all, "{since} of {all}");
    let file = env.path_text("facts.corpus");
    env.run(["index", "export", "--facts", "--since", "1.4", &file])
        .failed_with(&["knows no release 1.4"]);
}

/// The old index answers, whatever was to take its place.
#[test]
fn damaged_files_are_refused() {
    let env = Env::with_clone();
    let file = env.path_text("whole.corpus");
    env.run(["index", "export", &file]).succeeded();
    let sound = fs::read(&file).expect("a corpus");
    let flipped = |at: usize| {
        let mut flipped = sound.clone();
        flipped[at] ^= 1;
        flipped
    };
    let newer = |at: usize| {
        let mut newer = sound.clone();
        newer[at] = 200;
        newer
    };
    let cases: [(Vec<u8>, &[&str]); 7] = [
        (Vec::new(), &["it is no corpus"]),
        (
            b"\x7fELF and more".to_vec(),
            &["it is no corpus", "index export"],
        ),
        (
            sound[..sound.len() / 2].to_vec(),
            &["it is cut off", "as it was"],
        ),
        (sound[..sound.len() - 1].to_vec(), &["it is cut off"]),
        (
            flipped(sound.len() - 1),
            &["its checksum is wrong", "as it was"],
        ),
        (flipped(sound.len() / 2), &["was not imported"]),
        (
            newer(8),
            &["it has version 200", "reads version 1", "newer fixtrail"],
        ),
    ];
    for (bytes, words) in cases {
        let damaged = env.file("damaged.corpus", bytes);
        env.run(["index", "import", &damaged]).failed_with(words);
        assert_eq!(
            files::names(&env.index()),
            ["current", "generation-1", "lock"]
        );
        env.run(["triage", HANG]).succeeded();
    }
    env.run(["index", "import", "/no/such/file"])
        .failed_with(&["/no/such/file", "cannot be read"]);
}

#[test]
fn where_the_file_cannot_be_written() {
    let env = Env::with_index();
    env.run(["index", "export", "/no/such/folder/file"])
        .failed_with(&["/no/such/folder/file", "cannot be read or written"]);
    let empty = Env::new();
    empty
        .run(["index", "export", &empty.path_text("file")])
        .failed_with(&["there is no index in"]);
}
