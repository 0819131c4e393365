//! The formats that trackers export.

use fixtrail_index::history::IssueRef;
use fixtrail_index::issues::{IssueKey, Link, State, Target};
use serde_json::json;

use super::{import, issue, store};

const STACK: &str = "It dies:\n```\n#0  0x01 in chain_seek (key=0x1) at Objects/chainobject.c:12\n#1  0x02 in chain_contains () at Objects/chainobject.c:65\n```\n";

const CPYTHON_7: &str = "github:python/cpython#7";

fn target(number: u64) -> Target {
    Target::Issue(IssueKey::new("github:python/cpython", number))
}

#[test]
fn rest_records_come_together() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let api = "https://api.github.com/repos/python/cpython";
    let page = "https://github.com/python/cpython";
    let commit = "54b89f8fdbe9aaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let issue_7 = json!({
        "number": 7, "title": "chain crash", "html_url": format!("{page}/issues/7"), "state": "closed", "state_reason": "completed",
        "created_at": "2024-01-02T03:04:05Z", "updated_at": "2024-02-02T03:04:05Z", "closed_at": "2024-02-02T03:04:05Z",
        "user": { "login": "ada" }, "labels": [{ "name": "3.12" }, { "name": "3.11 (EOL)" }, { "name": "type-crash" }, "docs"],
        "body": "No stack here.\n<!-- gh-linked-prs -->\n* gh-8\n<!-- /gh-linked-prs -->", "node_id": "unknown fields stay out"
    });
    let comment = json!({
        "id": 55, "issue_url": format!("{api}/issues/7"), "html_url": format!("{page}/issues/7#issuecomment-55"),
        "created_at": "2024-01-03T00:00:00Z", "updated_at": "2024-01-03T00:00:00Z", "user": null, "body": STACK
    });
    let closed = json!({ "event": "closed", "commit_id": commit, "issue": { "html_url": format!("{page}/issues/7") } });
    let labeled =
        json!({ "event": "labeled", "issue": { "html_url": format!("{page}/issues/7") } });
    let pull = json!({
        "number": 8, "title": "gh-7: Fix a crash", "html_url": format!("{page}/pull/8"), "state": "closed",
        "created_at": "2024-01-04T00:00:00Z", "updated_at": "2024-01-05T00:00:00Z", "merged_at": "2024-01-05T00:00:00Z",
        "merge_commit_sha": commit, "user": { "login": "ada" }, "body": null
    });
    // Two pages as `gh api --paginate` writes them, then a list of lists, then lines.
    let texts = [
        format!("[{comment}][{issue_7}]"),
        format!("[[{closed}],[{labeled}]]"),
        format!("{pull}\n{issue_7}\n"),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let imported = import(&store, &texts, None);
    assert_eq!(
        imported.iter().map(|of| of.skipped).sum::<u64>(),
        0,
        "{imported:?}"
    );
    assert_eq!(
        (imported[0].new, imported[2].new, imported[2].unchanged),
        (1, 1, 1)
    );

    let seven = issue(&store, CPYTHON_7);
    let head = seven.head.as_ref().unwrap();
    assert_eq!(
        (head.title.as_str(), head.state),
        ("chain crash", State::Closed)
    );
    assert_eq!(head.names, [IssueRef::Gh(7)]);
    assert_eq!(head.versions, ["3.12", "3.11"]);
    assert_eq!(head.kind.as_deref(), Some("crash"));
    assert_eq!(head.resolution.as_deref(), Some("completed"));
    assert_eq!(head.closed, Some(1_706_843_045));
    let links = [
        Link::Commit(commit.parse().unwrap()),
        Link::PullRequest(target(8)),
    ];
    assert_eq!(seven.all_links(), links.iter().collect::<Vec<_>>());
    let (post, stack) = seven.stacks().next().unwrap();
    assert_eq!(
        (post.id.as_str(), post.author.as_str(), post.date),
        ("55", "ghost", 1_704_240_000)
    );
    assert_eq!(stack.text, "chain_seek < chain_contains");
    assert_eq!(
        stack
            .frames
            .iter()
            .map(|frame| frame.term.as_str())
            .collect::<Vec<_>>(),
        ["chain_seek", "chain_contains"]
    );

    let eight = issue(&store, "github:python/cpython#8");
    let head = eight.head.as_ref().unwrap();
    assert_eq!((head.state, head.pull_request), (State::Merged, true));
    assert_eq!(head.links, [Link::About(target(7))]);
    assert_eq!(eight.links, [Link::Commit(commit.parse().unwrap())]);
}

