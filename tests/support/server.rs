//! A server that sends whatever a test says.

use std::cell::Cell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// Runs until it is dropped. One connection at a time, one request for each.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers each request by its own means; the number counts requests from 0.
    pub(crate) fn start(answer: impl Fn(usize, &mut TcpStream) + Send + 'static) -> Self {
        let count = Cell::new(0);
        Self::answering(move |_, stream| answer(count.replace(count.get() + 1), stream))
    }

    /// Answers each request by its head.
    pub(crate) fn answering(answer: impl Fn(&str, &mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (log, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let mut stream = stream.expect("a connection");
                let Some(head) = read_head(&stream) else {
                    continue;
                };
                log.lock().expect("the log").push(head.clone());
                answer(&head, &mut stream);
            }
        });
        Self {
            address,
            requests,
            stop,
            thread: Some(thread),
        }
    }

    /// Answers with a head and a body, as they are.
    pub(crate) fn raw(head: &str, body: impl Into<Vec<u8>>) -> Self {
        let (head, body) = (head.replace('\n', "\r\n"), body.into());
        Self::start(move |_, stream| {
            send(stream, head.as_bytes());
            send(stream, b"\r\n\r\n");
            send(stream, &body);
        })
    }

    /// Answers with a file.
    pub(crate) fn file(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let head = format!(
            "HTTP/1.1 200 OK\nContent-Length: {}\nConnection: close",
            body.len()
        );
        Self::raw(&head, body)
    }

    /// Answers with a status and nothing else.
    pub(crate) fn status(status: u16) -> Self {
        let head = format!("HTTP/1.1 {status} Whatever\nContent-Length: 0\nConnection: close");
        Self::raw(&head, "")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads of what was asked.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the log").clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests().len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes it.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok() || thread::panicking());
        }
    }
}

/// Sends until the client has enough; says whether it has not.
pub(crate) fn send(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream
        .write_all(bytes)
        .and_then(|()| stream.flush())
        .is_ok()
}

/// Sends nothing until the client goes.
pub(crate) fn wait(stream: &mut TcpStream) {
    while let Ok(1..) = stream.read(&mut [0; 64]) {}
}

fn read_head(stream: &TcpStream) -> Option<String> {
    let mut head = String::new();
    let mut lines = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") {
        let read = lines.read_line(&mut head).ok()?;
        if read == 0 {
            return None;
        }
    }
    Some(head)
}
