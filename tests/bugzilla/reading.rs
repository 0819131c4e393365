//! What of a bug is read, and what of it is found.

use std::io::Write as _;

use fixtrail::Asked;
use fixtrail::bugzilla::{
    BugzillaError, Finding, Origin, ReadOptions, Report, Server, Settings, findings, report,
};
use fixtrail::evidence::core::Limits;
use fixtrail::routing::Routes;
use serde_json::json;

use super::fake::{BOT, Fake, Fault, PLAIN, Takes};
use super::settings;
use crate::support::{HANG, sample_searcher, server};

fn options() -> ReadOptions<'static> {
    ReadOptions {
        cores: None,
        limits: Limits::new(std::env::temp_dir()),
        largest: 1 << 20,
    }
}

fn read(settings: &Settings, bug: u64) -> Result<Report, BugzillaError> {
    let server = Server::new(settings, &|_| {}).unwrap();
    report(&server, server.bug(&bug.into())?, &options())
}

fn found(report: Report) -> Vec<Finding> {
    let (searchers, asked) = ([sample_searcher()], Asked::new(None, 5));
    let found = findings(
        &report.bug,
        report.sources,
        &searchers,
        Routes::built_in(),
        asked,
    );
    found.unwrap()
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

/// A stack of another failure.
const OTHER: &str = "#0  0x1 in list_resize (self=0x1) at Objects/listobject.c:61\n#1  0x2 in app1 () at Objects/listobject.c:300\n";

/// Every place of a stack is told, and places of one stack are one finding.
#[test]
fn distinct_stacks_with_their_places() {
    let hang = std::fs::read_to_string(HANG).unwrap();
    let fake = Fake::new(Takes::Body);
    let bug = fake.file("It hangs with python3.9-3.9.0~b1-1.fc32.x86_64.");
    fake.comment(bug, &hang.replace('\n', "\r\n"), false);
    fake.attach(
        bug,
        "backtrace.gz",
        &packed(&hang),
        json!({ "content_type": "application/gzip" }),
    );
    fake.attach(bug, "gdb.log", OTHER.as_bytes(), json!({}));
    fake.attach(
        bug,
        "old.log",
        b"#0  0x1 in never () at a.c:1\n",
        json!({ "is_obsolete": 1 }),
    );
    fake.attach(
        bug,
        "screen.png",
        b"\x89PNG",
        json!({ "content_type": "image/png" }),
    );
    fake.attach(
        bug,
        "coredump",
        b"\x7fELF",
        json!({ "content_type": "application/octet-stream" }),
    );
    fake.attach(
        bug,
        "noise",
        &[3; 900],
        json!({ "content_type": "application/octet-stream" }),
    );
    // An answer of ours is not evidence.
    fake.comment(bug, &super::draft(&[OTHER]).text, false);
    fake.attach(
        bug,
        &super::draft(&[OTHER]).marker.file_name("stack.txt"),
        b"#0  0x1 in ours () at a.c:1\n",
        json!({}),
    );
    let report = read(&settings(&fake, Some(BOT)), bug).unwrap();
    let problems = report.problems.join("\n");
    assert!(
        problems.contains("(coredump): a core, which is read if asked for"),
        "{problems}"
    );
    assert!(
        problems.contains("(noise): neither a text nor a core"),
        "{problems}"
    );
    assert_eq!(report.problems.len(), 2, "{problems}");
    let found = found(report);
    let places: Vec<String> = found
        .iter()
        .map(|finding| {
            finding
                .origins
                .iter()
                .map(Origin::to_string)
                .collect::<Vec<_>>()
                .join(", ")
        })
        .collect();
    assert_eq!(
        places,
        [
            "comment 1, attachment 1 (backtrace.gz)",
            "attachment 2 (gdb.log)"
        ]
    );
    assert!(found[0].triage.ranking.convincing);
    // The version that one text shows is that of all.
    for finding in &found {
        let running = finding.triage.indexes[0].running.as_ref().unwrap();
        assert_eq!(
            running.version.to_string(),
            "3.9.0b1",
            "{}",
            running.seen_in
        );
    }
}

/// Failures without a stack, told apart by nothing but their words.
#[test]
fn failures_without_stacks_stay_apart() {
    let fake = Fake::new(Takes::Header);
    let bug = fake.file("Fatal Python error: deletion of interned string failed");
    fake.comment(bug, "Fatal Python error: GC object already tracked", false);
    let report = read(&settings(&fake, None), bug).unwrap();
    assert_eq!(found(report).len(), 2);
}

/// A stack that stands in a private place only is marked; of one that everybody sees private places are not told.
#[test]
fn private_places() {
    let hang = std::fs::read_to_string(HANG).unwrap();
    let fake = Fake::new(Takes::Body);
    let bug = fake.file("x");
    fake.comment(bug, &hang, true);
    fake.comment(bug, OTHER, true);
    fake.comment(bug, OTHER, false);
    let of = |key: Option<&str>| {
        let report = read(&settings(&fake, key), bug).unwrap();
        let found = found(report);
        found
            .iter()
            .map(|finding| (finding.origins.clone(), finding.is_private))
            .collect::<Vec<_>>()
    };
    let open = (vec![Origin::Comment { number: 3 }], false);
    assert_eq!(
        of(Some(BOT)),
        [(vec![Origin::Comment { number: 1 }], true), open.clone()]
    );
    let open = [open];
    assert_eq!(of(Some(PLAIN)), open);
    assert_eq!(of(None), open);
}

#[test]
fn proxies_are_asked() {
    let body = json!({ "bugs": [{ "id": 7 }] }).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\nConnection: close\nContent-Length: {}",
        body.len()
    );
    let proxy = server::Server::raw(&head, body);
    let mut settings = Settings::new("http://bugzilla.example/bugs".parse().unwrap(), None);
    settings.proxies.http = Some(proxy.url());
    let server = Server::new(&settings, &|_| {}).unwrap();
    assert_eq!(server.bug(&7.into()).unwrap().id, 7);
    assert!(proxy.requests()[0].starts_with("GET http://bugzilla.example/bugs/rest/bug/7?"));
    settings.authorities = Some(b"no certificate".to_vec());
    let refused = Server::new(&settings, &|_| {});
    assert!(
        matches!(refused, Err(BugzillaError::Client(_))),
        "{refused:?}"
    );
}

