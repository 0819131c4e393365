//! `bugzilla.toml`: what the user has set of servers.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;

use crate::bugzilla::{AuthForm, Settings};
use crate::cli::failure::Failure;
use crate::cli::paths;

/// The file in the folder of the configuration.
pub(super) const FILE: &str = "bugzilla.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Config {
    /// The server of bugs that name none.
    #[serde(default, deserialize_with = "address")]
    pub(super) default: Option<Url>,
    /// By address.
    #[serde(default, rename = "server")]
    servers: BTreeMap<String, OfServer>,
}

/// What is set of one server.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct OfServer {
    /// The file with the key, from the user's home folder (`~/` or nothing before it) or the root on.
    pub(super) key_file: Option<PathBuf>,
    /// A command that prints the key.
    pub(super) key_command: Option<Vec<String>>,
    /// How it takes the key, where finding out fails.
    pub(super) auth: Option<AuthForm>,
    /// Certificates of its authority.
    pub(super) ca: Option<PathBuf>,
}

impl Config {
    /// Reads the file if there is one.
    pub(super) fn read() -> Result<Self, Failure> {
        let path = paths::config()?.join(FILE);
        let failed = |what: String| Failure::new(format!("{}: {what}", path.display()));
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| failed(error.message().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// What is set of the server at an address.
    pub(super) fn server(&self, base: &Url) -> Option<&OfServer> {
        let is_it = |address: &str| {
            let address = Url::parse(address).ok();
            address.is_some_and(|address| Settings::new(address, None).base == *base)
        };
        let mut servers = self.servers.iter();
        servers
            .find(|(address, _)| is_it(address))
            .map(|(_, server)| server)
    }
}

fn address<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_found_by_their_address() {
        let config: Config = toml::from_str(
            "default = \"https://bz.example\"\n[server.\"https://bz.example/bugs\"]\nauth = \"bearer\"\nkey-command = [\"pass\", \"bz\"]\n",
        )
        .unwrap();
        let server = |address: &str| config.server(&address.parse().unwrap());
        assert_eq!(
            server("https://bz.example/bugs/").unwrap().auth,
            Some(AuthForm::Bearer)
        );
        assert!(server("https://bz.example/").is_none());
        assert!(toml::from_str::<Config>("key = \"x\"").is_err());
    }
}
