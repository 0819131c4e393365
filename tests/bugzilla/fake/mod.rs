//! A Bugzilla as real ones were seen to be: 5.0.6, 5.3.3, and one that takes bearers alone.

mod answers;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use answers::{add_attachment, add_comment, answer};
use reqwest::Url;
use serde_json::{Value, json};

use crate::support::concurrent::Concurrent;

/// What users may do, by their keys.
pub(super) const BOT: &str = "BotsOwnKeyBotsOwnKey";
/// One that is not in the group of insiders.
pub(super) const PLAIN: &str = "PlainKeyPlainKeyPlai";
/// One that was revoked.
pub(super) const REVOKED: &str = "RevokedKeyRevokedKey";

/// How it takes keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// 5.0.6.
    Body,
    /// 5.0.6 without its interface for JSON-RPC.
    BodyByRestAlone,
    /// 5.3.3.
    Header,
    /// bugzilla.redhat.com.
    Bearer,
}

/// What it does instead of, or beside, the right thing.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// An answer of its own; nothing is done.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// An answer of its own, although it was done.
    DoneAnswer(u16, String),
    /// The connection ends before the request is read.
    Unread,
    /// It is done, and the answer cut off after so many bytes.
    Cut(usize),
    /// It is done, and there is no answer.
    Silence,
    /// The connection ends at once, and it is done so much later.
    Late(Duration),
}

#[derive(Debug, Clone, Default)]
pub(super) struct FakeBug {
    pub(super) fields: Value,
    pub(super) comments: Vec<Value>,
    pub(super) attachments: Vec<Value>,
    /// Only the bot sees it.
    pub(super) secret: bool,
}

#[derive(Default)]
struct State {
    bugs: BTreeMap<u64, FakeBug>,
    next: u64,
    /// By the number of the request.
    faults: BTreeMap<usize, Fault>,
    /// By the number of the post, comments and attachments alike.
    post_faults: BTreeMap<usize, Fault>,
    requests: Vec<String>,
    posts: usize,
    /// What a client must not do.
    wrong: Vec<String>,
}

/// The server; it ends when dropped.
pub(super) struct Fake {
    server: Concurrent,
    state: Arc<Mutex<State>>,
}

struct Request {
    method: String,
    path: Vec<String>,
    query: Vec<(String, String)>,
    headers: BTreeMap<String, String>,
    body: Value,
}

type Answer = (u16, Value);

