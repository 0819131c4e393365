//! Servers that are broken or lie. None leaves anything in the cache.

use fixtrail::http::TransportError;
use fixtrail::stack::debuginfod::{Failure, Kind};

use super::{ID, Setup, good};
use crate::support::elf;
use crate::support::server::{Server, send};

#[test]
fn an_error_status_is_of_one_file() {
    let server = Server::status(500);
    let setup = Setup::new([&server]);
    let client = setup.client();
    for id in [ID, b"another"] {
        client.find(id, Kind::Debuginfo).expect_err("a failure");
    }
    assert_eq!(server.count(), 2);
    for status in [204, 206, 301, 400, 401, 418] {
        let server = Server::status(status);
        assert_eq!(Setup::new([&server]).failure(), Failure::Status(status));
    }
}

#[test]
fn an_answer_that_is_cut_off() {
    let body = good(300_000);
    let total = body.len() as u64;
    let head = format!("HTTP/1.1 200 OK\nContent-Length: {total}\nConnection: close");
    let server = Server::raw(&head, &body[..200_000]);
    let done = 200_000;
    let cut = Failure::CutOff {
        done,
        total: Some(total),
    };
    assert_eq!(Setup::new([&server]).failure(), cut);
    let head = format!("HTTP/1.1 200 OK\nX-DEBUGINFOD-SIZE: {total}\nConnection: close");
    let server = Server::raw(&head, &body[..200_000]);
    assert_eq!(Setup::new([&server]).failure(), cut);
    let server = Server::raw("HTTP/1.1 200 OK\nConnection: close", &body[..200_000]);
    let failure = Setup::new([&server]).failure();
    assert!(matches!(failure, Failure::Damaged(_)), "{failure}");
    let head = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked";
    let server = Server::raw(head, "1000\r\n\x7fELF");
    let failure = Setup::new([&server]).failure();
    assert!(
        matches!(failure, Failure::CutOff { done: 4, .. }),
        "{failure}"
    );
}

#[test]
fn a_length_that_is_too_small() {
    let body = good(1000);
    let head = format!("HTTP/1.1 200 OK\nContent-Length: {}", body.len() - 1);
    let server = Server::raw(&head, body);
    let failure = Setup::new([&server]).failure();
    assert!(matches!(failure, Failure::Damaged(_)), "{failure}");
}

#[test]
fn a_length_that_is_no_length() {
    for length in ["99999999999999999999999", "-1", "many"] {
        let head = format!("HTTP/1.1 200 OK\nContent-Length: {length}\nConnection: close");
        let server = Server::raw(&head, good(10));
        let failure = Setup::new([&server]).failure();
        assert!(
            matches!(failure, Failure::Transport(TransportError::Exchange(_))),
            "{failure}"
        );
    }
}

#[test]
fn a_file_that_is_said_to_be_large() {
    for header in ["Content-Length", "X-Debuginfod-Size"] {
        let head = format!("HTTP/1.1 200 OK\n{header}: 1000000000000\nConnection: close");
        let server = Server::raw(&head, good(10));
        let setup = Setup::new([&server]);
        let limit = setup.settings.max_bytes;
        assert_eq!(setup.failure(), Failure::TooLarge { limit });
        assert!(setup.seen.progress.borrow().is_empty(), "nothing was read");
    }
}

#[test]
fn a_file_without_end() {
    let server = Server::start(|_, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\nX-DEBUGINFOD-SIZE: 10\r\n\r\n");
        while send(stream, &[b'x'; 4096]) {}
    });
    let mut setup = Setup::new([&server]);
    setup.settings.max_bytes = 1_000_000;
    let limit = 1_000_000;
    assert_eq!(setup.failure(), Failure::TooLarge { limit });
    let reached = setup.seen.progress.borrow().last().map(|last| last.0);
    assert!(reached <= Some(limit));
}

#[test]
fn a_head_without_end() {
    let server = Server::start(|_, stream| {
        send(stream, b"HTTP/1.1 200 OK\r\n");
        while send(stream, b"X-More: and more\r\n") {}
    });
    let failure = Setup::new([&server]).failure();
    assert!(
        matches!(failure, Failure::Transport(TransportError::Exchange(_))),
        "{failure}"
    );
}

#[test]
fn redirects_in_a_circle() {
    let head = "HTTP/1.1 302 Found\nLocation: /again\nContent-Length: 0\nConnection: close";
    let server = Server::raw(head, "");
    let failure = Setup::new([&server]).failure();
    assert_eq!(
        failure,
        Failure::Transport(TransportError::Redirect("more than 5 redirects".to_owned()))
    );
    assert_eq!(server.count(), 6);
}

#[test]
fn a_redirect_to_something_else() {
    for target in ["file:///etc/passwd", "ftp://127.0.0.1/file", "data:,file"] {
        let head =
            format!("HTTP/1.1 302 Found\nLocation: {target}\nContent-Length: 0\nConnection: close");
        let server = Server::raw(&head, good(10));
        let failure = Setup::new([&server]).failure();
        // What the HTTP library takes for no address, it does not follow.
        let refused = matches!(
            failure,
            Failure::Transport(TransportError::Redirect(_)) | Failure::Status(302)
        );
        assert!(refused, "{target}: {failure}");
        assert_eq!(server.count(), 1, "{target}");
    }
}

#[test]
fn files_that_are_others() {
    let page = Server::file("<html>Sign in to this network</html>");
    assert_eq!(Setup::new([&page]).failure(), Failure::NotElf);
    let empty = Server::file("");
    assert_eq!(Setup::new([&empty]).failure(), Failure::NotElf);
    let other = Server::file(elf::with_build_id(b"\xca\xfe", 10));
    let found = "cafe".to_owned();
    assert_eq!(Setup::new([&other]).failure(), Failure::BuildId { found });
    let longer = Server::file(elf::with_build_id(&[ID, ID].concat(), 10));
    let failure = Setup::new([&longer]).failure();
    assert!(matches!(failure, Failure::BuildId { .. }), "{failure}");
}

#[test]
fn a_file_in_another_encoding() {
    let head = "HTTP/1.1 200 OK\nContent-Encoding: gzip\nConnection: close";
    let server = Server::raw(head, "\x1f...");
    let setup = Setup::new([&server]);
    assert_eq!(setup.failure(), Failure::Encoding("gzip".to_owned()));
    let request = server.requests()[0].to_lowercase();
    assert!(
        request.contains("accept-encoding: identity\r\n"),
        "{request}"
    );
}

#[test]
fn a_lie_does_not_hide_the_truth() {
    let servers = [
        Server::file(elf::with_build_id(b"\xca\xfe", 10)),
        Server::raw("SSH-2.0-OpenSSH_9.2", ""),
        Server::file(good(10)),
    ];
    let setup = Setup::new(&servers);
    assert_eq!(setup.find().expect("an answer"), Some(setup.stored()));
    assert_eq!(setup.seen.problems.borrow().len(), 2);
    assert_eq!(setup.left(), 1);
}

#[test]
fn addresses_that_are_none() {
    let mut setup = Setup::new([]);
    setup.settings.urls = vec!["file:///srv".to_owned(), "debuginfod".to_owned()];
    assert_eq!(setup.failures(), [Failure::Address, Failure::Address]);
}
