//! Files that come in pieces.

use std::cell::Cell;
use std::time::Duration;

use fixtrail::download::{DownloadError, Failure};

use super::file_server::{FileServer, LONG_AGO, answer, header};
use super::{Setup, body, bytes, requests};
use crate::support::server::{Server, send};

const SIZE: u32 = 300_000;

#[test]
fn a_file_comes_whole() {
    let setup = Setup::new();
    let server = FileServer::of(&body(SIZE)).start();
    let found = setup.from(&server).expect("a file");
    assert_eq!(bytes(&found), body(SIZE));
    assert_eq!((found.bytes, found.resumed), (u64::from(SIZE), 0));
    assert_eq!(found.checked, None, "there is no list of sums");
    let total = u64::from(SIZE);
    assert_eq!(setup.received.borrow().last(), Some(&(total, Some(total))));
    let request = &requests(&server)[0];
    assert!(request.starts_with("GET /index/py.corpus HTTP/1.1\r\n"));
    assert_eq!(header(request, "accept-encoding"), Some("identity"));
    assert_eq!(header(request, "range"), None);
    assert!(setup.left() > 0);
    found.discard().expect("removed");
    assert_eq!(setup.left(), 0);
}

#[test]
fn what_is_cut_off_goes_on() {
    let setup = Setup::new();
    let mut server = FileServer::of(&body(SIZE));
    server.cut = |number| [100_000, 50_000].get(number).copied().unwrap_or(usize::MAX);
    let server = server.start();
    let found = setup.from(&server).expect("a file");
    assert_eq!(bytes(&found), body(SIZE));
    assert_eq!(found.resumed, 0, "nothing was here before the call");
    let asked = requests(&server);
    let ranges: Vec<_> = asked
        .iter()
        .map(|request| header(request, "range"))
        .collect();
    assert_eq!(ranges, [None, Some("bytes=100000-"), Some("bytes=150000-")]);
    assert_eq!(header(&asked[1], "if-range"), Some("\"one\""));
    let total = Some(u64::from(SIZE));
    let done = 100_000;
    assert_eq!(setup.waits.borrow()[0].0, Failure::CutOff { done, total });
}

#[test]
fn a_new_call_goes_on() {
    let setup = Setup::hasty();
    let mut server = FileServer::of(&body(SIZE));
    server.cut = |number| if number == 0 { 123_456 } else { usize::MAX };
    let server = server.start();
    let cut = setup.failure(&server);
    assert!(
        matches!(cut, Failure::CutOff { done: 123_456, .. }),
        "{cut}"
    );
    assert_eq!(setup.part(), body(SIZE)[..123_456]);
    let found = setup.from(&server).expect("a file");
    assert_eq!(bytes(&found), body(SIZE));
    assert_eq!((found.bytes, found.resumed), (u64::from(SIZE), 123_456));
}

#[test]
fn a_date_names_a_version_too() {
    let of = |version: fn(usize) -> String| {
        let setup = Setup::new();
        let mut server = FileServer::of(&body(SIZE));
        server.cut = |number| if number == 0 { 100_000 } else { usize::MAX };
        server.version = version;
        let server = server.start();
        let found = setup.from(&server).expect("a file");
        assert_eq!(bytes(&found), body(SIZE));
        let second = &requests(&server)[1];
        header(second, "if-range").map(ToOwned::to_owned)
    };
    let dated = of(|_| {
        format!(
            "ETag: W/\"weak\"\r\nDate: Mon, 07 Nov 1994 08:49:37 GMT\r\nLast-Modified: {LONG_AGO}\r\n"
        )
    });
    assert_eq!(dated.as_deref(), Some(LONG_AGO));
    let just_written = of(|_| format!("Date: {LONG_AGO}\r\nLast-Modified: {LONG_AGO}\r\n"));
    assert_eq!(just_written, None);
    assert_eq!(of(|_| "ETag: W/\"weak\"\r\n".to_owned()), None);
    assert_eq!(of(|_| String::new()), None);
}

