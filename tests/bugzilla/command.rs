//! `fixtrail triage bz:`, `fixtrail bugzilla comment` and `fixtrail bugzilla scan`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::fake::{BOT, Fake, Fault, REVOKED, Takes};
use crate::support::{Env, HANG, Run};

/// Where a private person's program was, with what was in it.
const PRIVATE: &str = "\
Program terminated with signal SIGSEGV, Segmentation fault.
#0  0x00007f01 in chain_seek (self=0x5555, key=\"hunter2\") at Objects/chainobject.c:210
#1  0x00007f02 in chain_contains (self=0x5555) at Objects/chainobject.c:240
#2  0x00007f03 in PySequence_Contains (seq=0x1) at Objects/abstract.c:2099
  File \"/home/jane/secret/project.py\", line 3, in lookup
    cherish(everything)
";

/// Posts on the first bug.
const COMMENT: [&str; 4] = ["bugzilla", "comment", "1", "--yes"];

fn hang() -> String {
    fs::read_to_string(HANG).unwrap()
}

/// Runs the command with a server, and a key.
fn run(env: &Env, fake: &Fake, key: Option<&str>, args: &[&str]) -> Run {
    let mut command = env.command(args);
    command.env("FIXTRAIL_BUGZILLA_URL", fake.url().as_str());
    if let Some(key) = key {
        command.env("FIXTRAIL_BUGZILLA_API_KEY", key);
    }
    env.output_of(command)
}

/// The same on every run: the server has another port each time.
fn shown(mut run: Run, fake: &Fake) -> Run {
    let url = fake.url().to_string();
    for text in [&mut run.stdout, &mut run.stderr] {
        *text = text.replace(&url, "http://bugzilla.example/");
    }
    run
}

fn config(env: &Env, name: &str, text: &str) -> String {
    let folder = env.path("home/.config/fixtrail");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn triage_of_a_bug() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Body));
    let bug = fake.file("It hangs.\n\nVersion-Release number of selected component:\npython39-3.9.0~b1-1.fc32.x86_64\n");
    fake.attach(bug, "backtrace", hang().as_bytes(), json!({}));
    fake.attach(
        bug,
        "core.1",
        b"x",
        json!({ "content_type": "application/octet-stream" }),
    );
    fake.comment(
        bug,
        "#0  0x1 in one () at a.c:1\n#1  0x2 in two () at a.c:2\n",
        false,
    );
    let triage = run(&env, &fake, None, &["triage", "bz:1"]);
    shown(triage, &fake).snapshot("bugzilla-triage");
    let address = format!("{}show_bug.cgi?id=1#c1", fake.url());
    let answer = run(&env, &fake, None, &["triage", &address, "--json"])
        .succeeded()
        .json();
    assert_eq!(answer["bug"]["components"], json!(["python3.9"]));
    assert_eq!(answer["findings"].as_array().unwrap().len(), 2);
    assert_eq!(
        answer["findings"][0]["origins"],
        json!([{ "kind": "attachment", "number": 1, "file_name": "backtrace" }])
    );
    assert_eq!(
        answer["findings"][1]["origins"],
        json!([{ "kind": "comment", "number": 3 }])
    );
    assert_eq!(answer["convincing"], true);
    let page = run(&env, &fake, None, &["triage", "bz:1", "--html"])
        .succeeded()
        .stdout;
    assert!(
        page.starts_with("<!DOCTYPE html>") && page.contains("chain_seek"),
        "{page}"
    );
    run(&env, &fake, None, &["triage", "bz:9"]).failed_with(&["has no bug 9", "hint:"]);
    run(&env, &fake, None, &["stack", "bz:1"]).failed_with(&["is a bug", "hint:"]);
    let silent = fake.file("nothing here");
    run(&env, &fake, None, &["triage", &format!("bz:{silent}")])
        .failed_with(&["no stack in bug 2", "hint:"]);
}

/// A bug that was imported, too, is no other report of the same failure.
#[test]
fn a_bug_is_not_like_itself() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Body));
    for _ in 0..2 {
        fake.file(&hang());
    }
    let records = |bug: u64| {
        let text = json!({ "id": bug, "bug_id": bug, "count": 0, "text": hang(), "creation_time": "2020-06-09T10:00:00Z" });
        let head = json!({ "bugs": [{ "id": bug, "summary": format!("imported {bug}"), "creation_time": "2020-06-09T10:00:00Z" }] });
        format!(
            "{head}\n{}\n",
            json!({ "bugs": { bug.to_string(): { "comments": [text] } } })
        )
    };
    let file = env.file("bugs.jsonl", records(1) + &records(2));
    env.run(["issues", "import", &file, "--tracker", fake.url().as_str()])
        .succeeded();
    for (bug, other) in [("bz:1", "imported 2"), ("bz:2", "imported 1")] {
        let answer = run(&env, &fake, None, &["triage", bug]).succeeded().stdout;
        assert!(answer.contains(other), "{answer}");
        assert_eq!(answer.matches("imported").count(), 1, "{answer}");
    }
    // Whose trackers are the user's own, others are not told of them.
    let comment = run(&env, &fake, None, &["bugzilla", "comment", "1", "--json"])
        .succeeded()
        .stdout;
    assert!(
        !comment.contains("imported") && !comment.contains("Same stack"),
        "{comment}"
    );
}