#[test]
fn gh_and_graphql_are_told_by_their_members() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let listed = json!([{
        "number": 7, "title": "chain crash", "state": "CLOSED", "stateReason": "NOT_PLANNED", "createdAt": "2024-01-02T03:04:05Z",
        "updatedAt": "2024-02-02T03:04:05Z", "closedAt": "2024-02-02T03:04:05Z", "author": { "login": "ada" }, "body": "x",
        "labels": [{ "name": "3.12" }],
        "comments": [{ "id": "IC_k", "url": "https://github.com/python/cpython/issues/7#issuecomment-55",
            "author": { "login": "grace" }, "createdAt": "2024-01-03T00:00:00Z", "body": STACK }],
        "closedByPullRequestsReferences": [{ "number": 8, "url": "https://github.com/python/cpython/pull/8" }]
    }]);
    let commit = "54b89f8fdbe9aaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let answer = json!({ "data": { "repository": { "issues": {
        "pageInfo": { "hasNextPage": false },
        "nodes": [null, {
            "number": 7, "title": "chain crash again", "url": "https://github.com/python/cpython/issues/7", "state": "CLOSED",
            "createdAt": "2024-01-02T03:04:05Z", "updatedAt": "2024-03-02T03:04:05Z", "closedAt": null, "author": null, "body": "x",
            "labels": { "nodes": [] },
            "comments": { "pageInfo": { "hasNextPage": true }, "nodes": [] },
            "timelineItems": { "nodes": [
                { "__typename": "ClosedEvent", "closer": { "__typename": "Commit", "oid": commit } },
                { "__typename": "ClosedEvent", "closer": { "__typename": "PullRequest", "number": 9,
                    "url": "https://github.com/python/cpython/pull/9", "mergeCommit": null } },
                { "__typename": "MarkedAsDuplicateEvent", "canonical": { "number": 3,
                    "url": "https://github.com/python/cpython/issues/3" } },
                {}
            ] }
        }]
    } } } });
    let imported = import(
        &store,
        &[&listed.to_string()],
        Some("github:python/cpython"),
    );
    assert_eq!(
        (imported[0].new, imported[0].skipped),
        (1, 0),
        "{imported:?}"
    );
    let seven = issue(&store, CPYTHON_7);
    assert_eq!(
        seven.head.as_ref().unwrap().resolution.as_deref(),
        Some("not_planned")
    );
    assert_eq!(
        seven
            .stacks()
            .map(|(post, _)| post.id.as_str())
            .collect::<Vec<_>>(),
        ["55"]
    );
    let imported = import(&store, &[&answer.to_string()], None);
    assert_eq!(
        (imported[0].changed, imported[0].skipped),
        (1, 0),
        "{imported:?}"
    );
    let seven = issue(&store, CPYTHON_7);
    assert_eq!(seven.head.as_ref().unwrap().title, "chain crash again");
    assert_eq!(
        seven.stacks().count(),
        1,
        "a page of comments takes no other away"
    );
    let links = [
        Link::DuplicateOf(target(3)),
        Link::Commit(commit.parse().unwrap()),
        Link::PullRequest(target(8)),
        Link::PullRequest(target(9)),
    ];
    assert_eq!(seven.links, links);
}

#[test]
fn a_list_says_not_of_which_repository_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let imported = import(
        &store(folder.path()),
        &[r#"[{"number": 7, "title": "x"}]"#],
        None,
    );
    assert_eq!(imported[0].skipped, 1);
    assert!(
        imported[0].reasons[0].to_string().contains("--tracker"),
        "{imported:?}"
    );
}

