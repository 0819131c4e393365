//! A GitHub with one repository, as far as its documentation says how it answers.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fixtrail::issues::Place;
use fixtrail_index::issues::IssueStore;
use jiff::Timestamp;
use reqwest::Url;
use serde_json::{Value, json};

use crate::support::concurrent::Concurrent;

/// What it does instead of answering.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// An answer of its own: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// The right answer, cut off after so many bytes of its body.
    Cut(usize),
    /// Nothing, until the other end goes.
    Silence,
    /// The right answer, with headers of its own.
    With(Vec<(&'static str, String)>),
}

/// A time that is long past, in seconds since 1970.
pub(super) const PAST: i64 = 1_600_000_000;

#[derive(Debug, Clone)]
struct Record {
    updated: i64,
    version: u64,
    /// Whether it is left out of its page.
    hidden: bool,
}

#[derive(Debug, Default)]
struct State {
    issues: BTreeMap<u64, Record>,
    comments: BTreeMap<u64, Record>,
    timelines: BTreeMap<u64, Vec<Value>>,
    /// By the number of the request.
    faults: BTreeMap<usize, Fault>,
    /// Issues and comments that are changed before a request is answered, by its number.
    changes: BTreeMap<usize, Vec<u64>>,
    /// Comments that are deleted before a request is answered, by its number.
    deletions: BTreeMap<usize, u64>,
    requests: Vec<String>,
    version: u64,
}

/// The server; it ends when dropped.
pub(super) struct GitHub {
    server: Concurrent,
    state: Arc<Mutex<State>>,
}

impl GitHub {
    /// One with so many issues and comments, each of another second of the past.
    pub(super) fn new(issues: u64, comments: u64) -> Self {
        let mut state = State::default();
        let record = |at: u64| Record {
            updated: PAST + i64::try_from(at).unwrap(),
            version: 0,
            hidden: false,
        };
        state.issues = (1..=issues)
            .map(|number| (number, record(number)))
            .collect();
        state.comments = (1..=comments)
            .map(|number| (number, record(number)))
            .collect();
        let state = Arc::new(Mutex::new(state));
        let of_thread = Arc::clone(&state);
        let server = Concurrent::start(move |stream, address| serve(stream, &of_thread, address));
        Self { server, state }
    }

    pub(super) fn url(&self) -> Url {
        format!("http://{}/", self.server.address())
            .parse()
            .expect("an address")
    }

    pub(super) fn place(&self) -> Place {
        "github:some/project".parse().expect("a repository")
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().expect("the state"))
    }

    pub(super) fn fault(&self, request: usize, fault: Fault) {
        self.with(|state| state.faults.insert(request, fault));
    }

    /// Changes an issue and the comment of the same number when a request comes.
    pub(super) fn change_at(&self, request: usize, number: u64) {
        self.with(|state| state.changes.entry(request).or_default().push(number));
    }

    pub(super) fn change(&self, number: u64) {
        self.with(|state| change(state, number));
    }

    /// Leaves an issue out of its page, as GitHub does with those of spammers.
    pub(super) fn hide(&self, number: u64) {
        self.with(|state| {
            if let Some(issue) = state.issues.get_mut(&number) {
                issue.hidden = true;
            }
        });
    }

    /// Deletes a comment when a request comes.
    pub(super) fn delete_at(&self, request: usize, comment: u64) {
        self.with(|state| state.deletions.insert(request, comment));
    }

    /// Gives all issues the same time.
    pub(super) fn migrate(&self) {
        self.with(|state| {
            state
                .issues
                .values_mut()
                .for_each(|issue| issue.updated = PAST)
        });
    }

    pub(super) fn timeline(&self, number: u64, events: Vec<Value>) {
        self.with(|state| state.timelines.insert(number, events));
    }

    /// Heads of the requests so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.with(|state| state.requests.clone())
    }

    pub(super) fn forget_requests(&self) {
        self.with(|state| state.requests.clear());
    }

    /// Asserts that a folder has the newest version of everything.
    pub(super) fn assert_fetched(&self, store: &IssueStore, what: &str) {
        let issues = store.open().expect("an index").expect("issues");
        self.with(|state| {
            for (&number, record) in state.issues.iter().filter(|(_, record)| !record.hidden) {
                let issue = issues.issue(&self.place().key(number)).expect("an index");
                let issue = issue.unwrap_or_else(|| panic!("{what}: issue {number} is missing"));
                let head = issue
                    .head
                    .unwrap_or_else(|| panic!("{what}: issue {number} has no head"));
                assert_eq!(head.title, title(number, record.version), "{what}");
            }
            for (&id, record) in &state.comments {
                let issue = issues
                    .issue(&self.place().key(issue_of(id)))
                    .expect("an index")
                    .expect("an issue");
                let post = issue.posts.iter().find(|post| post.id == id.to_string());
                let post = post.unwrap_or_else(|| panic!("{what}: comment {id} is missing"));
                assert_eq!(post.updated, record.updated, "{what}");
            }
        });
    }
}

