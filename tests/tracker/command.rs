//! `fixtrail issues fetch`.

use super::fake::{Fault, GitHub};
use super::store;
use crate::support::Env;

#[test]
fn fetch_by_command() {
    let (env, github) = (Env::new(), GitHub::new(9, 4));
    let api = github.url().to_string();
    // Without a slash at its end, as people write it.
    let args = [
        "issues",
        "fetch",
        "github:Some/Project",
        "--api",
        api.trim_end_matches('/'),
    ];
    let first = env
        .command(args)
        .env("GH_TOKEN", "secret-token")
        .output()
        .unwrap();
    let text = String::from_utf8([first.stdout, first.stderr].concat()).unwrap();
    assert!(
        first.status.success() && text.contains(" 9 new issues"),
        "{text}"
    );
    assert!(github.requests()[0].contains("Bearer secret-token"));
    github.assert_fetched(&store(&env.indexes()), "by command");
    let again = env.run(args.iter().chain(&["--json"])).succeeded();
    assert_eq!(again.json()["not_modified"], 2);
    assert!(again.stderr.contains("without a token"), "{again}");
    let info = env.run(["issues", "info", "--json"]).json();
    assert_eq!(info["trackers"][0]["fetched"], "2020-09-13T12:26:49Z");
}

#[test]
fn failures_have_hints() {
    let env = Env::new();
    let github = GitHub::new(1, 1);
    let api = github.url().to_string();
    for (status, words) in [
        (401, "token is refused"),
        (404, "no repository github:some/project"),
    ] {
        let at = github.requests().len();
        github.fault(at, Fault::Answer(status, Vec::new(), "{}".to_owned()));
        env.run(["issues", "fetch", "github:some/project", "--api", &api])
            .failed_with(&[words, "hint:"]);
    }
    env.run([
        "issues",
        "fetch",
        "https://bugzilla.example/",
        "--api",
        &api,
    ])
    .failed_with(&["no repository on GitHub", "hint:"]);
    env.run([
        "issues",
        "fetch",
        "github:some/project",
        "--api",
        "http://git.example/",
    ])
    .failed_with(&["not protected", "https"]);
}
