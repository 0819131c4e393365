//! Servers that fail, and answers that are none.

use fixtrail::issues::github::{FetchError, Settings, Token};
use serde_json::json;

use super::fake::{Fault, GitHub};
use super::{run, settings, store};

#[test]
fn what_may_pass_is_asked_again() {
    let page = "<!DOCTYPE html><html>Bad gateway</html>";
    let faults = [
        (
            Fault::Answer(502, Vec::new(), page.to_owned()),
            "HTTP status 502",
        ),
        (
            Fault::Answer(500, Vec::new(), String::new()),
            "HTTP status 500",
        ),
        (
            Fault::Answer(503, Vec::new(), json!({ "message": "busy" }).to_string()),
            "HTTP status 503: busy",
        ),
        (
            Fault::Answer(200, Vec::new(), page.to_owned()),
            "not GitHub's",
        ),
        (
            Fault::Answer(200, Vec::new(), "[{\"number\": 1".to_owned()),
            "not GitHub's",
        ),
        (
            Fault::Answer(200, Vec::new(), "null".to_owned()),
            "neither a list nor an object",
        ),
        (Fault::Cut(30), "cut off"),
        (Fault::Silence, "no data"),
    ];
    for (fault, words) in faults {
        let folder = tempfile::tempdir().unwrap();
        let (github, store) = (GitHub::new(18, 6), store(folder.path()));
        for at in [0, 1, 3] {
            github.fault(at, fault.clone());
        }
        let run = run(&github, &store, &settings(&github));
        run.result
            .unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(run.said.len(), 3, "{fault:?}: {:?}", run.said);
        assert!(
            run.said.iter().all(|said| said.contains(words)),
            "{:?}",
            run.said
        );
        github.assert_fetched(&store, words);
    }
}

#[test]
fn what_does_not_pass_ends_the_fetch() {
    let forbidden =
        json!({ "message": "Resource protected by organization SAML enforcement" }).to_string();
    type Fits = fn(&FetchError) -> bool;
    let faults: [(Fault, Fits); 4] = [
        (Fault::Answer(401, Vec::new(), "{}".to_owned()), |error| {
            matches!(error, FetchError::Token)
        }),
        (Fault::Answer(404, Vec::new(), "{}".to_owned()), |error| {
            matches!(error, FetchError::NoRepository { .. })
        }),
        (Fault::Answer(403, Vec::new(), forbidden), |error| {
            error.to_string().contains("status 403: Resource protected")
        }),
        (Fault::Answer(422, Vec::new(), String::new()), |error| {
            error.to_string().ends_with("HTTP status 422")
        }),
    ];
    for (fault, fits) in faults {
        let folder = tempfile::tempdir().unwrap();
        let github = GitHub::new(3, 3);
        github.fault(0, fault.clone());
        let run = run(&github, &store(folder.path()), &settings(&github));
        let error = run.result.unwrap_err();
        assert!(fits(&error), "{fault:?}: {error}");
        assert_eq!(github.requests().len(), 1);
        assert!(!error.to_string().contains("secret"));
    }
}

#[test]
fn a_server_that_only_fails_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let github = GitHub::new(3, 3);
    for at in 0..10 {
        github.fault(at, Fault::Answer(502, Vec::new(), String::new()));
    }
    let run = run(&github, &store(folder.path()), &settings(&github));
    let error = run.result.unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot fetch /repos/some/project/issues: HTTP status 502"
    );
    assert_eq!(github.requests().len(), 4);
}

#[test]
fn a_server_that_knows_no_pages_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let github = GitHub::new(3, 3);
    let page: Vec<_> = (1..=4)
        .map(|number| {
            json!({ "number": number, "title": "t", "html_url": "https://github.com/some/project/issues/1", "state": "open",
                "created_at": "2024-01-02T03:04:05Z", "updated_at": "2024-01-02T03:04:05Z" })
        })
        .collect();
    for at in 0..60 {
        github.fault(at, Fault::Answer(200, Vec::new(), json!(page).to_string()));
    }
    let error = run(&github, &store(folder.path()), &settings(&github))
        .result
        .unwrap_err();
    assert!(error.to_string().contains("the same page"), "{error}");
}

#[test]
fn a_renamed_repository_is_followed_but_the_token_stays_here() {
    let folder = tempfile::tempdir().unwrap();
    let (github, store) = (GitHub::new(3, 3), store(folder.path()));
    let here = format!(
        "{}repos/some/project/issues?sort=updated&direction=asc&per_page=4&page=1",
        github.url()
    );
    github.fault(
        0,
        Fault::Answer(301, vec![("Location", here)], String::new()),
    );
    run(&github, &store, &settings(&github)).result.unwrap();
    github.assert_fetched(&store, "renamed");

    // Another port is another server.
    let other = GitHub::new(3, 3);
    let there = format!(
        "{}repos/some/project/issues?sort=updated&direction=asc&per_page=4&page=1",
        other.url()
    );
    github.forget_requests();
    github.change(1);
    github.fault(
        0,
        Fault::Answer(301, vec![("Location", there)], String::new()),
    );
    drop(run(&github, &store, &settings(&github)));
    let heads = other.requests();
    assert_eq!(heads.len(), 1);
    assert!(!heads[0].contains("secret"), "{heads:?}");
}

#[test]
fn no_token_goes_where_it_is_not_safe() {
    let folder = tempfile::tempdir().unwrap();
    let github = GitHub::new(3, 3);
    let settings = Settings::new(
        "http://git.example/api/v3/".parse().unwrap(),
        Token::new("x"),
    );
    let error = run(&github, &store(folder.path()), &settings)
        .result
        .unwrap_err();
    assert!(matches!(error, FetchError::Unprotected { .. }), "{error}");
}
