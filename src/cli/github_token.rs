//! Whom GitHub knows the user as: by the environment, else by the configuration of `gh`, else by `gh` itself, which may keep
//! its tokens in the desktop's keyring.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use etcetera::{BaseStrategy, choose_base_strategy};
use serde::Deserialize;

use crate::issues::github::Token;

/// The token for a host, in the order of gh-environment(7).
pub(super) fn token(host: &str) -> Option<Token> {
    let names = if is_public(host) {
        ["GH_TOKEN", "GITHUB_TOKEN"]
    } else {
        ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"]
    };
    let set = names.iter().filter_map(|name| env::var(name).ok());
    let token = set
        .filter(|value| !value.is_empty())
        .find_map(|value| Token::new(&value));
    token
        .or_else(|| of_hosts(&fs::read_to_string(hosts()?).ok()?, host))
        .or_else(|| of_gh(host))
}

fn is_public(host: &str) -> bool {
    host == "github.com" || host.ends_with(".ghe.com")
}

/// The file in which `gh` keeps what it knows of hosts.
fn hosts() -> Option<PathBuf> {
    let folder = env::var_os("GH_CONFIG_DIR").map(PathBuf::from);
    let folder = folder.or_else(|| Some(choose_base_strategy().ok()?.config_dir().join("gh")));
    Some(folder?.join("hosts.yml"))
}

/// What `gh` knows of a host; since version 2.40 of several users.
#[derive(Debug, Deserialize)]
struct Host {
    oauth_token: Option<String>,
    user: Option<String>,
    #[serde(default)]
    users: BTreeMap<String, Option<User>>,
}

#[derive(Debug, Deserialize)]
struct User {
    oauth_token: Option<String>,
}

fn of_hosts(text: &str, host: &str) -> Option<Token> {
    let hosts: BTreeMap<String, Host> = serde_saphyr::from_str(text).ok()?;
    let known = hosts.get(host)?;
    let of_user = || {
        let user = known.user.as_ref().and_then(|name| known.users.get(name));
        let user = user.or_else(|| known.users.values().next())?;
        user.as_ref()?.oauth_token.as_ref()
    };
    Token::new(known.oauth_token.as_ref().or_else(of_user)?)
}

fn of_gh(host: &str) -> Option<Token> {
    let mut gh = Command::new("gh");
    gh.args(["auth", "token", "--hostname", host])
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let output = gh.output().ok().filter(|output| output.status.success())?;
    Token::new(&String::from_utf8(output.stdout).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_ghs_configuration() {
        let file = "github.com:\n    user: jane\n    oauth_token: gho_one\n    git_protocol: https\n\
            git.example:\n    user: jane\n    users:\n        joe:\n            oauth_token: gho_other\n        jane:\n            oauth_token: gho_two\n\
            kept.example:\n    users:\n        jane:\n";
        assert_eq!(of_hosts(file, "github.com"), Token::new("gho_one"));
        assert_eq!(of_hosts(file, "git.example"), Token::new("gho_two"));
        assert_eq!(of_hosts(file, "kept.example"), None);
        assert_eq!(of_hosts(file, "other.example"), None);
        assert_eq!(of_hosts("- no\n- map", "github.com"), None);
    }
}
