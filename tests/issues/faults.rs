//! Broken exports, damaged indexes, imports that are repeated or killed.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{EXPORT, import, store};
use crate::support::Env;

#[test]
fn a_broken_record_is_named_and_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let good = |number: u32| {
        json!({ "number": number, "title": "t", "html_url": format!("https://github.com/a/b/issues/{number}"), "state": "open",
            "created_at": "2024-01-02T03:04:05Z", "updated_at": "2024-01-02T03:04:05Z" })
    };
    let mut bad = good(2);
    bad["updated_at"] = json!("yesterday");
    let text = format!(
        "{}\n{bad}\n{{\"number\": 3, \"title\": \"cut of\n{}\n{{\"color\": \"red\"}}\n",
        good(1),
        good(4)
    );
    let imported = import(&store(folder.path()), &[&text], None);
    assert_eq!((imported[0].new, imported[0].skipped), (2, 3));
    let reasons: Vec<String> = imported[0]
        .reasons
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        reasons[0].starts_with("issue 2: `yesterday` is no time"),
        "{reasons:?}"
    );
    assert!(reasons[1].starts_with("object 3: "), "{reasons:?}");
    assert!(
        reasons[2].contains("neither an issue nor a comment"),
        "{reasons:?}"
    );
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let env = Env::with_index();
    let first = env
        .run(["issues", "import", EXPORT, "--json"])
        .succeeded()
        .json();
    assert_eq!((&first["new"], &first["changed"]), (&json!(4), &json!(2)));
    let info = env.run(["issues", "info", "--json"]).succeeded().json();
    assert_eq!(info["trackers"][0]["issues"], 4);
    assert_eq!(info["trackers"][0]["stacks"], 3);
    let again = env
        .run(["issues", "import", EXPORT, EXPORT, "--json"])
        .succeeded()
        .json();
    assert_eq!(
        (&again["unchanged"], &again["changed"]),
        (&json!(12), &json!(0))
    );
    assert_eq!(
        env.run(["issues", "info", "--json"]).succeeded().json(),
        info
    );
}

#[test]
fn what_is_no_export_fails() {
    let env = Env::new();
    let text = env.file("text.txt", "no JSON at all");
    env.run(["issues", "import", &text])
        .failed_with(&["no issue in the input", "gh issue list"]);
    env.run(["issues", "import", &env.path_text("none.json")])
        .failed_with(&["none.json cannot be read"]);
    env.run(["issues", "import", EXPORT, "--tracker", "cpython"])
        .failed_with(&["names no tracker"]);
    env.run(["similar", "samples/hang/report.txt"])
        .failed_with(&["no issues are known", "issues fetch"]);
}

#[test]
fn a_damaged_index_is_told_and_takes_no_answer_away() {
    let env = Env::with_index();
    env.run(["issues", "import", EXPORT]).succeeded();
    let folder = env.index().join("issues");
    let entries = fs::read_dir(&folder).unwrap().flatten();
    let stored = entries
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "store"));
    fs::write(stored.unwrap(), b"nothing").unwrap();
    let run = env.run(["triage", "samples/hang/report.txt"]).succeeded();
    assert!(run.stdout.contains("54b89f8fdbe9"), "{run}");
    assert!(run.stderr.contains("known issues"), "{run}");
    env.run(["issues", "remove", "cpython"]).succeeded();
    env.run(["issues", "import", EXPORT]).succeeded();
    assert!(
        env.run(["triage", "samples/hang/report.txt"])
            .succeeded()
            .stdout
            .contains("Known:")
    );
}

#[test]
fn a_killed_import_leaves_what_was_whole() {
    let env = Env::new();
    let mut text = String::new();
    for number in 1..=6000 {
        let record = json!({ "number": number, "title": "t", "html_url": format!("https://github.com/a/b/issues/{number}"),
            "state": "open", "created_at": "2024-01-02T03:04:05Z", "updated_at": "2024-01-02T03:04:05Z",
            "body": format!("#0  0x1 in f{number} (a=1) at a.c:1\n#1  0x2 in g{} () at a.c:2\n", number % 7) });
        text.push_str(&format!("{record}\n"));
    }
    let export = env.file("many.jsonl", &text);
    for pause in [0, 20, 60, 150, 400] {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("fixtrail"));
        let index = env.path("killed");
        command
            .args(["issues", "import", &export, "--index"])
            .arg(&index);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(pause));
        drop(child.kill());
        child.wait().unwrap();
        // Whatever was committed can be read.
        let run = env.run([
            "issues",
            "info",
            "--json",
            "--index",
            &index.to_string_lossy(),
        ]);
        assert_ne!(run.code, Some(2), "{run}");
    }
    let index = env.path_text("killed");
    env.run(["issues", "import", &export, "--index", &index])
        .succeeded();
    let info = env
        .run(["issues", "info", "--json", "--index", &index])
        .succeeded()
        .json();
    assert_eq!(
        (
            &info["trackers"][0]["issues"],
            &info["trackers"][0]["stacks"]
        ),
        (&json!(6000), &json!(6000))
    );
}

#[test]
fn one_writes_at_a_time() {
    let env = Env::new();
    let store = fixtrail_index::Upstreams::at(&env.indexes())
        .store("cpython")
        .unwrap()
        .issues();
    let writer = store.writer().unwrap();
    env.run(["issues", "import", EXPORT])
        .failed_with(&["another process"]);
    env.run(["issues", "remove", "cpython"])
        .failed_with(&["another process"]);
    drop(writer);
    env.run(["issues", "import", EXPORT]).succeeded();
}
