//! What the README shows and names.

use crate::support::{Env, HANG};

const README: &str = include_str!("../README.md");

#[test]
fn the_answer_is_the_real_one() {
    let answer = Env::with_index().run(["triage", HANG]).succeeded().stdout;
    assert!(README.contains(answer.trim_end()), "{answer}");
}

#[test]
fn every_command_and_flag_is_there() {
    for words in [
        "build CLONE",
        "update [CLONE]",
        "info",
        "triage",
        "stack",
        "signature",
        "cores [MATCH...]",
        "explain INPUT COMMIT",
        "eval CASES...",
        "train CASES...",
    ] {
        assert!(README.contains(words), "{words}");
    }
    for command in ["triage", "explain", "eval", "train"] {
        let help = Env::new().run([command, "--help"]).succeeded().stdout;
        let words = help.split_whitespace();
        let flags = words.filter(|word| word.starts_with("--"));
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