#[test]
fn a_comment_is_shown_and_then_posted_once() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Header));
    let bug = fake.file(&hang());
    let preview = run(&env, &fake, Some(BOT), &["bugzilla", "comment", "1"]).succeeded();
    assert!(fake.own_comments(bug).is_empty());
    let text = preview.stdout.clone();
    shown(preview, &fake).snapshot("bugzilla-comment");
    let all = [
        "bugzilla",
        "comment",
        "bz:1",
        "--yes",
        "--attach",
        "--whiteboard",
        "--see-also",
    ];
    let posted = run(&env, &fake, Some(BOT), &all).succeeded();
    // What was shown is what is there.
    let own = fake.own_comments(bug);
    assert_eq!(
        format!("{}\n", own[0]["text"].as_str().unwrap()),
        posted.stdout
    );
    assert_eq!(
        posted.stdout.replace("The full report is attached.\n", ""),
        text
    );
    shown(posted, &fake).snapshot("bugzilla-posted");
    let again = run(&env, &fake, Some(BOT), &all).succeeded();
    shown(again, &fake).snapshot("bugzilla-posted-before");
    assert_eq!(fake.own_comments(bug).len(), 1);
    assert_eq!(fake.with(|bugs| bugs[&bug].attachments.len()), 2);
    let json = run(&env, &fake, Some(BOT), &[&all[..], &["--json"]].concat())
        .succeeded()
        .json();
    assert_eq!(
        (&json["status"], &json["comment"]),
        (&json!("posted-before"), &own[0]["id"])
    );
    // Our own comment and attachments are no evidence.
    let triage = run(&env, &fake, Some(BOT), &["triage", "bz:1", "--json"])
        .succeeded()
        .json();
    assert_eq!(triage["findings"].as_array().unwrap().len(), 1);
}

/// What is asked for is there.
#[test]
fn values_are_attached_if_asked_for() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Body));
    let bug = fake.file("see the core that I have here");
    let input = env.file("report.txt", PRIVATE);
    let comment = [
        "bugzilla",
        "comment",
        "1",
        &input,
        "--yes",
        "--attach=json",
        "--values",
    ];
    run(&env, &fake, Some(BOT), &comment).succeeded();
    let stack = fake.with(|bugs| decoded(&bugs[&bug].attachments[1]["data"]));
    assert!(
        stack.contains("cherish(everything)") && !stack.contains("jane"),
        "{stack}"
    );
}

/// A comment about an input; nothing of what the process held gets out.
#[test]
fn private_details_stay_here() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Body));
    let bug = fake.file("see the core that I have here");
    let input = env.file("report.txt", PRIVATE);
    for format in ["--attach=html", "--attach=json"] {
        let run = run(
            &env,
            &fake,
            Some(BOT),
            &["bugzilla", "comment", "1", &input, "--yes", format],
        )
        .succeeded();
        assert!(run.stderr.contains("private details"), "{run}");
    }
    let stored = fake.with(|bugs| {
        let bug = &bugs[&bug];
        let texts = bug
            .comments
            .iter()
            .map(|comment| comment["text"].as_str().unwrap().to_owned());
        let files = bug
            .attachments
            .iter()
            .map(|attachment| decoded(&attachment["data"]));
        texts.chain(files).collect::<Vec<_>>()
    });
    // The comment, and two files each of two kinds, of which the stack is the same.
    assert_eq!(stored.len(), 1 + 1 + 3 + 3);
    for text in &stored {
        for secret in ["jane", "hunter2", "0x5555", "cherish", &input] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    assert!(
        stored
            .iter()
            .any(|text| text.contains("/home/&lt;user&gt;/secret"))
    );
}

fn decoded(data: &Value) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(data.as_str().unwrap())
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_is_private_is_told_to_insiders_alone() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Body));
    let bug = fake.file("see comment 1");
    fake.comment(bug, &hang(), true);
    let open = run(&env, &fake, Some(BOT), &COMMENT);
    assert_eq!(open.code, Some(1), "{open}");
    assert!(open.stderr.contains("--private"), "{open}");
    assert!(fake.own_comments(bug).is_empty());
    run(
        &env,
        &fake,
        Some(BOT),
        &["bugzilla", "comment", "1", "--yes", "--private"],
    )
    .succeeded();
    assert_eq!(fake.own_comments(bug)[0]["is_private"], true);
}

