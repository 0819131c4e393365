//! What the README shows and names.

use crate::support::{Env, GEN_THROW};

const README: &str = include_str!("../README.md");

#[test]
fn the_answer_is_the_real_one() {
    let answer = Env::new().run(["triage", GEN_THROW]).succeeded().stdout;
    assert!(README.contains(answer.trim_end()), "{answer}");
}

#[test]
fn every_command_and_flag_is_there() {
    for words in [
        "build CLONE",
        "update [CLONE]",
        "list",
        "info [UPSTREAM]",
        "verify [UPSTREAM]",
        "remove UPSTREAM",
        "export FILE",
        "import FILE",
        "fetch URL",
        "triage",
        "stack",
        "signature",
        "cores [MATCH...]",
        "explain INPUT COMMIT",
        "eval CASES...",
        "train CASES...",
        "similar INPUT",
        "issues import FILE...",
        "issues fetch github:OWNER/NAME",
        "issues info [UPSTREAM]",
        "issues remove UPSTREAM",
        "bugzilla comment BUG [INPUT]",
        "bugzilla scan --query QUERY",
    ] {
        assert!(README.contains(words), "{words}");
    }
    let commands: [&[&str]; 14] = [
        &["triage"],
        &["explain"],
        &["eval"],
        &["train"],
        &["index", "build"],
        &["index", "update"],
        &["index", "export"],
        &["index", "import"],
        &["index", "fetch"],
        &["similar"],
        &["issues", "import"],
        &["issues", "fetch"],
        &["bugzilla", "comment"],
        &["bugzilla", "scan"],
    ];
    for command in commands {
        let args = command.iter().chain(&["--help"]);
        let help = Env::new().run(args).succeeded().stdout;
        let words = help.split_whitespace();
        let flags = words.filter(|word| word.starts_with("--"));
        // `--attach[=<FORMAT>]`, and flags before a comma.
        let is_part = |c: char| c == '-' || c.is_ascii_alphanumeric();
        let flags = flags.map(|flag| flag.split(|c| !is_part(c)).next().unwrap_or(flag));
        for flag in flags.filter(|flag| !["--help", "--version"].contains(flag)) {
            assert!(README.contains(flag), "{flag}");
        }
    }
}

#[test]
fn links_lead_somewhere() {
    let links = README.split("](").skip(1);
    for link in links.filter_map(|rest| rest.split_once(')')) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(link.0);
        assert!(path.exists(), "{}", link.0);
    }
}
