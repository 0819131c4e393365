//! Indexes that are not what they should be.

use std::fs;

use crate::support::{Env, HANG, files};

/// The folder of the generation that answers.
fn generation(env: &Env) -> std::path::PathBuf {
    let current = fs::read_to_string(env.index().join("current")).expect("a current generation");
    env.index().join(current)
}

/// Damage of every file in many places: an answer or a clear word, never a panic.
#[test]
fn damaged_files() {
    let env = Env::with_index();
    let folder = generation(&env);
    let mut failed = 0;
    for path in files::all(&folder) {
        let sound = fs::read(&path).expect("a file");
        for (what, spoilt) in spoilt(&sound) {
            fs::write(&path, spoilt).expect("a file");
            for args in [&["triage", HANG][..], &["index", "info"]] {
                let run = env.run(args);
                let name = path.display();
                assert!(matches!(run.code, Some(0..=2)), "{name} {what}: {run}");
                assert!(!run.stderr.contains("panicked"), "{name} {what}: {run}");
                if run.code == Some(2) {
                    failed += 1;
                    assert!(run.stderr.contains("hint: "), "{name} {what}: {run}");
                }
            }
        }
        fs::write(&path, sound).expect("a file");
    }
    assert!(failed > 20, "{failed} of the damages were noticed");
    env.run(["triage", HANG]).succeeded();
}

fn spoilt(sound: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = vec![("emptied".to_owned(), Vec::new())];
    for part in [2, 4, 10] {
        let at = sound.len() / part;
        all.push((format!("cut at {at}"), sound[..at].to_vec()));
        let mut flipped = sound.to_vec();
        if let Some(byte) = flipped.get_mut(at) {
            *byte ^= 0xff;
        }
        all.push((format!("flipped at {at}"), flipped));
    }
    all
}

#[test]
fn missing_files() {
    let env = Env::with_index();
    for path in files::all(&generation(&env)) {
        let sound = fs::read(&path).expect("a file");
        fs::remove_file(&path).expect("a file");
        let run = env.run(["triage", HANG]);
        assert!(
            !run.stderr.contains("panicked"),
            "{}: {run}",
            path.display()
        );
        fs::write(&path, sound).expect("a file");
    }
}

#[test]
fn a_current_generation_that_is_not_there() {
    let env = Env::with_index();
    for name in ["generation-77", "", "../../..", "\u{0}"] {
        fs::write(env.index().join("current"), name).expect("a file");
        env.run(["triage", HANG]).failed_with(&["hint: "]);
    }
}

#[test]
fn an_index_that_is_a_file() {
    let env = Env::new();
    let file = env.file("index", "no folder");
    env.run(["triage", "--index", &file, HANG])
        .failed_with(&["index", "cannot be read or written"]);
}

/// An index that one user builds is for all.
#[cfg(unix)]
#[test]
fn every_file_can_be_read_by_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let env = Env::with_clone();
    env.run(["index", "build", &env.path_text("cpython")])
        .succeeded();
    let mode = |path: &std::path::Path| fs::metadata(path).expect("a file").permissions().mode();
    let usual = mode(&generation(&env).join("manifest.json"));
    for path in files::all(&generation(&env)) {
        assert_eq!(mode(&path), usual, "{}", path.display());
    }
}

/// A search writes nothing, so that an index may be shared, or lie on a disk that is read-only.
#[cfg(unix)]
#[test]
fn read_only_folder() {
    let env = Env::with_index();
    let state = || {
        let read = |path: std::path::PathBuf| (fs::read(&path).expect("a file"), path);
        files::all(&env.index())
            .into_iter()
            .map(read)
            .collect::<Vec<_>>()
    };
    let before = state();
    files::set_writable(&env.index(), false);
    let run = env.run(["triage", HANG]);
    files::set_writable(&env.index(), true);
    run.succeeded();
    assert!(state() == before, "a search changed the index");
}
