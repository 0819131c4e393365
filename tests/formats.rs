//! Indexes that another version of the program wrote.

use std::fs;
use std::path::PathBuf;

use crate::support::{Env, GEN_THROW, HANG, files};

fn manifest(env: &Env) -> PathBuf {
    let current = fs::read_to_string(env.index().join("current")).expect("a current generation");
    env.index().join(current).join("manifest.json")
}

/// Writes another format into the manifest.
fn set_format(env: &Env, format: u32) {
    let manifest = manifest(env);
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let other = text.replacen("\"format\": 3", &format!("\"format\": {format}"), 1);
    assert_ne!(other, text);
    fs::write(&manifest, other).expect("a manifest");
}

#[test]
fn a_newer_format() {
    let env = Env::with_clone();
    set_format(&env, 99);
    for args in [
        &["triage", HANG][..],
        &["index", "info"],
        &["index", "update"],
    ] {
        env.run(args)
            .failed_with(&["has format 99", "reads format 3", "fixtrail index build"]);
    }
    env.run(["triage", HANG]).snapshot("other-format");
    // Later formats may have other fields.
    fs::write(manifest(&env), r#"{"format": 100, "names": []}"#).expect("a manifest");
    env.run(["triage", HANG]).failed_with(&["has format 100"]);
    // A build takes its place.
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
    env.run(["index", "verify"]).succeeded();
}

#[test]
fn an_update_builds_an_older_format_anew() {
    let env = Env::with_clone();
    set_format(&env, 2);
    env.run(["triage", HANG])
        .failed_with(&["has format 2", "build it anew"]);
    let run = env.run(["index", "update"]).succeeded();
    assert!(
        run.stderr
            .contains("built anew: an older fixtrail wrote it"),
        "{run}"
    );
    env.run(["triage", HANG]).succeeded();
}

/// Format 2 had room for one index in a folder, and no folders for upstreams.
fn move_up(env: &Env) {
    let text = fs::read_to_string(manifest(env)).expect("a manifest");
    let mut former: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    former["format"] = 2.into();
    former["clone"] = former["origin"]["path"].take();
    former.as_object_mut().expect("an object").remove("origin");
    fs::write(manifest(env), former.to_string()).expect("a manifest");
    for name in files::names(&env.index()) {
        fs::rename(env.index().join(&name), env.indexes().join(&name)).expect("a file");
    }
    fs::remove_dir(env.index()).expect("a folder");
}

#[test]
fn the_layout_of_format_2() {
    let env = Env::with_clone();
    move_up(&env);
    fs::write(env.indexes().join("index.toml"), "").expect("a file");
    // Whoever asks gets an answer from the facts, and is told why.
    let run = env.run(["triage", GEN_THROW]).succeeded();
    run.snapshot("former-layout");
    env.run(["index", "remove", "cpython"]).succeeded();
    let run = env.run(["index", "update"]).succeeded();
    for words in [
        "built anew: an older fixtrail wrote it",
        "removed the index of format 2 from",
    ] {
        assert!(run.stderr.contains(words), "{run}");
    }
    assert_eq!(files::names(&env.indexes()), ["cpython", "index.toml"]);
    let run = env.run(["triage", HANG]).succeeded();
    assert_eq!(run.stderr, "");
}

/// Also where the facts have taken the place meanwhile; and a build does the same.
#[test]
fn the_layout_of_format_2_beside_facts() {
    for command in [&["index", "update"][..], &["index", "build"]] {
        let env = Env::with_clone();
        move_up(&env);
        env.run(["triage", HANG]);
        let clone = env.path_text("cpython");
        let run = env.run(command.iter().chain([&&*clone])).succeeded();
        assert!(
            run.stderr.contains("removed the index of format 2"),
            "{run}"
        );
        assert_eq!(files::names(&env.indexes()), ["cpython"]);
        assert!(!env.searcher().manifest().is_facts());
    }
}
