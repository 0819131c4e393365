//! `fixtrail eval` on cases made of the samples.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::Env;

/// Folder, label, and each input with the sample that it is a copy of.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const CASES: [Case; 8] = [
    (
        "1-splice",
        r#"{"id": "splice", "python": "3.9.0", "kind": "hang", "fix": ["54b89f8fdbe9"], "note": "evidence shows a beta"}"#,
        &[
            ("coredumpctl.txt", "hang"),
            ("faulthandler.txt", "traceback"),
        ],
    ),
    (
        "2-drop",
        r#"{"id": "drop", "python": "3.9.0", "kind": "crash", "issue": ["bpo-70132"]}"#,
        &[("asan.txt", "asan")],
    ),
    (
        "3-drop-fixed",
        r#"{"id": "drop-fixed", "python": "3.10.0a1", "kind": "crash", "issue": ["bpo-70132"], "victim_stack": true}"#,
        &[("asan.txt", "asan")],
    ),
    (
        "4-slice",
        r#"{"id": "slice", "python": "3.9 beta", "kind": "abort", "issue": ["bpo-70126"], "hard": true}"#,
        &[("report.txt", "assertion"), ("README.txt", "gdb")],
    ),
    (
        "5-no-stack",
        r#"{"id": "no-stack", "kind": "hang", "issue": ["bpo-70126"]}"#,
        &[("report.txt", "")],
    ),
    (
        "6-doubtful",
        r#"{"id": "doubt", "issue": ["bpo-70126"], "link": "doubtful"}"#,
        &[("report.txt", "hang")],
    ),
    (
        "8-no-fix",
        r#"{"id": "no-fix", "no_fix": true, "kind": "crash"}"#,
        &[("report.txt", "gdb")],
    ),
    ("7-broken", r#"{"id": "broken"}"#, &[("report.txt", "hang")]),
];

/// Makes the folder of the cases; gives its path.
pub(crate) fn cases(env: &Env) -> String {
    write(&env.path("cases"), |folder, label| {
        (folder.to_owned(), label.to_owned())
    });
    env.path_text("cases")
}

fn write(dir: &Path, renamed: impl Fn(&str, &str) -> (String, String)) {
    for (folder, label, inputs) in CASES {
        let (folder, label) = renamed(folder, label);
        let folder = dir.join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("case.json"), label).expect("a label");
        for (name, sample) in inputs {
            let report = fs::read(format!("samples/{sample}/report.txt"));
            let report = report.unwrap_or_else(|_| b"It does not work.\n".into());
            fs::write(folder.join(name), report).expect("an input");
        }
    }
}

fn ranks(answer: &Value) -> Vec<&Value> {
    let inputs = answer["inputs"].as_array().expect("inputs");
    inputs.iter().map(|input| &input["rank"]).collect()
}

#[test]
fn text() {
    let env = Env::with_index();
    let run = env.run(["eval", &cases(&env)]);
    run.succeeded().snapshot("eval");
}

#[test]
fn json() {
    let env = Env::with_index();
    let case = format!("{}/2-drop", cases(&env));
    let run = env.run(["eval", "--json", &case]);
    run.succeeded().snapshot("eval-json");
}

#[test]
fn one_case_is_a_folder_too() {
    let env = Env::with_index();
    let dir = cases(&env);
    let args = [
        "eval",
        "--json",
        &format!("{dir}/2-drop"),
        &format!("{dir}/1-splice"),
    ];
    let answer = env.run(args).succeeded().json();
    assert_eq!(
        ranks(&answer),
        [&Value::from(1), &Value::from(1), &Value::Null]
    );
}

#[test]
fn what_moved_and_what_parts_are_worth() {
    let env = Env::with_index();
    let dir = cases(&env);
    let mut earlier = env.run(["eval", "--json", &dir]).succeeded().json();
    let inputs = earlier["inputs"].as_array_mut().expect("inputs");
    inputs[0]["rank"] = 4.into();
    inputs[1]["case"] = "another".into();
    let earlier = env.file("earlier.json", earlier.to_string());
    let run = env.run(["eval", "-q", "--ablate", "--compare", &earlier, &dir]);
    run.succeeded().snapshot("eval-compare-ablate");
}

/// A label that tells the answer does not change it.
#[test]
fn names_and_labels_do_not_reach_triage() {
    let env = Env::with_index();
    let plain = env.run(["eval", "--json", &cases(&env)]).json();
    let word = "chain_seek bpo-70129 deadlock";
    write(&env.path("telling"), |folder, label| {
        let told = format!(r#"{{"notes": "{word}", "id": "{word} "#);
        (
            format!("{folder} {word}"),
            label.replace(r#"{"id": ""#, &told),
        )
    });
    let telling = env
        .run(["eval", "--json", &env.path_text("telling")])
        .json();
    assert!(
        telling["inputs"][0]["case"] == format!("{word} splice"),
        "{telling}"
    );
    assert_eq!(ranks(&telling).len(), 6);
    assert_eq!(ranks(&telling), ranks(&plain));
}

#[test]
fn without_cases_it_is_exit_code_1() {
    let env = Env::with_index();
    fs::create_dir(env.path("empty")).expect("a folder");
    let run = env.run(["eval", &env.path_text("empty")]);
    assert_eq!((run.code, &*run.stdout), (Some(1), ""), "{run}");
    assert!(run.stderr.contains("no case: "), "{run}");
}

#[test]
fn what_cannot_be_read_fails() {
    let env = Env::with_index();
    let dir = cases(&env);
    env.run(["eval", "/nowhere"])
        .failed_with(&["the cases in /nowhere cannot be read", "hint: "]);
    env.run(["eval", "--compare", "/nowhere", &dir])
        .failed_with(&["/nowhere cannot be read"]);
    env.run(["eval", "--compare", "Cargo.toml", &dir])
        .failed_with(&["Cargo.toml is no earlier evaluation", "hint: keep one"]);
}
