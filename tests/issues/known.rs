//! Known issues beside an answer, and `fixtrail similar`.

use serde_json::json;

use super::EXPORT;
use crate::support::{Env, HANG};

fn env() -> Env {
    let env = Env::with_index();
    env.run(["issues", "import", EXPORT]).succeeded();
    env
}

#[test]
fn import_and_info() {
    let env = Env::with_index();
    env.run(["issues", "import", EXPORT])
        .succeeded()
        .snapshot("issues-import");
    env.run(["issues", "info"])
        .succeeded()
        .snapshot("issues-info");
    let none = Env::new().run(["issues", "info"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_report_of_the_same_failure_leads_to_its_fix() {
    env()
        .run(["triage", HANG])
        .succeeded()
        .snapshot("triage-known");
}

#[test]
fn a_fix_is_found_through_a_report_alone() {
    // In other words: functions that no commit names or changes, and a report that has them.
    let env = Env::with_index();
    let page = "https://github.com/python/cpython/issues/82001";
    let stack = "#0  0x1 in zebra_run () at /usr/src/zebra.c:1\n#1  0x2 in zebra_walk () at /usr/src/zebra.c:2\n#2  0x3 in zebra_herd () at /usr/src/zebra.c:3\n";
    let record = json!({ "number": 82001, "title": "zebras", "html_url": page, "state": "closed",
        "created_at": "2020-05-20T10:00:00Z", "updated_at": "2022-05-20T10:00:00Z",
        "body": format!("BPO | [70123](https://bugs.python.org/issue70123)\n--- | :---\n\n{stack}") });
    let export = env.file("export.json", record.to_string());
    let report = env.file("report.txt", format!("Python 3.9.0b1\n{stack}"));
    let before = env.run(["triage", &report]);
    assert_eq!(before.code, Some(1), "{before}");
    env.run(["issues", "import", &export]).succeeded();
    let answer = env.run(["triage", "--json", &report]).succeeded().json();
    let first = &answer["verdicts"][0];
    assert!(
        first["commit"]["hash"]
            .as_str()
            .unwrap()
            .starts_with("54b89f8fdbe9"),
        "{first}"
    );
    assert_eq!(first["rests_on"], json!({ "code": false, "issues": true }));
    assert_eq!(answer["known"][0]["name"], "gh-82001");
    assert!(
        answer["known"][0]["fixes"][0]["commit"]["hash"]
            .as_str()
            .unwrap()
            .starts_with("54b89f8fdbe9")
    );
}

#[test]
fn a_distributions_bug_leads_to_the_upstream_issue_that_it_names() {
    let env = Env::with_index();
    let stack = "#0  0x1 in zebra_run () at z.c:1\n#1  0x2 in zebra_walk () at z.c:2\n#2  0x3 in zebra_herd () at z.c:3\n";
    let bug = json!({ "bugs": [{ "id": 184, "summary": "zebras", "is_open": false, "product": "Fedora", "resolution": "UPSTREAM",
        "last_change_time": "2020-06-09T08:00:00Z", "see_also": ["https://bugs.python.org/issue70123"] }] });
    let comment = json!({ "id": 2, "bug_id": 184, "count": 0, "text": stack, "creator": "ada", "creation_time": "2020-05-30T08:00:00Z" });
    // A number of another repository's means nothing here.
    let other = json!({ "number": 70126, "title": "zebras", "html_url": "https://github.com/some/zoo/issues/70126", "state": "open",
        "created_at": "2020-05-30T08:00:00Z", "updated_at": "2020-05-30T08:00:00Z", "body": stack });
    let export = env.file("export.jsonl", format!("{bug}\n{comment}\n{other}\n"));
    env.run([
        "issues",
        "import",
        "--tracker",
        "https://bugzilla.redhat.com",
        &export,
    ])
    .succeeded();
    let report = env.file("report.txt", format!("Python 3.9.0b1\n{stack}"));
    let answer = env.run(["triage", "--json", &report]).succeeded().json();
    assert!(
        answer["verdicts"][0]["commit"]["hash"]
            .as_str()
            .unwrap()
            .starts_with("54b89f8fdbe9"),
        "{answer}"
    );
    for known in answer["known"].as_array().unwrap() {
        let is_bug = known["name"] == "bugzilla:bugzilla.redhat.com#184";
        assert_eq!(
            known["fixes"].as_array().unwrap().len(),
            usize::from(is_bug),
            "{known}"
        );
    }
}

#[test]
fn what_nobody_has_fixed_is_known_all_the_same() {
    let env = env();
    let report = env.file(
        "report.txt",
        "#0  0x1 in needle_turn (needle=0x0) at Modules/_gauge.c:90\n#1  0x2 in gauge_move () at Modules/_gauge.c:140\n#2  0x3 in gauge_add () at Modules/_gauge.c:200\n",
    );
    let run = env.run(["triage", &report]);
    run.snapshot("triage-known-open");
    let answer = env.run(["triage", "--json", &report]).json();
    let known = answer["known"].as_array().unwrap();
    let states: Vec<_> = known
        .iter()
        .map(|known| (&known["name"], &known["state"], &known["duplicate_of"]))
        .collect();
    let canonical = json!(["github:python/cpython#90210"]);
    assert!(
        states.contains(&(&json!("gh-90210"), &json!("open"), &json!([]))),
        "{states:?}"
    );
    assert!(
        states.contains(&(&json!("gh-90333"), &json!("closed"), &canonical)),
        "{states:?}"
    );
}

#[test]
fn similar() {
    let env = env();
    env.run(["similar", HANG]).succeeded().snapshot("similar");
    let answer = env
        .run(["similar", "--json", "--top", "1", HANG])
        .succeeded()
        .json();
    assert_eq!(answer["similar"].as_array().unwrap().len(), 1);
    let strange = env.file(
        "strange.txt",
        "#0  0x1 in quux () at q.c:1\n#1  0x2 in main () at q.c:2\n",
    );
    assert_eq!(env.run(["similar", &strange]).code, Some(1));
}
