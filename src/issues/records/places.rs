//! Where issues are, by their addresses.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use fixtrail_index::issues::IssueKey;
use regex::Regex;
use reqwest::Url;

use crate::pattern::regex;

/// A tracker, as users name it: `github:python/cpython`, or a Bugzilla's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// As in [`IssueKey::tracker`].
    pub tracker: String,
    /// Where its pages are, without a slash at the end.
    pub base: String,
}

/// A text that names no tracker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no tracker: github:OWNER/NAME and https://BUGZILLA/ do")]
pub struct ParsePlaceError(String);

impl Place {
    fn github(host: &str, owner: &str, name: &str) -> Self {
        let public = host == "github.com" || host == "api.github.com";
        let prefix = if public {
            String::new()
        } else {
            format!("{host}/")
        };
        let site = if public { "github.com" } else { host };
        let name = name.strip_suffix(".git").unwrap_or(name);
        Self {
            tracker: format!("github:{prefix}{owner}/{name}").to_lowercase(),
            base: format!("https://{site}/{owner}/{name}"),
        }
    }

    /// The Bugzilla at an address.
    pub(super) fn bugzilla(base: &str) -> Option<Self> {
        let url = Url::parse(base).ok()?;
        let host = url.host_str()?;
        let port = url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let path = url.path().trim_end_matches('/');
        Some(Self {
            tracker: format!("bugzilla:{host}{port}{path}").to_lowercase(),
            base: format!("{}://{host}{port}{path}", url.scheme()),
        })
    }

    /// An issue of it.
    #[must_use]
    pub fn key(&self, number: u64) -> IssueKey {
        IssueKey::new(&self.tracker, number)
    }

    /// The repository on GitHub, as `OWNER/NAME`.
    pub(in crate::issues) fn repository(&self) -> Option<&str> {
        let path = self.base.split("://").nth(1)?.split_once('/')?.1;
        self.is_github().then_some(path)
    }

    /// The host of its pages.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.base.split("://").nth(1).unwrap_or_default();
        rest.split('/').next().unwrap_or_default()
    }

    /// Whether it is a repository on GitHub.
    #[must_use]
    pub fn is_github(&self) -> bool {
        self.tracker.starts_with("github:")
    }

    /// The page of an issue.
    pub(super) fn page(&self, number: u64) -> String {
        if self.is_github() {
            format!("{}/issues/{number}", self.base)
        } else {
            format!("{}/show_bug.cgi?id={number}", self.base)
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tracker)
    }
}

impl FromStr for Place {
    type Err = ParsePlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        static SHORT: LazyLock<Regex> = LazyLock::new(|| regex(r"^github:([\w.-]+)/([\w.-]+)$"));
        if let Some(hit) = SHORT.captures(text) {
            return Ok(Self::github("github.com", &hit[1], &hit[2]));
        }
        let known = text
            .strip_prefix("bugzilla:")
            .map(|rest| format!("https://{rest}"));
        let address = known.as_deref().unwrap_or(text);
        let is_address = address.starts_with("https://") || address.starts_with("http://");
        let github = repository(address).map(|(place, _)| place);
        let found = is_address.then(|| {
            if address.contains("://github.com/") {
                github
            } else {
                Self::bugzilla(address)
            }
        });
        found
            .flatten()
            .ok_or_else(|| ParsePlaceError(text.to_owned()))
    }
}

/// The repository of an address of GitHub, page or API, and the number of an issue or pull request in it.
pub(super) fn repository(address: &str) -> Option<(Place, Option<u64>)> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^https?://([^/]+)/(?:api/v3/)?(?:repos/)?([\w.-]+)/([\w.-]+)(?:/(?:issues|pulls?)/(\d{1,10})(?:$|[/#?])|/|$)",
        )
    });
    let hit = ADDRESS.captures(address)?;
    let number = hit.get(4).and_then(|number| number.as_str().parse().ok());
    Some((Place::github(&hit[1], &hit[2], &hit[3]), number))
}

/// The issue that an address is of, in GitHub or a Bugzilla.
pub(in crate::issues) fn issue_at(address: &str) -> Option<IssueKey> {
    static BUG: LazyLock<Regex> =
        LazyLock::new(|| regex(r"^(https?://.+)/show_bug\.cgi\?(?:.*&)?id=(\d{1,10})(?:$|[&#])"));
    if let Some(hit) = BUG.captures(address) {
        return Some(Place::bugzilla(&hit[1])?.key(hit[2].parse().ok()?));
    }
    let (place, number) = repository(address)?;
    Some(place.key(number?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trackers_by_name_and_address() {
        for (text, tracker) in [
            ("github:python/cpython", "github:python/cpython"),
            (
                "https://github.com/Python/CPython/",
                "github:python/cpython",
            ),
            (
                "https://bugzilla.redhat.com/",
                "bugzilla:bugzilla.redhat.com",
            ),
            ("https://bugs.example/bz/", "bugzilla:bugs.example/bz"),
            (
                "bugzilla:bugzilla.redhat.com",
                "bugzilla:bugzilla.redhat.com",
            ),
        ] {
            assert_eq!(text.parse::<Place>().unwrap().tracker, tracker);
        }
        for bad in ["", "python/cpython", "github:python", "ftp://x/y"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }

    #[test]
    fn issues_by_address() {
        for (address, key) in [
            (
                "https://github.com/python/cpython/issues/84876",
                "github:python/cpython#84876",
            ),
            (
                "https://github.com/python/cpython/pull/20287#issuecomment-1",
                "github:python/cpython#20287",
            ),
            (
                "https://api.github.com/repos/python/cpython/issues/84876",
                "github:python/cpython#84876",
            ),
            (
                "https://git.example/api/v3/repos/a/b/pulls/7",
                "github:git.example/a/b#7",
            ),
            (
                "https://bugzilla.redhat.com/show_bug.cgi?id=1841785",
                "bugzilla:bugzilla.redhat.com#1841785",
            ),
        ] {
            assert_eq!(issue_at(address).unwrap().to_string(), key);
        }
        assert_eq!(issue_at("https://github.com/python/cpython"), None);
        assert_eq!(issue_at("https://docs.example/a/b/c"), None);
    }
}
