//! `fixtrail index fetch`.

use super::file_of;
use super::file_server::FileServer;
use crate::support::server::Server;
use crate::support::{Env, HANG, files};

/// The sample history's index as a corpus.
fn corpus() -> Vec<u8> {
    let env = Env::with_index();
    let file = env.path_text("whole.corpus");
    env.run(["index", "export", &file]).succeeded();
    std::fs::read(&file).expect("a corpus")
}

/// With a name and a password, which are for the server alone.
fn secret(server: &Server) -> String {
    file_of(server).replacen("http://", "http://ada:lovelace@", 1) + "?token=babbage"
}

#[test]
fn a_corpus_that_comes_in_pieces() {
    let corpus = corpus();
    let sum = fixtrail::download::Checksum::of(&corpus);
    let mut server = FileServer::of(&corpus);
    server.cut = |number| if number < 2 { 5000 } else { usize::MAX };
    server.sums = Some(format!("{sum}  py.corpus\n"));
    let server = server.start();
    let env = Env::new();
    let run = env.run(["index", "fetch", &secret(&server)]).succeeded();
    assert!(run.stdout.contains("source       a corpus"), "{run}");
    assert!(run.stderr.contains("cut off after 5000 bytes"), "{run}");
    for word in ["ada", "lovelace", "babbage"] {
        assert!(
            !run.stderr.contains(word) && !run.stdout.contains(word),
            "{run}"
        );
    }
    env.run(["triage", HANG]).succeeded();
    // Nothing of it stays but the lock.
    assert_eq!(files::all(&env.path("home/.cache/fixtrail")).len(), 1);
}

/// The index that is there answers on, and what is of no use is not kept.
#[test]
fn what_is_no_corpus() {
    let corpus = corpus();
    let env = Env::with_index();
    let right = fixtrail::download::Checksum::of(&corpus).to_string();
    let wrong = "0".repeat(64);
    let damaged = [&corpus[..2000], b"x", &corpus[2001..]].concat();
    let page = b"<!doctype html><title>Log in</title>".to_vec();
    let cases: [(&[u8], &[&str], &str); 4] = [
        (&corpus, &["--sha256", &wrong], "instead of 0000"),
        (&damaged, &["--sha256", &right], "instead of"),
        (&damaged, &[], "was not imported"),
        (&page, &[], "a web page, not a corpus"),
    ];
    for (body, flags, what) in cases {
        let server = FileServer::of(body).start();
        let url = file_of(&server);
        let args = ["index", "fetch", &url];
        env.run(args.iter().chain(flags)).failed_with(&[what]);
        let left = files::all(&env.path("home/.cache/fixtrail"));
        let sizes = left
            .iter()
            .map(|path| path.metadata().expect("a file").len());
        assert_eq!(sizes.sum::<u64>(), 0, "{left:?}");
        env.run(["triage", HANG]).succeeded();
    }
    env.run(["index", "fetch", "http://example.org/py.corpus"])
        .failed_with(&["http is not protected"]);
    env.run(["index", "fetch", "--sha256", "12", "https://example.org/"])
        .failed_with(&["--sha256"]);
    // The same, asked for by its checksum.
    let server = FileServer::of(&corpus).start();
    let url = file_of(&server);
    env.run(["index", "fetch", "--sha256", &right, &url])
        .succeeded();
}