#[test]
fn nothing_convincing_is_not_posted() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Body));
    let bug = fake.file("#0  0x1 in one () at a.c:1\n#1  0x2 in two () at a.c:2\n");
    let run = run(&env, &fake, Some(BOT), &COMMENT);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.is_empty() && fake.own_comments(bug).is_empty());
}

#[test]
fn keys_of_files_and_commands() {
    let fake = Fake::new(Takes::Bearer);
    fake.file(&hang());
    fake.with(|bugs| bugs.get_mut(&1).unwrap().secret = true);
    let triage = ["triage", "bz:1"];
    let env = Env::with_index();
    run(&env, &fake, None, &triage)
        .failed_with(&["not for everybody's eyes", "userprefs.cgi?tab=apikey"]);
    let file = config(&env, "127.0.0.1.key", &format!("{BOT}\n"));
    set_mode(&file, 0o644);
    run(&env, &fake, None, &triage).failed_with(&["others may read the API key", "chmod 600"]);
    set_mode(&file, 0o600);
    run(&env, &fake, None, &triage).succeeded();
    let commanded = Env::with_index();
    let command = format!(
        "[server.\"{}\"]\nkey-command = [\"echo\", \"{BOT}\"]\nauth = \"bearer\"\n",
        fake.url()
    );
    config(&commanded, "bugzilla.toml", &command);
    run(&commanded, &fake, None, &triage).succeeded();
    let filed = Env::with_index();
    fs::create_dir_all(filed.path("home/keys")).unwrap();
    fs::write(filed.path("home/keys/bz"), BOT).unwrap();
    set_mode(&filed.path_text("home/keys/bz"), 0o400);
    let file = format!("[server.\"{}\"]\nkey-file = \"~/keys/bz\"\n", fake.url());
    config(&filed, "bugzilla.toml", &file);
    run(&filed, &fake, None, &triage).succeeded();
    config(&commanded, "bugzilla.toml", "key = \"x\"\n");
    run(&commanded, &fake, None, &triage).failed_with(&["bugzilla.toml", "unknown field"]);
}

#[cfg(unix)]
fn set_mode(path: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The key is for the server that the user has named, not for any that an address names.
#[test]
fn a_key_is_for_one_server() {
    let (env, own, other) = (
        Env::with_index(),
        Fake::new(Takes::Bearer),
        Fake::new(Takes::Bearer),
    );
    other.file(&hang());
    other.with(|bugs| bugs.get_mut(&1).unwrap().secret = true);
    let address = format!("{}show_bug.cgi?id=1", other.url());
    let refused = run(&env, &own, Some(BOT), &["triage", &address]);
    refused.failed_with(&[
        "without the key of FIXTRAIL_BUGZILLA_API_KEY",
        "--bugzilla http",
    ]);
    run(
        &env,
        &own,
        Some(BOT),
        &["triage", &address, "--bugzilla", other.url().as_str()],
    )
    .succeeded();
    assert!(own.requests().is_empty());
}

#[test]
fn refused_keys_and_forms_are_said() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Header));
    fake.file(&hang());
    run(&env, &fake, Some(REVOKED), &COMMENT).failed_with(&[
        "refuses the API key",
        "revoked",
        "userprefs.cgi?tab=apikey",
    ]);
    run(&env, &fake, None, &COMMENT).failed_with(&["wants a login", "FIXTRAIL_BUGZILLA_API_KEY"]);
    run(&env, &fake, Some("two words"), &COMMENT).failed_with(&["holds no API key"]);
    assert!(fake.own_comments(1).is_empty());
    // How the server takes keys is known the next time.
    run(&env, &fake, Some(BOT), &COMMENT).succeeded();
    let forms = fs::read_to_string(env.path("home/.cache/fixtrail/bugzilla/forms.json")).unwrap();
    assert!(
        forms.contains("\"header\"") && !forms.contains(BOT),
        "{forms}"
    );
    let before = fake.requests().len();
    run(&env, &fake, Some(BOT), &COMMENT).succeeded();
    assert!(
        !fake.requests()[before..]
            .iter()
            .any(|head| head.contains("parameters"))
    );
}

