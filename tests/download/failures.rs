//! Servers that refuse, send something else, or send on to somewhere else.

use std::cell::Cell;

use fixtrail::download::{Checksum, DownloadError, Failure};
use fixtrail::http::TransportError;

use super::file_server::{FileServer, answer};
use super::{Setup, body, requests};
use crate::support::files;
use crate::support::server::{Server, send, wait};

/// Answers with a status, headers and a body, and has no sums.
fn server(status: &'static str, headers: impl Into<String>, content: &[u8]) -> Server {
    let (headers, content) = (headers.into(), content.to_vec());
    Server::answering(move |request, stream| {
        if request.contains(".sha256") {
            answer(stream, "404 Not Found", "", b"", usize::MAX);
        } else {
            answer(stream, status, &headers, &content, usize::MAX);
        }
    })
}

#[test]
fn a_refusal_is_final() {
    for status in [
        "400 No", "401 No", "403 No", "404 No", "204 No", "206 No", "304 No", "416 No",
    ] {
        let server = server(status, "", b"");
        let number = status[..3].parse().expect("a number");
        let failure = Setup::new().failure(&server);
        let wait = None;
        assert_eq!(
            failure,
            Failure::Status {
                status: number,
                wait
            }
        );
        assert_eq!(requests(&server).len(), 1, "{status}");
    }
}

#[test]
fn a_page_is_no_file() {
    for (headers, content) in [
        ("Content-Type: text/html; charset=utf-8\r\n", &b"0123"[..]),
        ("", b"\r\n<!DOCTYPE html><title>Sign in</title>"),
        ("Content-Type: application/octet-stream\r\n", b"<html>"),
    ] {
        let setup = Setup::new();
        assert_eq!(
            setup.failure(&server("200 OK", headers, content)),
            Failure::Page
        );
        assert_eq!(setup.part(), b"");
    }
}

#[test]
fn a_page_replaces_nothing() {
    let setup = Setup::hasty();
    let count = Cell::new(0);
    let server = Server::answering(move |request, stream| {
        if request.contains(".sha256") {
            return answer(stream, "404 Not Found", "", b"", usize::MAX);
        }
        match count.replace(count.get() + 1) {
            0 => answer(stream, "200 OK", "ETag: \"one\"\r\n", &body(200), 100),
            _ => answer(
                stream,
                "200 OK",
                "",
                b"<html>Sign in to this network",
                usize::MAX,
            ),
        }
    });
    setup.failure(&server);
    assert_eq!(setup.failure(&server), Failure::Page);
    assert_eq!(setup.part(), body(100));
}

#[test]
fn a_file_has_a_limit() {
    let mut setup = Setup::new();
    setup.settings.limit = 100_000;
    let large = Failure::TooLarge { limit: 100_000 };
    assert_eq!(setup.failure(&server("200 OK", "", &body(100_001))), large);
    assert!(setup.received.borrow().is_empty(), "nothing was read");
    let endless = Server::answering(|request, stream| {
        if request.contains(".sha256") {
            return answer(stream, "404 Not Found", "", b"", usize::MAX);
        }
        send(stream, b"HTTP/1.1 200 OK\r\nETag: \"one\"\r\n\r\n");
        while send(stream, &[b'x'; 4096]) {}
    });
    assert_eq!(setup.failure(&endless), large);
    assert_eq!(setup.part(), b"", "it does not stay");
    setup.settings.limit = 10;
    let short = Server::raw("HTTP/1.1 200 OK\nConnection: close", "0123456789a");
    setup.settings.sha256 = Some(Checksum::of(b""));
    assert_eq!(setup.failure(&short), Failure::TooLarge { limit: 10 });
}

#[test]
fn a_limit_is_of_the_whole_file() {
    let mut setup = Setup::new();
    let server = FileServer::of(&body(1000)).start();
    drop(setup.from(&server).expect("a file"));
    setup.settings.limit = 999;
    assert_eq!(setup.failure(&server), Failure::TooLarge { limit: 999 });
    assert_eq!(setup.part(), body(1000), "for a call with another limit");
}

#[test]
fn a_file_in_another_encoding() {
    let server = server("200 OK", "Content-Encoding: gzip\r\n", b"\x1f\x8b");
    let failure = Setup::new().failure(&server);
    assert_eq!(failure, Failure::Encoding("gzip".to_owned()));
}

#[test]
fn silence_is_waited_out() {
    let silent = Server::start(|_, stream| wait(stream));
    let mut setup = Setup::new();
    setup.settings.timeout = std::time::Duration::from_millis(200);
    setup.settings.retries = 1;
    let failure = setup.failure(&silent);
    assert_eq!(failure, Failure::Transport(TransportError::Stalled(0)));
    assert_eq!(setup.waits.borrow().len(), 1);
}

