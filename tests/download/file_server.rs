//! A server of one file that keeps to RFC 9110, but for what a test wants otherwise.

use std::cell::Cell;
use std::net::TcpStream;

use crate::support::server::{Server, send};

/// A date that has passed.
pub(super) const LONG_AGO: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// What a server does when it is asked for the file, each time from the number of times it was asked before.
pub(super) struct FileServer {
    pub(super) body: Vec<u8>,
    /// The headers that name the version.
    pub(super) version: fn(usize) -> String,
    /// After how many bytes of the answer's body it hangs up.
    pub(super) cut: fn(usize) -> usize,
    pub(super) knows_ranges: bool,
    /// What stands beside the file.
    pub(super) sums: Option<String>,
}

impl FileServer {
    pub(super) fn of(body: &[u8]) -> Self {
        Self {
            body: body.to_vec(),
            version: |_| "ETag: \"one\"\r\n".to_owned(),
            cut: |_| usize::MAX,
            knows_ranges: true,
            sums: None,
        }
    }

    pub(super) fn start(self) -> Server {
        let asked = Cell::new(0);
        Server::answering(move |request, stream| {
            if request
                .lines()
                .next()
                .is_some_and(|line| line.contains(".sha256"))
            {
                self.list(stream);
            } else {
                self.file(asked.replace(asked.get() + 1), request, stream);
            }
        })
    }

    fn list(&self, stream: &mut TcpStream) {
        match &self.sums {
            Some(list) => answer(stream, "200 OK", "", list.as_bytes(), usize::MAX),
            None => answer(stream, "404 Not Found", "", b"", usize::MAX),
        }
    }

    fn file(&self, number: usize, request: &str, stream: &mut TcpStream) {
        let (version, cut) = ((self.version)(number), (self.cut)(number));
        let total = self.body.len();
        let if_range = header(request, "if-range");
        let is_same = if_range.is_some_and(|validator| version.contains(validator));
        let first = header(request, "range")
            .and_then(|range| {
                range
                    .strip_prefix("bytes=")?
                    .strip_suffix('-')?
                    .parse()
                    .ok()
            })
            .filter(|_: &usize| self.knows_ranges && is_same);
        match first {
            None => answer(stream, "200 OK", &version, &self.body, cut),
            Some(first) if first >= total => {
                let range = format!("Content-Range: bytes */{total}\r\n");
                answer(stream, "416 Range Not Satisfiable", &range, b"", cut);
            }
            Some(first) => {
                let range = format!("Content-Range: bytes {first}-{}/{total}\r\n", total - 1);
                let headers = version + &range;
                answer(
                    stream,
                    "206 Partial Content",
                    &headers,
                    &self.body[first..],
                    cut,
                );
            }
        }
    }
}

/// Sends an answer, or the start of one.
pub(super) fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8], cut: usize) {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    send(stream, head.as_bytes());
    send(stream, &body[..length.min(cut)]);
}

/// A header of a request.
pub(super) fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    request.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