#[test]
fn another_version_starts_again() {
    let setup = Setup::hasty();
    let mut server = FileServer::of(&body(SIZE));
    server.cut = |number| if number == 0 { 100_000 } else { usize::MAX };
    server.version = |number| format!("ETag: \"{number}\"\r\n");
    let server = server.start();
    setup.failure(&server);
    let found = setup.from(&server).expect("a file");
    assert_eq!(bytes(&found), body(SIZE));
    assert_eq!(found.resumed, 0);
    let asked = requests(&server);
    assert_eq!(header(&asked[1], "if-range"), Some("\"0\""));
    assert_eq!(asked.len(), 2, "the answer was the whole file");
}

#[test]
fn a_server_without_ranges_starts_again() {
    let setup = Setup::hasty();
    let mut server = FileServer::of(&body(SIZE));
    server.cut = |number| if number == 0 { 100_000 } else { usize::MAX };
    server.knows_ranges = false;
    let server = server.start();
    setup.failure(&server);
    let found = setup.from(&server).expect("a file");
    assert_eq!((bytes(&found), found.resumed), (body(SIZE), 0));
}

#[test]
fn what_is_here_is_not_fetched_again() {
    let setup = Setup::new();
    let server = FileServer::of(&body(SIZE)).start();
    drop(setup.from(&server).expect("a file"));
    let found = setup.from(&server).expect("a file");
    assert_eq!(bytes(&found), body(SIZE));
    assert_eq!(found.resumed, u64::from(SIZE));
    let asked = requests(&server);
    assert_eq!(header(&asked[1], "range"), Some("bytes=300000-"));
}

#[test]
fn a_server_may_say_no_more_than_that_nothing_is_left() {
    let setup = Setup::new();
    let server = Server::answering(|request, stream| {
        if request.contains(".sha256") {
            answer(stream, "404 Not Found", "", b"", usize::MAX);
        } else if header(request, "range").is_some() {
            answer(stream, "416 Range Not Satisfiable", "", b"", usize::MAX);
        } else {
            answer(
                stream,
                "200 OK",
                "ETag: \"one\"\r\n",
                &body(200),
                usize::MAX,
            );
        }
    });
    drop(setup.from(&server).expect("a file"));
    let found = setup.from(&server).expect("a file");
    assert_eq!((bytes(&found), found.resumed), (body(200), 200));
}

/// Cuts the first answer off after 100 of 200 bytes, and answers the second request in a way of its own.
fn second(status: &'static str, headers: &'static str, rest: usize) -> Server {
    let count = Cell::new(0);
    Server::answering(move |request, stream| {
        let version = "ETag: \"one\"\r\n";
        if request.contains(".sha256") {
            return answer(stream, "404 Not Found", "", b"", usize::MAX);
        }
        match count.replace(count.get() + 1) {
            0 => answer(stream, "200 OK", version, &body(200), 100),
            1 => answer(
                stream,
                status,
                headers,
                &body(300)[100..100 + rest],
                usize::MAX,
            ),
            _ => answer(stream, "200 OK", version, &body(200), usize::MAX),
        }
    })
}

#[test]
fn an_answer_that_does_not_fit_is_not_added() {
    let partial = "206 Partial Content";
    let none = "416 Range Not Satisfiable";
    for (status, headers) in [
        (partial, "Content-Range: bytes 101-199/200\r\n"),
        (partial, "Content-Range: bytes 0-199/200\r\n"),
        (partial, "Content-Range: bytes 100-199/201\r\n"),
        (partial, "Content-Range: bytes 100-200/200\r\n"),
        (partial, "Content-Range: bytes 100-99/200\r\n"),
        (
            partial,
            "Content-Range: bytes 100-199/200\r\nETag: \"two\"\r\n",
        ),
        (partial, "Content-Type: multipart/byteranges\r\n"),
        (none, "Content-Range: bytes */99\r\n"),
        (none, ""),
    ] {
        let setup = Setup::hasty();
        let server = second(status, headers, 100);
        setup.failure(&server);
        let found = setup.from(&server).expect("a file");
        assert_eq!(bytes(&found), body(200), "{headers}");
        assert_eq!(found.resumed, 0, "{headers}");
        let asked = requests(&server);
        assert_eq!(asked.len(), 3, "{headers}");
        assert_eq!(header(&asked[2], "range"), None);
    }
}

#[test]
fn a_rest_may_come_in_pieces() {
    let setup = Setup::hasty();
    let range = "Content-Range: bytes 100-119/*\r\n";
    let server = second("206 Partial Content", range, 20);
    setup.failure(&server);
    let (done, total) = (120, Some(200));
    assert_eq!(setup.failure(&server), Failure::CutOff { done, total });
    assert_eq!(setup.part(), body(120));
}

