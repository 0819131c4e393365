//! Nothing is lost, whatever changes meanwhile.

use fixtrail_index::history::CommitId;
use fixtrail_index::issues::{IssueKey, Link, Target};
use serde_json::json;

use super::fake::{Fault, GitHub};
use super::{run, settings, store};

/// How many requests a whole fetch takes.
fn requests() -> usize {
    let folder = tempfile::tempdir().unwrap();
    let github = GitHub::new(26, 18);
    run(&github, &store(folder.path()), &settings(&github))
        .result
        .unwrap();
    github.requests().len()
}

#[test]
fn everything_comes_and_then_only_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let (github, store) = (GitHub::new(30, 40), store(folder.path()));
    let first = run(&github, &store, &settings(&github)).result.unwrap();
    github.assert_fetched(&store, "first");
    assert_eq!(first.imported.skipped, 0);
    github.forget_requests();
    let again = run(&github, &store, &settings(&github)).result.unwrap();
    assert_eq!(
        (again.requests, again.unchanged, again.imported.records),
        (2, 2, 0)
    );
    let heads = github.requests();
    assert!(
        heads
            .iter()
            .all(|head| head.to_lowercase().contains("if-none-match:") && head.contains("since=")),
        "{heads:?}"
    );
    assert!(
        heads
            .iter()
            .all(|head| head.contains("authorization: Bearer secret-token")
                || head.contains("Authorization: Bearer secret-token"))
    );
    github.change(7);
    run(&github, &store, &settings(&github)).result.unwrap();
    github.assert_fetched(&store, "after a change");
}

#[test]
fn a_change_at_any_request_loses_nothing() {
    for at in 0..requests() {
        for number in [1, 13] {
            let folder = tempfile::tempdir().unwrap();
            let (github, store) = (GitHub::new(26, 18), store(folder.path()));
            github.change_at(at, number);
            run(&github, &store, &settings(&github)).result.unwrap();
            // What changed behind the end of a list is of the next fetch.
            run(&github, &store, &settings(&github)).result.unwrap();
            github.assert_fetched(&store, &format!("issue {number} changed at request {at}"));
        }
    }
}

#[test]
fn a_deletion_at_any_request_loses_no_other() {
    for at in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let (github, store) = (GitHub::new(3, 26), store(folder.path()));
        github.delete_at(at, 2);
        run(&github, &store, &settings(&github)).result.unwrap();
        github.assert_fetched(&store, &format!("comment 2 deleted at request {at}"));
    }
}

#[test]
fn many_changes_lose_nothing() {
    for seed in 0..15_u64 {
        let folder = tempfile::tempdir().unwrap();
        let (github, store) = (GitHub::new(31, 9), store(folder.path()));
        let mut random = seed;
        for _ in 0..8 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            github.change_at(
                usize::try_from(random >> 33).unwrap() % 30,
                1 + (random >> 20) % 31,
            );
        }
        // Changes come with the requests, of which the second fetch may make the last.
        for _ in 0..3 {
            run(&github, &store, &settings(&github)).result.unwrap();
        }
        github.assert_fetched(&store, &format!("seed {seed}"));
    }
}

#[test]
fn a_short_page_is_not_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (github, store) = (GitHub::new(30, 0), store(folder.path()));
    for number in [2, 10, 11, 30] {
        github.hide(number);
    }
    run(&github, &store, &settings(&github)).result.unwrap();
    github.assert_fetched(&store, "with gaps");
}

#[test]
fn thousands_of_one_second_come_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (github, store) = (GitHub::new(61, 0), store(folder.path()));
    github.migrate();
    github.change_at(4, 2);
    run(&github, &store, &settings(&github)).result.unwrap();
    github.assert_fetched(&store, "all of one second");
}

#[test]
fn an_interrupted_fetch_goes_on() {
    for at in 0..requests() {
        let folder = tempfile::tempdir().unwrap();
        let (github, store) = (GitHub::new(26, 18), store(folder.path()));
        github.fault(
            at,
            Fault::Answer(403, Vec::new(), json!({ "message": "no" }).to_string()),
        );
        let broken = run(&github, &store, &settings(&github)).result;
        assert!(broken.is_err(), "{at}");
        github.forget_requests();
        run(&github, &store, &settings(&github)).result.unwrap();
        github.assert_fetched(&store, &format!("broken off at request {at}"));
    }
}

#[test]
fn timelines_tell_what_closed_an_issue() {
    let folder = tempfile::tempdir().unwrap();
    let (github, store) = (GitHub::new(12, 0), store(folder.path()));
    let other = json!({ "event": "labeled" });
    let closed = json!({ "event": "closed", "commit_id": "a".repeat(40) });
    let pull = json!({ "event": "cross-referenced", "source": { "issue": { "html_url": "https://github.com/some/project/pull/3",
        "title": "gh-5: Fix", "body": null, "pull_request": {} } } });
    // On the second page of the timeline; 10 has none any more.
    github.timeline(
        5,
        vec![
            other.clone(),
            other.clone(),
            other.clone(),
            other,
            closed,
            pull,
        ],
    );
    run(&github, &store, &settings(&github)).result.unwrap();
    let issues = store.open().unwrap().unwrap();
    let issue = |number| {
        issues
            .issue(&IssueKey::new("github:some/project", number))
            .unwrap()
            .unwrap()
    };
    let commit = |digit: &str| Link::Commit(digit.repeat(40).parse::<CommitId>().unwrap());
    let three = Link::PullRequest(Target::Issue(IssueKey::new("github:some/project", 3)));
    assert_eq!(issue(5).links, [commit("a"), three]);
    assert!(issue(5).events_read && issue(10).events_read);
    assert_eq!(issue(3).links, [commit("b")]);
    github.forget_requests();
    run(&github, &store, &settings(&github)).result.unwrap();
    assert!(
        !github
            .requests()
            .iter()
            .any(|head| head.contains("timeline")),
        "{:?}",
        github.requests()
    );
    github.change(5);
    run(&github, &store, &settings(&github)).result.unwrap();
    assert!(
        github
            .requests()
            .iter()
            .any(|head| head.contains("issues/5/timeline"))
    );
}
