//! `--help` of every command, and wrong flags.

use crate::support::Env;

#[test]
fn help_of_every_command() {
    let commands: [&[&str]; 27] = [
        &[],
        &["triage"],
        &["explain"],
        &["stack"],
        &["signature"],
        &["cores"],
        &["eval"],
        &["train"],
        &["index"],
        &["index", "build"],
        &["index", "update"],
        &["index", "info"],
        &["index", "list"],
        &["index", "verify"],
        &["index", "remove"],
        &["index", "export"],
        &["index", "import"],
        &["index", "fetch"],
        &["similar"],
        &["issues"],
        &["issues", "import"],
        &["issues", "fetch"],
        &["issues", "info"],
        &["issues", "remove"],
        &["bugzilla"],
        &["bugzilla", "comment"],
        &["bugzilla", "scan"],
    ];
    for command in commands {
        let args = command.iter().chain(&["--help"]);
        let name = [&["help"], command].concat().join("-");
        Env::new().run(args).snapshot(&name);
    }
}

#[test]
fn version() {
    Env::new().run(["--version"]).snapshot("version");
}

#[test]
fn wrong_flags_fail() {
    let wrong: [&[&str]; 7] = [
        &["triage"],
        &["triage", "x", "--python", "three"],
        &["triage", "x", "--top", "many"],
        &["index", "build", "x", "--tags", "no-group"],
        &["index", "build", "x", "--tags", "("],
        &["eval"],
        &["repair"],
    ];
    for args in wrong {
        Env::new().run(args).failed_with(&[]);
    }
}
