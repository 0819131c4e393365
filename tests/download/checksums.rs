//! Files that are, or are not, what somebody says they are.

use fixtrail::download::{Checksum, DownloadError, Failure};

use super::file_server::{FileServer, answer};
use super::{Setup, body, bytes};
use crate::support::server::Server;

/// A server with a list beside its file, and how a fetch from it ends.
fn with_list(list: impl Into<String>) -> (Setup, Server) {
    let mut server = FileServer::of(&body(1000));
    server.sums = Some(list.into());
    (Setup::new(), server.start())
}

#[test]
fn a_sum_of_the_caller() {
    let sum = Checksum::of(&body(1000));
    let (mut setup, server) = with_list("not looked at");
    setup.settings.sha256 = Some(sum);
    let found = setup.from(&server).expect("a file");
    assert_eq!((bytes(&found), found.checked), (body(1000), Some(sum)));
    assert_eq!(server.count(), 1);
}

#[test]
fn a_list_of_the_server() {
    let (sum, other) = (Checksum::of(&body(1000)), Checksum::of(b"other"));
    for list in [
        format!("{sum}\n"),
        format!("{other}  other.corpus\n{sum}  py.corpus\n"),
    ] {
        let (setup, server) = with_list(list);
        let found = setup.from(&server).expect("a file");
        assert_eq!(found.checked, Some(sum));
        assert!(server.requests()[0].starts_with("GET /index/py.corpus.sha256 HTTP/1.1\r\n"));
    }
}

#[test]
fn a_list_stands_beside_the_path() {
    let (setup, server) = with_list(Checksum::of(&body(1000)).to_string());
    let url = format!("{}/py%20x.corpus?key=1#top", server.url());
    setup.fetch(&url).expect("a file");
    let asked = server.requests();
    assert!(
        asked[0].starts_with("GET /py%20x.corpus.sha256?key=1 "),
        "{}",
        asked[0]
    );
    assert!(
        asked[1].starts_with("GET /py%20x.corpus?key=1 "),
        "{}",
        asked[1]
    );
}

#[test]
fn a_wrong_file_is_removed() {
    let (expected, found) = (Checksum::of(b"other"), Checksum::of(&body(1000)));
    let (setup, server) = with_list(expected.to_string());
    let error = setup.from(&server).expect_err("another sum");
    assert!(matches!(error, DownloadError::Checksum { .. }), "{error}");
    let text = error.to_string();
    let sums = format!("py.corpus has the SHA-256 {found} instead of {expected}");
    assert!(text.ends_with(&sums), "{text}");
    assert_eq!(setup.left(), 0);
}

#[test]
fn a_sum_is_of_all_pieces() {
    let mut setup = Setup::new();
    setup.settings.sha256 = Some(Checksum::of(&body(300_000)));
    let mut server = FileServer::of(&body(300_000));
    server.cut = |_| 70_000;
    let found = setup.from(&server.start()).expect("a file");
    assert_eq!(found.checked, setup.settings.sha256);
}

#[test]
fn a_list_that_is_none() {
    let name = "py.corpus".to_owned();
    let other = Checksum::of(b"other");
    for list in [
        "",
        "soon",
        &format!("{other}  other.corpus"),
        &"x".repeat(1 << 20),
    ] {
        let (setup, server) = with_list(list);
        let failure = setup.failure(&server);
        assert_eq!(failure, Failure::NoChecksum { name: name.clone() });
        assert_eq!(server.count(), 1, "the file was not asked for");
    }
    let (setup, server) = with_list("<!doctype html>");
    assert_eq!(setup.failure(&server), Failure::Page);
}

#[test]
fn a_list_that_cannot_be_had() {
    let server = Server::answering(|_, stream| {
        answer(stream, "503 Service Unavailable", "", b"", usize::MAX);
    });
    let failure = Setup::hasty().failure(&server);
    let wait = None;
    assert_eq!(failure, Failure::Status { status: 503, wait });
    // As object stores have it.
    for status in ["403 Forbidden", "410 Gone"] {
        let server = Server::answering(move |request, stream| {
            if request.contains(".sha256") {
                answer(stream, status, "", b"", usize::MAX);
            } else {
                answer(stream, "200 OK", "", b"0123", usize::MAX);
            }
        });
        let found = Setup::new().from(&server).expect("a file");
        assert_eq!(found.checked, None);
    }
}