#[test]
fn reading_is_repeated_until_it_is_whole() {
    for fault in [
        Fault::Answer(
            503,
            Vec::new(),
            "<html><title>Bugzilla is down</title>".to_owned(),
        ),
        Fault::Answer(
            429,
            vec![("Retry-After", "0".to_owned())],
            "slow down".to_owned(),
        ),
        Fault::Cut(30),
        Fault::Unread,
        Fault::Silence,
    ] {
        let fake = Fake::new(Takes::Header);
        let bug = fake.file(OTHER);
        for request in [0, 1, 3] {
            fake.fault(request, fault.clone());
        }
        let report = read(&settings(&fake, None), bug).unwrap();
        assert_eq!(report.sources.len(), 1, "{fault:?}");
    }
}

/// What of a bug cannot be read is named, the rest is of use.
#[test]
fn attachments_that_cannot_be_read() {
    for (request, words) in [(2, "attachments: "), (3, "attachment 1 (gdb.log): ")] {
        let fake = Fake::new(Takes::Header);
        let bug = fake.file(OTHER);
        fake.attach(bug, "gdb.log", OTHER.as_bytes(), json!({}));
        for number in request..request + 4 {
            let page = "<h1>Software error:</h1>".to_owned();
            fake.fault(number, Fault::Answer(500, Vec::new(), page));
        }
        let report = read(&settings(&fake, None), bug).unwrap();
        // The description, and the comment that comes with an attachment.
        assert_eq!(report.sources.len(), 2);
        assert!(
            report.problems[0].starts_with(words),
            "{:?}",
            report.problems
        );
        assert!(
            report.problems[0].contains("Software error:"),
            "{:?}",
            report.problems
        );
    }
}

#[test]
fn what_stays_wrong_is_said() {
    let fake = Fake::new(Takes::Header);
    let bug = fake.file(OTHER);
    let page = |status, text: &str| Fault::Answer(status, Vec::new(), text.to_owned());
    for (fault, words) in [
        (
            page(503, "<html><title>Down for\n maintenance</title>"),
            "status 503): Down for maintenance",
        ),
        (
            page(414, "<html><h1>Request-URI Too Long</h1>"),
            "status 414): Request-URI Too Long",
        ),
        (page(200, "hello"), "no Bugzilla gives"),
        (page(200, "{\"bugs\": 3}"), "no Bugzilla gives"),
        (page(200, "[1]"), "no Bugzilla gives"),
        (
            Fault::Answer(
                302,
                vec![("Location", "https://login.example/".to_owned())],
                String::new(),
            ),
            "sends on to https://login.example/",
        ),
    ] {
        let at = fake.requests().len();
        for request in at..at + 5 {
            fake.fault(request, fault.clone());
        }
        let settings = settings(&fake, None);
        let server = Server::new(&settings, &|_| {}).unwrap();
        let error = server.bug(&bug.into()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        // What was left of the faults.
        for _ in fake.requests().len()..at + 5 {
            drop(server.bug(&bug.into()));
        }
    }
}

#[test]
fn bugs_that_are_not_there_or_not_shown() {
    let fake = Fake::new(Takes::Header);
    let bug = fake.file("x");
    fake.with(|bugs| bugs.get_mut(&bug).unwrap().secret = true);
    let error = |key: Option<&str>, bug: u64| read(&settings(&fake, key), bug).unwrap_err();
    assert!(matches!(error(None, 99), BugzillaError::NoBug { .. }));
    assert!(matches!(
        error(None, bug),
        BugzillaError::Hidden {
            with_key: false,
            ..
        }
    ));
    assert!(matches!(
        error(Some(PLAIN), bug),
        BugzillaError::Hidden { with_key: true, .. }
    ));
    assert!(read(&settings(&fake, Some(BOT)), bug).is_ok());
}
