//! Many bugs.

use std::sync::Mutex;

use fixtrail::bugzilla::{BugQuery, BugzillaError, ScanOptions, Server, scan};

use super::fake::{Fake, Fault, REVOKED, Takes};
use super::settings;

fn query() -> BugQuery {
    "component=python3.9".parse().unwrap()
}

#[test]
fn every_bug_of_every_page_once() {
    let fake = Fake::new(Takes::Body);
    for _ in 0..30 {
        fake.file("x");
    }
    fake.with(|bugs| bugs.get_mut(&4).unwrap().fields["component"] = "kernel".into());
    for (jobs, most) in [(1, 100), (4, 100), (3, 10)] {
        let settings = settings(&fake, None);
        let server = Server::new(&settings, &|_| {}).unwrap();
        let worked = Mutex::new(Vec::new());
        let mut done = Vec::new();
        let work = |bug: &fixtrail::bugzilla::Bug| {
            worked.lock().unwrap().push(bug.id);
            server.comments(bug.id).map(|comments| comments.len())
        };
        scan(
            &server,
            &query(),
            ScanOptions { most, jobs },
            work,
            |bug, count| {
                assert_eq!(count, Ok(1));
                done.push(bug.id);
                Ok::<_, BugzillaError>(())
            },
        )
        .unwrap();
        done.sort_unstable();
        let expected: Vec<u64> = (1..=30).filter(|&bug| bug != 4).take(most).collect();
        assert_eq!(done, expected);
        assert_eq!(worked.into_inner().unwrap().len(), expected.len());
    }
}

#[test]
fn a_server_that_does_not_answer_any_more_ends_it() {
    let fake = Fake::new(Takes::Header);
    for _ in 0..30 {
        fake.file("x");
    }
    let mut settings = settings(&fake, None);
    settings.retries = 0;
    let server = Server::new(&settings, &|_| {}).unwrap();
    for request in 2..200 {
        fake.fault(
            request,
            Fault::Answer(500, Vec::new(), "<h1>Software error:</h1>".to_owned()),
        );
    }
    let mut done = 0;
    let work = |bug: &fixtrail::bugzilla::Bug| server.comments(bug.id);
    let ended = scan(
        &server,
        &query(),
        ScanOptions { most: 100, jobs: 1 },
        work,
        |_, _| {
            done += 1;
            Ok::<_, BugzillaError>(())
        },
    );
    assert!(matches!(ended, Err(BugzillaError::Server { .. })));
    // One that was read, and five that were not.
    assert_eq!(done, 6);
}

#[test]
fn a_refused_key_ends_it_at_once() {
    let fake = Fake::new(Takes::Header);
    fake.file("x");
    let settings = settings(&fake, Some(REVOKED));
    let server = Server::new(&settings, &|_| {}).unwrap();
    let ended = scan(
        &server,
        &query(),
        ScanOptions { most: 100, jobs: 1 },
        |_| Ok(()),
        |_, _| Ok::<_, BugzillaError>(()),
    );
    assert!(matches!(ended, Err(BugzillaError::KeyRefused { .. })));
}
