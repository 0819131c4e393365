//! The JSON of every command against `src/report/schema.md`, which is what others rely on.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Env, HANG};

const SCHEMA: &str = include_str!("../src/report/schema.md");

/// Names between backticks.
fn named(text: &str) -> BTreeSet<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn keys<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.insert(key);
                keys(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

/// Names in the first column of the tables of a section.
fn columns(section: &str) -> BTreeSet<&str> {
    let start = SCHEMA.find(section).expect(section) + section.len();
    let text = &SCHEMA[start..];
    let text = &text[..text.find("\n## ").unwrap_or(text.len())];
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `"));
    cells
        .filter_map(|line| line.split(" | ").next())
        .flat_map(|cell| cell.trim_matches('`').split("`, `"))
        .collect()
}

fn answers() -> Vec<Value> {
    let env = Env::with_index();
    let mut answers = vec![env.run(["index", "info", "--json"]).json()];
    for sample in [
        "hang",
        "asan",
        "assertion",
        "faulthandler",
        "gdb",
        "traceback",
    ] {
        let report = format!("samples/{sample}/report.txt");
        for command in ["stack", "signature", "triage"] {
            answers.push(env.run([command, "--json", &report]).json());
        }
    }
    let cases = crate::eval::cases(&env);
    let earlier = env.run(["eval", "--json", &cases]).succeeded().stdout;
    let earlier = env.file(
        "earlier.json",
        earlier.replace("\"rank\": 1", "\"rank\": 2"),
    );
    let flags = ["--ablate", "--known-stacks", "--compare", &earlier];
    let eval = [&["eval", "--json"], &flags[..], &[cases.as_str()]].concat();
    answers.push(env.run(eval).succeeded().json());
    let export = "samples/issues/github.jsonl";
    for args in [
        ["issues", "import", export],
        ["issues", "info", "cpython"],
        ["similar", HANG, "--top=3"],
        ["triage", HANG, "--top=3"],
    ] {
        answers.push(
            env.run(args.into_iter().chain(["--json"]))
                .succeeded()
                .json(),
        );
    }
    answers
}

#[test]
fn every_field_is_documented() {
    let answers = answers();
    let mut found = BTreeSet::new();
    answers.iter().for_each(|answer| keys(answer, &mut found));
    let documented = named(SCHEMA);
    let missing: Vec<_> = found.difference(&documented).collect();
    assert!(missing.is_empty(), "not in schema.md: {missing:?}");
}

#[test]
fn every_documented_field_is_there() {
    let env = Env::with_index();
    let cases = crate::eval::cases(&env);
    for (section, args, at_least) in [
        ("## `fixtrail triage`", ["triage", "--json", HANG], 12),
        ("## `fixtrail eval`", ["eval", "--json", &cases], 18),
    ] {
        let answer = env.run(args).json();
        let mut found = BTreeSet::new();
        keys(&answer, &mut found);
        let columns = columns(section);
        assert!(columns.len() > at_least, "{columns:?}");
        let missing: Vec<_> = columns.difference(&found).collect();
        assert!(missing.is_empty(), "in schema.md only: {missing:?}");
    }
}

#[test]
fn every_answer_names_its_schema() {
    for answer in answers() {
        if answer.get("manifest").is_none() {
            assert_eq!(answer["schema"], 2);
            assert_eq!(answer["fixtrail"], env!("CARGO_PKG_VERSION"));
        }
    }
}