fn title(number: u64, version: u64) -> String {
    format!("issue {number}, version {version}")
}

fn issue_of(comment: u64) -> u64 {
    comment.div_ceil(2)
}

fn change(state: &mut State, number: u64) {
    state.version += 1;
    let record = Record {
        updated: Timestamp::now().as_second(),
        version: state.version,
        hidden: false,
    };
    state.issues.insert(number, record.clone());
    if state.comments.contains_key(&number) {
        state.comments.insert(number, record);
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>, address: SocketAddr) {
    let Some(head) = read_head(&stream) else {
        return;
    };
    let (answer, fault) = {
        let mut state = state.lock().expect("the state");
        let number = state.requests.len();
        state.requests.push(head.clone());
        for changed in state.changes.remove(&number).unwrap_or_default() {
            change(&mut state, changed);
        }
        if let Some(comment) = state.deletions.remove(&number) {
            state.comments.remove(&comment);
        }
        (answer(&state, &head, address), state.faults.remove(&number))
    };
    let (mut status, mut headers, mut body, mut cut) = (answer.0, answer.1, answer.2, None);
    match fault {
        None => {}
        Some(Fault::Silence) => {
            drop(stream.set_read_timeout(Some(Duration::from_secs(20))));
            while let Ok(1..) = stream.read(&mut [0; 64]) {}
            return;
        }
        Some(Fault::Cut(at)) => cut = Some(at),
        Some(Fault::With(more)) => headers.extend(more),
        Some(Fault::Answer(other, more, text)) => (status, headers, body) = (other, more, text),
    }
    let mut text = format!(
        "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    let date =
        jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::now());
    headers.push(("Date", date.expect("a date")));
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = &body.as_bytes()[..cut.map_or(body.len(), |cut| cut.min(body.len()))];
    drop(
        stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.write_all(b"\r\n")),
    );
    drop(stream.write_all(body).and_then(|()| stream.flush()));
}