#[test]
fn a_longer_answer_is_refused() {
    let setup = Setup::hasty();
    let range = "Content-Range: bytes 100-199/200\r\n";
    let server = second("206 Partial Content", range, 101);
    setup.failure(&server);
    assert_eq!(setup.failure(&server), Failure::TooLarge { limit: 200 });
    assert_eq!(setup.left(), 0);
}

#[test]
fn damaged_notes_start_again() {
    let setup = Setup::hasty();
    let mut server = FileServer::of(&body(SIZE));
    server.cut = |number| if number == 0 { 100_000 } else { usize::MAX };
    let server = server.start();
    setup.failure(&server);
    for path in crate::support::files::all(setup.folder.path()) {
        if path.extension().is_some_and(|end| end == "json") {
            std::fs::write(path, "{\"validator\":").expect("a file");
        }
    }
    let found = setup.from(&server).expect("a file");
    assert_eq!((bytes(&found), found.resumed), (body(SIZE), 0));
    assert_eq!(header(&requests(&server)[1], "range"), None);
}

#[test]
fn a_broken_server_is_asked_again() {
    let setup = Setup::new();
    let server = Server::answering(|request, stream| {
        if request.contains(".sha256") {
            answer(stream, "404 Not Found", "", b"", usize::MAX);
        } else {
            answer(stream, "200 OK", "ETag: \"one\"\r\n", &body(200), 100);
        }
    });
    // Each answer is the start again: nothing is gained by going on for ever.
    let failure = setup.failure(&server);
    assert!(
        matches!(failure, Failure::CutOff { done: 100, .. }),
        "{failure}"
    );
    assert_eq!(requests(&server).len(), 5);
    assert_eq!(setup.waits.borrow().len(), 4);
    assert_eq!(setup.part(), body(100));
}

#[test]
fn a_long_download_may_be_cut_often() {
    let setup = Setup::new();
    let mut server = FileServer::of(&body(12 << 20));
    server.cut = |_| 3 << 19;
    let server = server.start();
    let found = setup.from(&server).expect("a file");
    assert_eq!(bytes(&found), body(12 << 20));
    assert_eq!(requests(&server).len(), 8);
}

#[test]
fn a_server_may_ask_for_patience() {
    for (status, headers) in [
        ("503 Service Unavailable", "Retry-After: 0\r\n"),
        (
            "429 Too Many Requests",
            "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        ),
        ("500 Internal Server Error", ""),
    ] {
        let setup = Setup::new();
        let server = second(status, headers, 0);
        let found = setup.from(&server).expect("a file");
        assert_eq!(bytes(&found), body(200));
        let waits = setup.waits.borrow();
        assert_eq!(waits.len(), 2, "the cut and the status");
        assert!(matches!(waits[1].0, Failure::Status { .. }));
        assert_eq!(waits[1].1, Duration::ZERO);
    }
    let setup = Setup::new();
    let server = second("503 Service Unavailable", "Retry-After: 3600\r\n", 0);
    let error = setup.from(&server).expect_err("too long");
    let text = error.to_string();
    assert!(
        text.ends_with("HTTP status 503, to be asked again in 3600 s"),
        "{text}"
    );
    assert_eq!(setup.part(), body(100), "for the next call");
}

#[test]
fn one_fetch_at_a_time() {
    let setup = Setup::new();
    let server = FileServer::of(&body(10)).start();
    let found = setup.from(&server).expect("a file");
    let busy = setup.from(&server).expect_err("busy");
    assert!(matches!(busy, DownloadError::Busy { .. }), "{busy}");
    assert!(busy.to_string().ends_with("is under way"), "{busy}");
    drop(found);
    setup.from(&server).expect("free again");
}

#[test]
fn a_file_may_come_without_its_length() {
    let server = Server::answering(|request, stream| {
        if request.contains(".sha256") {
            return answer(stream, "404 Not Found", "", b"", usize::MAX);
        }
        send(
            stream,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        send(stream, b"4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n");
    });
    let setup = Setup::new();
    let found = setup.from(&server).expect("a file");
    assert_eq!(bytes(&found), b"0123456789");
}