impl Fake {
    pub(super) fn new(takes: Takes) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let of_thread = Arc::clone(&state);
        let server = Concurrent::start(move |stream, _| serve(stream, &of_thread, takes));
        Self { server, state }
    }

    pub(super) fn url(&self) -> Url {
        format!("http://{}/", self.server.address())
            .parse()
            .expect("an address")
    }

    pub(super) fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<u64, FakeBug>) -> T) -> T {
        look(&mut self.state.lock().expect("the state").bugs)
    }

    /// A bug with a description; gives its number.
    pub(super) fn file(&self, description: &str) -> u64 {
        let mut state = self.state.lock().expect("the state");
        let number = state.bugs.len() as u64 + 1;
        let fields = json!({
            "id": number, "summary": format!("bug {number}"), "status": "NEW", "resolution": "", "product": "Fedora",
            "component": "python3.9", "version": "32", "whiteboard": "", "see_also": [], "last_change_time": "2020-06-09T10:00:00Z",
            "creator": "someone@mail.example",
        });
        state.bugs.insert(
            number,
            FakeBug {
                fields,
                ..FakeBug::default()
            },
        );
        add_comment(&mut state, number, description, false, None);
        number
    }

    pub(super) fn comment(&self, bug: u64, text: &str, is_private: bool) {
        add_comment(
            &mut self.state.lock().expect("the state"),
            bug,
            text,
            is_private,
            None,
        );
    }

    pub(super) fn attach(&self, bug: u64, name: &str, data: &[u8], more: Value) {
        add_attachment(
            &mut self.state.lock().expect("the state"),
            bug,
            name,
            data,
            &more,
        );
    }

    pub(super) fn fault(&self, request: usize, fault: Fault) {
        self.state
            .lock()
            .expect("the state")
            .faults
            .insert(request, fault);
    }

    /// A fault of the post of that number, from 0.
    pub(super) fn post_fault(&self, post: usize, fault: Fault) {
        self.state
            .lock()
            .expect("the state")
            .post_faults
            .insert(post, fault);
    }

    /// Method and path of what was asked, keys in headers left out.
    pub(super) fn requests(&self) -> Vec<String> {
        self.state.lock().expect("the state").requests.clone()
    }

    /// The comments of a bug that begin with our marker, as stored.
    pub(super) fn own_comments(&self, bug: u64) -> Vec<Value> {
        self.with(|bugs| {
            let own = bugs[&bug].comments.iter();
            own.filter(|comment| {
                comment["text"]
                    .as_str()
                    .is_some_and(|text| text.starts_with("fixtrail: "))
            })
            .cloned()
            .collect()
        })
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let wrong = self.state.lock().map(|state| state.wrong.clone());
        let wrong = wrong.unwrap_or_default();
        assert!(wrong.is_empty() || thread::panicking(), "{wrong:?}");
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>, takes: Takes) {
    let Some((head, request)) = read(&stream) else {
        return;
    };
    let is_post =
        request.method == "POST" && request.path.first().is_some_and(|part| part == "rest");
    let fault = {
        let mut state = state.lock().expect("the state");
        let number = state.requests.len();
        state.requests.push(head.clone());
        watch(&mut state, &head, &request);
        let of_post = is_post.then(|| {
            state.posts += 1;
            let post = state.posts - 1;
            state.post_faults.remove(&post)
        });
        state.faults.remove(&number).or(of_post.flatten())
    };
    let act = || {
        let (status, value) = answer(&mut state.lock().expect("the state"), &request, takes);
        (status, value.to_string())
    };
    let mut headers = vec![("Content-Type", "application/json; charset=UTF-8".to_owned())];
    let (status, body, cut) = match fault {
        None => {
            let (status, body) = act();
            (status, body, None)
        }
        Some(Fault::Unread) => return,
        Some(Fault::Late(pause)) => {
            drop(stream);
            thread::sleep(pause);
            act();
            return;
        }
        Some(Fault::Silence) => {
            act();
            drop(stream.set_read_timeout(Some(Duration::from_secs(20))));
            while let Ok(1..) = stream.read(&mut [0; 64]) {}
            return;
        }
        Some(Fault::Cut(at)) => {
            let (status, body) = act();
            (status, body, Some(at))
        }
        Some(Fault::DoneAnswer(status, body)) => {
            act();
            (status, body, None)
        }
        Some(Fault::Answer(status, more, body)) => {
            headers = more;
            (status, body, None)
        }
    };
    let mut text = format!(
        "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    let body = &body.as_bytes()[..cut.map_or(body.len(), |cut| cut.min(body.len()))];
    drop(
        stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.write_all(body))
            .and_then(|()| stream.flush()),
    );
}

/// Whatever a client does, it must not do that.
fn watch(state: &mut State, head: &str, request: &Request) {
    if [BOT, PLAIN, REVOKED].iter().any(|key| head.contains(key)) {
        state.wrong.push(format!("a key in an address: {head}"));
    }
    let is_rest_write =
        request.method != "GET" && request.path.first().is_some_and(|part| part == "rest");
    if is_rest_write && (request.body.get("id").is_some() || request.body.get("ids").is_some()) {
        state.wrong.push(format!("a number in a body: {head}"));
    }
    if request
        .body
        .get("is_private")
        .is_some_and(|flag| !flag.is_boolean())
    {
        state
            .wrong
            .push(format!("is_private is no boolean: {head}"));
    }
}

fn read(stream: &TcpStream) -> Option<(String, Request)> {
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    lines.read_line(&mut line).ok()?;
    let (method, target) = line.trim_end().strip_suffix(" HTTP/1.1")?.split_once(' ')?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        if lines.read_line(&mut header).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    lines.read_exact(&mut body).ok()?;
    let url = Url::parse(&format!("http://localhost{target}")).ok()?;
    let request = Request {
        method: method.to_owned(),
        path: url.path_segments()?.map(str::to_owned).collect(),
        query: url.query_pairs().into_owned().collect(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    Some((format!("{method} {target}"), request))
}