fn read_head(stream: &TcpStream) -> Option<String> {
    let mut head = String::new();
    let mut lines = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

type Answer = (u16, Vec<(&'static str, String)>, String);

fn answer(state: &State, head: &str, address: SocketAddr) -> Answer {
    let target = head.split(' ').nth(1).unwrap_or_default();
    let url = Url::parse(&format!("http://{address}{target}")).expect("an address");
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    // GitHub does not tell letters by their case.
    let path = url.path().to_lowercase();
    let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (size, page) = (number(&query, "per_page", 30), number(&query, "page", 1));
    let (values, more) = match path[..] {
        ["repos", "some", "project", "issues"] => list(&state.issues, &query, |number, record| {
            issue(number, record)
        }),
        ["repos", "some", "project", "issues", "comments"] => {
            list(&state.comments, &query, comment)
        }
        ["repos", "some", "project", "issues", number, "timeline"] => {
            let number: u64 = number.parse().expect("a number");
            match state.timelines.get(&number) {
                Some(events) => return paged(events, &query, &url),
                None => {
                    return (
                        404,
                        Vec::new(),
                        json!({ "message": "Not Found" }).to_string(),
                    );
                }
            }
        }
        ["repos", "some", "project", "pulls", number] => {
            let number: u64 = number.parse().expect("a number");
            let pull = json!({ "number": number, "title": "a fix", "html_url": format!("https://github.com/some/project/pull/{number}"),
                "state": "closed", "created_at": stamp(PAST), "updated_at": stamp(PAST + 9_000_000), "merged_at": stamp(PAST),
                "merge_commit_sha": "b".repeat(40), "body": null });
            return (200, Vec::new(), pull.to_string());
        }
        _ => {
            return (
                404,
                Vec::new(),
                json!({ "message": "Not Found" }).to_string(),
            );
        }
    };
    let body = Value::Array(values).to_string();
    let tag = format!(
        "\"{:x}\"",
        body.bytes().fold(0_u64, |sum, byte| sum
            .wrapping_mul(31)
            .wrapping_add(byte.into()))
    );
    let known = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .any(|(name, value)| name.eq_ignore_ascii_case("if-none-match") && value == tag);
    if known {
        return (304, vec![("ETag", tag)], String::new());
    }
    let mut headers = vec![("ETag", tag)];
    if more {
        headers.push(("Link", next(&url, size, page + 1)));
    }
    (200, headers, body)
}

fn next(url: &Url, size: usize, page: usize) -> String {
    let mut next = url.clone();
    let others = url.query_pairs().into_owned();
    let others: Vec<_> = others
        .filter(|(name, _)| name != "per_page" && name != "page")
        .collect();
    next.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair("per_page", &size.to_string())
        .append_pair("page", &page.to_string());
    format!("<{next}>; rel=\"next\", <{next}>; rel=\"last\"")
}

fn number(query: &BTreeMap<String, String>, name: &str, usual: usize) -> usize {
    query
        .get(name)
        .map_or(usual, |value| value.parse().expect("a number"))
}

/// A page of what was changed since, the oldest change first.
fn list(
    records: &BTreeMap<u64, Record>,
    query: &BTreeMap<String, String>,
    value: impl Fn(u64, &Record) -> Value,
) -> (Vec<Value>, bool) {
    // Asked for one, to see whether there are any.
    if query.len() > 1 {
        assert_eq!(
            (query["sort"].as_str(), query["direction"].as_str()),
            ("updated", "asc")
        );
    }
    let since = query
        .get("since")
        .map(|since| since.parse::<Timestamp>().expect("a time").as_second());
    let mut found: Vec<(&u64, &Record)> = records
        .iter()
        .filter(|(_, record)| since.is_none_or(|since| record.updated >= since))
        .collect();
    found.sort_by_key(|(number, record)| (record.updated, **number));
    let (size, page) = (number(query, "per_page", 30), number(query, "page", 1));
    let more = found.len() > page * size;
    let values = found
        .into_iter()
        .skip((page - 1) * size)
        .take(size)
        .filter(|(_, record)| !record.hidden)
        .map(|(number, record)| value(*number, record));
    (values.collect(), more)
}

fn paged(events: &[Value], query: &BTreeMap<String, String>, url: &Url) -> Answer {
    let (size, page) = (number(query, "per_page", 30), number(query, "page", 1));
    let values: Vec<Value> = events
        .iter()
        .skip((page - 1) * size)
        .take(size)
        .cloned()
        .collect();
    let mut headers = Vec::new();
    if page * size < events.len() {
        headers.push(("Link", next(url, size, page + 1)));
    }
    (200, headers, Value::Array(values).to_string())
}

fn stamp(seconds: i64) -> String {
    Timestamp::from_second(seconds).expect("a time").to_string()
}

/// Every fifth has a stack.
fn issue(number: u64, record: &Record) -> Value {
    let body = if number.is_multiple_of(5) {
        format!("#0  0x1 in f{number} () at a.c:1\n#1  0x2 in g{number} () at a.c:2\n")
    } else {
        String::new()
    };
    let pull = (number % 7 == 3).then(|| json!({ "merged_at": stamp(PAST) }));
    let kind = if pull.is_some() { "pull" } else { "issues" };
    let mut value = json!({ "number": number, "title": title(number, record.version), "body": body, "state": "closed",
        "html_url": format!("https://github.com/some/project/{kind}/{number}"), "created_at": stamp(PAST), "updated_at": stamp(record.updated) });
    if let Some(pull) = pull {
        value["pull_request"] = pull;
    }
    value
}

fn comment(id: u64, record: &Record) -> Value {
    json!({ "id": id, "body": "x", "issue_url": format!("https://api.github.com/repos/some/project/issues/{}", issue_of(id)),
        "created_at": stamp(PAST), "updated_at": stamp(record.updated) })
}
