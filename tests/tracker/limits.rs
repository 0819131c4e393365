//! Limits of requests.

use std::time::Duration;

use fixtrail::issues::github::{FetchError, Settings};
use jiff::Timestamp;
use serde_json::json;

use super::fake::{Fault, GitHub};
use super::{run, settings, store};

fn in_a_second() -> String {
    (Timestamp::now().as_second() + 1).to_string()
}

#[test]
fn limits_are_waited_for() {
    let secondary =
        json!({ "message": "You have exceeded a secondary rate limit. Please wait." }).to_string();
    let none_left = || {
        vec![
            ("X-RateLimit-Remaining", "0".to_owned()),
            ("X-RateLimit-Reset", in_a_second()),
        ]
    };
    let faults = [
        Fault::Answer(
            403,
            none_left(),
            json!({ "message": "API rate limit exceeded" }).to_string(),
        ),
        Fault::Answer(429, none_left(), String::new()),
        Fault::Answer(403, vec![("Retry-After", "0".to_owned())], String::new()),
        Fault::Answer(429, vec![("Retry-After", "0".to_owned())], String::new()),
        Fault::Answer(403, Vec::new(), secondary),
        Fault::With(none_left()),
    ];
    for fault in faults {
        let folder = tempfile::tempdir().unwrap();
        let (github, store) = (GitHub::new(18, 6), store(folder.path()));
        github.fault(2, fault.clone());
        let run = run(&github, &store, &settings(&github));
        run.result
            .unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(
            run.said.iter().all(|said| said == "limited") && run.said.len() == 1,
            "{fault:?}: {:?}",
            run.said
        );
        github.assert_fetched(&store, "limited");
    }
}

#[test]
fn a_limit_that_lasts_ends_the_fetch_and_says_until_when() {
    let folder = tempfile::tempdir().unwrap();
    let (github, store) = (GitHub::new(30, 6), store(folder.path()));
    let reset = (Timestamp::now().as_second() + 3_000).to_string();
    let headers = vec![
        ("X-RateLimit-Remaining", "0".to_owned()),
        ("X-RateLimit-Reset", reset),
    ];
    github.fault(5, Fault::Answer(403, headers, String::new()));
    let settings = Settings {
        longest_wait: Duration::from_secs(5),
        ..settings(&github)
    };
    let error = run(&github, &store, &settings).result.unwrap_err();
    let FetchError::Limited { until } = error else {
        panic!("{error}");
    };
    assert!(
        until
            > Timestamp::now()
                .checked_add(jiff::SignedDuration::from_secs(2_900))
                .unwrap()
    );
    // The first window is kept.
    assert!(!store.open().unwrap().unwrap().is_empty());
    run(&github, &store, &settings).result.unwrap();
    github.assert_fetched(&store, "after the limit");
}