#[test]
fn a_server_that_is_not_there() {
    let setup = Setup::new();
    let error = setup.fetch("http://127.0.0.1:1/py.corpus");
    let Err(DownloadError::Server { failure, .. }) = error else {
        panic!("{error:?}");
    };
    let connect = matches!(failure, Failure::Transport(TransportError::Connect(_)));
    assert!(connect, "{failure}");
    assert!(setup.waits.borrow().is_empty(), "it never answered");
}

#[test]
fn a_redirect_is_followed_within_the_machine() {
    let target = FileServer::of(&body(1000)).start();
    let location = format!("Location: {}/other\r\n", target.url());
    let found = Setup::new().from(&server("302 Found", location, b""));
    assert_eq!(found.expect("a file").bytes, 1000);
}

#[test]
fn a_redirect_without_protection_is_refused() {
    for target in ["http://192.0.2.1/py.corpus", "ftp://127.0.0.1/py.corpus"] {
        let server = server("302 Found", format!("Location: {target}\r\n"), b"");
        let failure = Setup::new().failure(&server);
        let refused = matches!(failure, Failure::Transport(TransportError::Redirect(_)));
        assert!(
            refused
                || failure
                    == Failure::Status {
                        status: 302,
                        wait: None
                    },
            "{failure}"
        );
        assert_eq!(requests(&server).len(), 1);
    }
    let circle = server("302 Found", "Location: /again\r\n", b"");
    let failure = Setup::new().failure(&circle);
    assert_eq!(failure.to_string(), "more than 5 redirects");
    assert_eq!(requests(&circle).len(), 6);
}

/// The notes beside the file go to a device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    let setup = Setup::new();
    let server = FileServer::of(&body(1000)).start();
    let folder = setup.folder.path().join("new");
    std::fs::create_dir(&folder).expect("a folder");
    let name = Checksum::of(super::file_of(&server).as_bytes()).to_string();
    let notes = folder.join(&name[..32]).with_extension("json");
    std::os::unix::fs::symlink("/dev/full", &notes).expect("a link");
    let error = setup.from(&server).expect_err("no space");
    let part = notes.with_extension("part");
    let text = format!(
        "the disk is full; {} keeps the first 0 bytes",
        part.display()
    );
    assert_eq!(error.to_string(), text);
    std::fs::remove_file(&notes).expect("made room");
    setup.from(&server).expect("a file");
}

#[test]
fn addresses_that_are_none() {
    let setup = Setup::new();
    for (url, why) in [
        ("http://me:word@host.example/f", "http is not protected"),
        ("ftp://me:word@host.example/f", "starts with ftp"),
        ("https://me:word@:99999/f", "empty host"),
        ("me:word", "starts with me"),
        ("", "relative URL"),
    ] {
        let error = setup.fetch(url).expect_err("no address");
        let text = error.to_string();
        assert!(matches!(error, DownloadError::Address { .. }), "{text}");
        assert!(
            text.contains(why) && !text.contains("word"),
            "{url}: {text}"
        );
    }
    assert!(files::all(setup.folder.path()).is_empty());
}

#[test]
fn a_password_is_sent_and_not_shown() {
    let mut setup = Setup::hasty();
    let mut file = FileServer::of(&body(1000));
    file.cut = |number| if number == 0 { 100 } else { usize::MAX };
    let server = file.start();
    let url = super::file_of(&server).replace("http://", "http://me:secret@") + "?key=secret";
    let mut told = vec![setup.fetch(&url).expect_err("cut off").to_string()];
    let found = setup.fetch(&url).expect("a file");
    assert_eq!(found.resumed, 100);
    told.push(format!("{found:?}"));
    for path in files::all(setup.folder.path()) {
        told.push(path.to_string_lossy().into_owned());
        told.push(String::from_utf8_lossy(&std::fs::read(path).expect("a file")).into_owned());
    }
    drop(found);
    setup.settings.sha256 = Some(Checksum::of(b"other"));
    told.push(setup.fetch(&url).expect_err("another sum").to_string());
    told.push(
        setup
            .fetch("http://me:secret@127.0.0.1:1/f")
            .expect_err("nobody")
            .to_string(),
    );
    for text in &told {
        assert!(!text.contains("secret"), "{text}");
    }
    let sent = super::file_server::header(&server.requests()[0], "authorization").map(str::len);
    assert_eq!(sent, Some("Basic bWU6c2VjcmV0".len()));
}