#[test]
fn a_scan_goes_on_where_it_was() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Body));
    fake.file(&hang());
    fake.file("nothing here");
    fake.file("#0  0x1 in one () at a.c:1\n#1  0x2 in two () at a.c:2\n");
    fake.file(&hang());
    fake.with(|bugs| bugs.get_mut(&4).unwrap().fields["component"] = "kernel".into());
    let scan = [
        "bugzilla",
        "scan",
        "--query",
        "component=python3.9",
        "--pause",
        "0",
    ];
    let first = run(&env, &fake, None, &scan).succeeded();
    shown(first, &fake).snapshot("bugzilla-scan");
    let asked = |fake: &Fake| {
        fake.requests()
            .iter()
            .filter(|head| head.contains("/comment"))
            .count()
    };
    assert_eq!(asked(&fake), 3);
    // Only what has changed is read again, and what a scan that was killed left half is.
    fake.comment(2, "still nothing", false);
    let journal = only_file(&env.path("home/.cache/fixtrail/bugzilla/scans"));
    let kept = fs::read_to_string(&journal).unwrap();
    let lines: Vec<&str> = kept
        .lines()
        .filter(|line| !line.contains("\"bug\":3,"))
        .collect();
    fs::write(
        &journal,
        format!("{}\n{{\"basis\": \"half", lines.join("\n")),
    )
    .unwrap();
    let again = run(&env, &fake, None, &[&scan[..], &["--json"]].concat()).succeeded();
    assert_eq!(asked(&fake), 5);
    let lines: Vec<Value> = again
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let status = |bug: u64| lines.iter().find(|line| line["bug"] == bug).unwrap()["status"].clone();
    assert_eq!(
        (status(1), status(2), status(3)),
        (json!("fixed"), json!("no-stack"), json!("nothing"))
    );
    run(&env, &fake, None, &[&scan[..], &["--anew"]].concat()).succeeded();
    assert_eq!(asked(&fake), 8);
}

fn only_file(folder: &Path) -> std::path::PathBuf {
    let files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1);
    files[0].clone()
}

#[test]
fn a_scan_posts_only_so_many() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Body));
    for _ in 0..4 {
        fake.file(&hang());
    }
    let scan = [
        "bugzilla",
        "scan",
        "--query",
        "component=python3.9",
        "--pause",
        "0",
        "--confidence",
        "possible",
    ];
    let with = |more: &[&str]| run(&env, &fake, Some(BOT), &[&scan[..], more].concat());
    with(&["--yes"]).failed_with(&["--limit"]);
    with(&["--limit", "3"]).failed_with(&["--yes"]);
    with(&[]).succeeded();
    let posted = |fake: &Fake| {
        (1..=4)
            .filter(|&bug| !fake.own_comments(bug).is_empty())
            .count()
    };
    assert_eq!(posted(&fake), 0);
    with(&["--yes", "--limit", "3", "--jobs", "4"]).succeeded();
    assert_eq!(posted(&fake), 3);
    with(&["--yes", "--limit", "3"]).succeeded();
    assert_eq!(posted(&fake), 4);
    with(&["--yes", "--limit", "3", "--anew"]).succeeded();
    assert!((1..=4).all(|bug| fake.own_comments(bug).len() == 1));
}

#[test]
fn a_scan_tells_of_bugs_that_it_could_not_read() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Body));
    fake.file(&hang());
    fake.file(&hang());
    // The second bug goes between its listing and the reading of its comments.
    fake.fault(
        3,
        Fault::Answer(
            404,
            Vec::new(),
            json!({ "error": true, "code": 101, "message": "gone" }).to_string(),
        ),
    );
    let scan = [
        "bugzilla",
        "scan",
        "--query",
        "component=python3.9",
        "--pause",
        "0",
        "--jobs",
        "1",
    ];
    let run = run(&env, &fake, None, &scan).succeeded();
    assert!(
        run.stdout.contains("failed") && run.stderr.contains("1 bugs could not be read"),
        "{run}"
    );
}

/// What a call sent that was killed may be stored only when the next one has begun.
#[test]
fn a_killed_call_is_waited_for() {
    let (env, fake) = (Env::with_index(), Fake::new(Takes::Header));
    let bug = fake.file(&hang());
    fake.post_fault(0, Fault::Late(Duration::from_secs(2)));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fixtrail"));
    command
        .args(COMMENT)
        .env_clear()
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
        .env("HOME", env.path("home"))
        .env("XDG_DATA_HOME", env.path("data"));
    command
        .env("FIXTRAIL_BUGZILLA_URL", fake.url().as_str())
        .env("FIXTRAIL_BUGZILLA_API_KEY", BOT);
    let mut first = command.spawn().unwrap();
    while !fake.requests().iter().any(|head| head.starts_with("POST")) {
        assert!(
            first.try_wait().unwrap().is_none(),
            "it ended before it posted"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let second = run(&env, &fake, Some(BOT), &COMMENT).succeeded();
    assert!(
        second.stderr.contains("an earlier call was cut off"),
        "{second}"
    );
    assert!(second.stderr.contains("posted before"), "{second}");
    assert_eq!(fake.own_comments(bug).len(), 1);
    // Now all is known.
    let third = run(&env, &fake, Some(BOT), &COMMENT).succeeded();
    assert!(!third.stderr.contains("cut off"), "{third}");
}
