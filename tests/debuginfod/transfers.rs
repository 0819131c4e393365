//! Transfers that succeed, and what the cache holds after them.

use fixtrail::stack::debuginfod::{Error, Failure, Kind};

use super::{HEX, ID, Setup, bytes, good};
use crate::support::server::{Server, send};

#[test]
fn a_file_is_fetched_once() {
    let server = Server::file(good(300_000));
    let setup = Setup::new([&server]);
    let path = setup.find().expect("an answer").expect("a file");
    assert_eq!(path, setup.stored());
    assert_eq!(bytes(&path), good(300_000));
    assert_eq!(setup.find().expect("an answer"), Some(path));
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let line = format!("GET /buildid/{HEX}/debuginfo HTTP/1.1\r\n");
    assert!(requests[0].starts_with(&line), "{}", requests[0]);
    assert_eq!(setup.left(), 1);
    let total = good(300_000).len() as u64;
    let progress = setup.seen.progress.borrow();
    assert_eq!(progress.last(), Some(&(total, Some(total))));
}

#[cfg(unix)]
#[test]
fn what_is_stored_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::file(good(10));
    let setup = Setup::new([&server]);
    let path = setup.find().expect("an answer").expect("a file");
    let mode = |path: &std::path::Path| {
        let found = std::fs::metadata(path).expect("a file");
        found.permissions().mode() & 0o777
    };
    assert_eq!(mode(&path), 0o400);
    assert_eq!(mode(path.parent().expect("a folder")), 0o700);
}

#[test]
fn the_executable_is_another_file() {
    let server = Server::file(good(10));
    let setup = Setup::new([&server]);
    let client = setup.client();
    let found = client.find(ID, Kind::Executable).expect("an answer");
    let path = setup.cache.path().join(HEX).join("executable");
    assert_eq!(found, Some(path));
    setup.find().expect("an answer");
    assert!(server.requests()[0].contains("/executable "));
    assert_eq!((server.count(), setup.left()), (2, 2));
}

#[test]
fn the_next_server_is_asked() {
    let servers = [
        Server::status(404),
        Server::status(403),
        Server::file(good(10)),
    ];
    let setup = Setup::new(&servers);
    assert_eq!(setup.find().expect("an answer"), Some(setup.stored()));
    let problems = setup.seen.problems.borrow();
    assert_eq!(problems.len(), 1, "that a server has no file is no problem");
    assert_eq!(problems[0].failure, Failure::Status(403));
    assert_eq!(problems[0].url, servers[1].url());
}

#[test]
fn a_miss_is_remembered() {
    let server = Server::status(404);
    let setup = Setup::new([&server, &server]);
    assert_eq!(setup.find().expect("an answer"), None);
    assert_eq!(bytes(&setup.stored()), b"");
    assert_eq!(setup.find().expect("an answer"), None);
    assert_eq!(server.count(), 2, "each server once");
}

#[test]
fn a_miss_is_not_remembered_where_a_server_failed() {
    let servers = [Server::status(404), Server::status(403)];
    let setup = Setup::new(&servers);
    assert_eq!(setup.failure(), Failure::Status(403));
    assert!(!setup.stored().exists());
    let error = setup.find().expect_err("a failure");
    let expected = format!(
        "no debuginfo for build ID {HEX}: {}: HTTP status 403",
        servers[1].url()
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_wrong_file_of_another_client_is_replaced() {
    let server = Server::file(good(10));
    let setup = Setup::new([&server]);
    std::fs::create_dir(setup.cache.path().join(HEX)).expect("a folder");
    std::fs::write(setup.stored(), "<html>").expect("a file");
    assert_eq!(setup.find().expect("an answer"), Some(setup.stored()));
    assert_eq!(bytes(&setup.stored()), good(10));
}

#[test]
fn an_answer_may_come_without_its_length() {
    let body = good(200_000);
    let open = Server::raw("HTTP/1.1 200 OK\nConnection: close", body.clone());
    let setup = Setup::new([&open]);
    assert_eq!(setup.find().expect("an answer"), Some(setup.stored()));
    let chunked = Server::start(move |_, stream| {
        send(
            stream,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        for chunk in body.chunks(7000) {
            send(stream, format!("{:x}\r\n", chunk.len()).as_bytes());
            send(stream, chunk);
            send(stream, b"\r\n");
        }
        send(stream, b"0\r\n\r\n");
    });
    let setup = Setup::new([&chunked]);
    assert_eq!(setup.find().expect("an answer"), Some(setup.stored()));
    assert_eq!(bytes(&setup.stored()), good(200_000));
}

#[test]
fn redirects_are_followed() {
    let target = Server::file(good(10));
    let head = format!(
        "HTTP/1.1 302 Found\nLocation: {}/elsewhere\nContent-Length: 0\nConnection: close",
        target.url()
    );
    let server = Server::raw(&head, "");
    let setup = Setup::new([&server]);
    assert_eq!(setup.find().expect("an answer"), Some(setup.stored()));
    assert!(target.requests()[0].starts_with("GET /elsewhere "));
}

#[test]
fn what_passes_is_tried_again() {
    let server = Server::start(|number, stream| {
        let body = good(10);
        let (status, length) = match number {
            0 => (503, 0),
            1 => (200, body.len() + 1),
            _ => (200, body.len()),
        };
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        send(stream, head.as_bytes());
        send(stream, &body[..length.min(body.len())]);
    });
    let mut setup = Setup::new([&server]);
    setup.settings.retries = 2;
    assert_eq!(setup.find().expect("an answer"), Some(setup.stored()));
    assert_eq!(server.count(), 3);
    assert_eq!(setup.seen.problems.borrow().len(), 0);
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let server = Server::file(good(10));
    let mut setup = Setup::new([&server]);
    let file = setup.cache.path().join("file");
    std::fs::write(&file, "").expect("a file");
    setup.settings.cache = file.join("cache");
    let error = setup.find().expect_err("a failure");
    assert!(matches!(error, Error::Cache { .. }), "{error}");
}

#[test]
fn a_proxy_is_asked_instead() {
    let proxy = Server::file(good(10));
    let mut setup = Setup::new([]);
    setup.settings.urls = vec!["http://symbols.invalid/".to_owned()];
    setup.settings.proxies.http = Some(proxy.url());
    assert_eq!(setup.find().expect("an answer"), Some(setup.stored()));
    let line = format!("GET http://symbols.invalid/buildid/{HEX}/debuginfo ");
    assert!(proxy.requests()[0].starts_with(&line));
}