#[test]
fn bugzilla_by_json_and_by_xml() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let bug = json!({ "bugs": [{
        "id": 184, "summary": "python3.9 hangs", "status": "CLOSED", "resolution": "UPSTREAM", "is_open": false,
        "product": "Fedora", "component": ["python3.9"], "version": ["32"], "keywords": ["Reopened"],
        "creation_time": "2020-05-29T08:00:00Z", "last_change_time": "2020-06-09T08:00:00Z", "dupe_of": null,
        "see_also": ["https://bugs.python.org/issue70123", "https://github.com/python/cpython/issues/7"]
    }], "faults": [] });
    let comments = json!({ "bugs": { "184": { "comments": [
        { "id": 1, "bug_id": 184, "count": 0, "text": "It hangs.", "creator": "ada@example.org", "time": "2020-05-29T08:00:00Z", "is_private": false },
        { "id": 2, "bug_id": 184, "count": 1, "text": STACK, "creator": "grace@example.org", "time": "2020-05-30T08:00:00Z",
          "creation_time": "2020-05-30T08:00:00Z", "is_private": false },
        { "id": 3, "bug_id": 184, "count": 2, "text": STACK.replace("chain", "secret"), "creator": "x", "time": "2020-05-30T08:00:00Z", "is_private": true }
    ] } }, "comments": {} });
    let attachments = json!({ "bugs": { "184": [{
        "id": 9, "bug_id": 184, "file_name": "backtrace", "content_type": "text/plain", "creator": "ada@example.org",
        "creation_time": "2020-05-29T08:00:00Z", "last_change_time": "2020-05-29T08:00:00Z", "is_private": 0, "is_obsolete": 0,
        "data": "IzAgIDB4MDEgaW4gYXR0YWNoZWRfZnVuY3Rpb24gKCkgYXQgYS5jOjEKIzEgIDB4MDIgaW4gY2FsbGVyICgpIGF0IGEuYzoyCg=="
    }] }, "attachments": {} });
    let texts = [
        bug.to_string(),
        comments.to_string(),
        attachments.to_string(),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let imported = import(&store, &texts, Some("https://bugzilla.redhat.com/"));
    assert_eq!(
        imported.iter().map(|of| of.skipped).sum::<u64>(),
        0,
        "{imported:?}"
    );
    let bug = issue(&store, "bugzilla:bugzilla.redhat.com#184");
    let head = bug.head.as_ref().unwrap();
    assert_eq!(head.url, "https://bugzilla.redhat.com/show_bug.cgi?id=184");
    assert_eq!(head.labels, ["Fedora", "python3.9", "Reopened"]);
    assert_eq!(
        (head.state, head.resolution.as_deref()),
        (State::Closed, Some("upstream"))
    );
    let about = [
        Link::About(Target::Name(IssueRef::Bpo(70_123))),
        Link::About(target(7)),
    ];
    assert_eq!(head.links, about);
    let found: Vec<_> = bug
        .stacks()
        .map(|(post, stack)| (post.id.as_str(), post.author.as_str(), stack.text.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("2", "grace", "chain_seek < chain_contains"),
            ("attachment-9", "ada", "attached_function < caller")
        ]
    );

    let xml = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<!DOCTYPE bugzilla SYSTEM "https://bugzilla.redhat.com/page.cgi?id=bugzilla.dtd">
<bugzilla version="5.0.4" urlbase="https://bugzilla.redhat.com/" maintainer="nobody@example.org">
  <bug><bug_id>185</bug_id><creation_ts>2020-05-29 08:00:00 +0000</creation_ts><short_desc>seek &amp; find</short_desc>
    <delta_ts>2020-06-09 08:00:00 +0000</delta_ts><product>Fedora</product><component>python3.9</component><version>32</version>
    <bug_status>CLOSED</bug_status><resolution>DUPLICATE</resolution><dup_id>184</dup_id><keywords></keywords>
    <long_desc isprivate="0"><commentid>4</commentid><comment_count>0</comment_count><who name="Ada L.">ada</who>
      <bug_when>2020-05-29 08:00:00 +0000</bug_when><thetext>#0  0x01 in chain_seek (key=&lt;optimized out&gt;) at Objects/chainobject.c:12
#1  0x02 in chain_contains () at Objects/chainobject.c:65</thetext></long_desc>
  </bug>
  <bug error="NotFound"><bug_id>186</bug_id></bug>
  <bug><bug_id>x</bug_id></bug>
</bugzilla>"#;
    let imported = import(&store, &[xml], None);
    assert_eq!(
        (imported[0].new, imported[0].skipped),
        (1, 2),
        "{imported:?}"
    );
    assert_eq!(
        imported[0].reasons[0].to_string(),
        "bug 186: the server says NotFound"
    );
    let bug = issue(&store, "bugzilla:bugzilla.redhat.com#185");
    let head = bug.head.as_ref().unwrap();
    assert_eq!(head.title, "seek & find");
    let first = Target::Issue(IssueKey::new("bugzilla:bugzilla.redhat.com", 184));
    assert_eq!(head.links, [Link::DuplicateOf(first)]);
    let (post, stack) = bug.stacks().next().unwrap();
    assert_eq!((post.author.as_str(), stack.frames.len()), ("Ada L.", 2));
}

#[test]
fn packed_files_and_standard_input() {
    use std::io::Write as _;

    let text = std::fs::read(super::EXPORT).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&text).unwrap();
    let gzip = gzip.finish().unwrap();
    for (name, bytes) in [
        ("a.gz", gzip),
        ("b.zst", zstd::encode_all(&text[..], 1).unwrap()),
    ] {
        let env = crate::support::Env::new();
        let path = env.path_text(name);
        std::fs::write(&path, bytes).unwrap();
        let answer = env
            .run(["issues", "import", &path, "--json"])
            .succeeded()
            .json();
        assert_eq!(
            (&answer["new"], &answer["skipped"]),
            (&json!(4), &json!(0)),
            "{name}"
        );
    }
}
