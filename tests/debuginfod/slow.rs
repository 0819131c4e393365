//! Servers that cannot be reached, stall or take for ever.

use std::time::Duration;

use fixtrail::http::TransportError;
use fixtrail::stack::debuginfod::{Failure, Kind};

use super::{ID, Setup, good};
use crate::support::server::{Server, send, wait};

#[test]
fn nobody_listens() {
    let good = Server::file(good(10));
    let mut setup = Setup::new([]);
    // Not a port that was free a moment ago: another test may have it by now.
    setup.settings.urls = vec!["http://127.0.0.1:1".to_owned(), good.url()];
    assert_eq!(setup.find().expect("an answer"), Some(setup.stored()));
    let problems = setup.seen.problems.borrow();
    assert!(matches!(
        problems[0].failure,
        Failure::Transport(TransportError::Connect(_))
    ));
}

#[test]
fn a_server_that_knows_no_tls() {
    let server = Server::file(good(10));
    let mut setup = Setup::new([]);
    setup.settings.urls = vec![server.url().replace("http:", "https:")];
    let failure = setup.failure();
    assert!(
        matches!(failure, Failure::Transport(TransportError::Connect(_))),
        "{failure}"
    );
    assert_eq!(server.count(), 0);
}

/// As in small containers. The folder of the certificates is the environment's business, so another process tests it.
#[test]
fn a_machine_without_certificates() {
    let own = std::env::current_exe().expect("this program");
    let output = std::process::Command::new(own)
        .arg("--exact")
        .arg("debuginfod::transfers::a_file_is_fetched_once")
        .arg("debuginfod::slow::a_server_that_knows_no_tls")
        .env("SSL_CERT_FILE", "/nonexistent")
        .env("SSL_CERT_DIR", "/nonexistent")
        .output()
        .expect("the tests");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("2 passed"), "{text}");
}

#[test]
fn a_server_that_never_answers() {
    let server = Server::start(|_, stream| wait(stream));
    let failure = Setup::impatient([&server]).failure();
    assert!(
        matches!(failure, Failure::Transport(TransportError::Stalled(_))),
        "{failure}"
    );
}

#[test]
fn a_server_that_stops_to_send() {
    let server = Server::start(|_, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n");
        send(stream, &good(300_000));
        wait(stream);
    });
    let failure = Setup::impatient([&server]).failure();
    assert!(
        matches!(failure, Failure::Transport(TransportError::Stalled(_))),
        "{failure}"
    );
}

/// Sends a few bytes now and then, for ever.
fn drip() -> Server {
    Server::start(|_, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n");
        while send(stream, b"\x7fELF") {
            std::thread::sleep(Duration::from_millis(5));
        }
    })
}

#[test]
fn a_server_that_drips() {
    let server = drip();
    let failure = Setup::impatient([&server]).failure();
    // On a busy machine its next byte may come too late.
    let cut = matches!(
        failure,
        Failure::Slow(_) | Failure::Transport(TransportError::Stalled(_))
    );
    assert!(cut, "{failure}");
}

#[test]
fn a_file_that_takes_too_long() {
    let server = drip();
    let mut setup = Setup::new([&server]);
    setup.settings.max_time = Duration::from_millis(100);
    assert_eq!(setup.failure(), Failure::Overlong(0));
}

#[test]
fn a_server_that_failed_is_left_alone() {
    let server = Server::start(|_, stream| wait(stream));
    let setup = Setup::impatient([&server]);
    let client = setup.client();
    for id in [ID, b"another", b"a third"] {
        client.find(id, Kind::Debuginfo).expect_err("a failure");
    }
    // On a busy machine it has not even read the first one.
    assert!(server.count() <= 1);
    let problems = setup.seen.problems.borrow();
    assert_eq!(problems[1].failure, Failure::GivenUp);
    assert_eq!(problems[2].failure, Failure::GivenUp);
}
