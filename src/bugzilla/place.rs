//! Bugs, as users name them.

use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;
use reqwest::Url;

use crate::pattern::regex;

/// A bug's number, or its alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BugName(String);

impl BugName {
    /// As it stands in a path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<u64> for BugName {
    fn from(number: u64) -> Self {
        Self(number.to_string())
    }
}

/// A bug and the server that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BugPlace {
    /// The server; `None` for the one that is asked unless another is named.
    pub base: Option<Url>,
    /// Which bug.
    pub name: BugName,
}

/// A text that names no bug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no bug: bz:NUMBER and https://BUGZILLA/show_bug.cgi?id=NUMBER do")]
pub struct ParseBugError(String);

impl BugPlace {
    /// The bug that an input names, where it does not name a file: by `bz:` or by an address.
    ///
    /// # Errors
    ///
    /// [`ParseBugError`] where it does neither.
    pub fn of_input(text: &str) -> Option<Result<Self, ParseBugError>> {
        let is_bug = ["bz:", "http://", "https://"]
            .iter()
            .any(|start| text.starts_with(start));
        is_bug.then(|| text.parse())
    }
}

impl FromStr for BugPlace {
    type Err = ParseBugError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        static NAME: LazyLock<Regex> =
            LazyLock::new(|| regex(r"^(?:bz:|bz#|#)?([A-Za-z0-9_.-]{1,255})$"));
        // bugzilla.redhat.com and some others have short addresses.
        static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
            regex(
                r"^(https?://[^?#\s]+?/)(?:show_bug\.cgi\?(?:[^#\s]*&)?id=([A-Za-z0-9_.-]{1,255})|([0-9]{1,12}))(?:$|[&#?/])",
            )
        });
        let fails = || ParseBugError(text.to_owned());
        if let Some(hit) = ADDRESS.captures(text) {
            let name = hit.get(2).or(hit.get(3)).ok_or_else(fails)?;
            return Ok(Self {
                base: Some(hit[1].parse().map_err(|_| fails())?),
                name: BugName(name.as_str().to_owned()),
            });
        }
        let hit = NAME.captures(text).ok_or_else(fails)?;
        // `.` and `..` lead elsewhere in a path.
        let name = &hit[1];
        if name.bytes().all(|byte| byte == b'.') {
            return Err(fails());
        }
        Ok(Self {
            base: None,
            name: BugName(name.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bugs_by_number_alias_and_address() {
        for (text, base, name) in [
            ("bz:1841785", None, "1841785"),
            ("1841785", None, "1841785"),
            ("bz:CVE-2020-1234", None, "CVE-2020-1234"),
            (
                "https://bugzilla.redhat.com/show_bug.cgi?id=1841785#c3",
                Some("https://bugzilla.redhat.com/"),
                "1841785",
            ),
            (
                "https://bz.example/bugs/show_bug.cgi?format=multiple&id=7&x=1",
                Some("https://bz.example/bugs/"),
                "7",
            ),
            (
                "https://bugzilla.redhat.com/1841785",
                Some("https://bugzilla.redhat.com/"),
                "1841785",
            ),
            (
                "http://127.0.0.1:8080/show_bug.cgi?id=1",
                Some("http://127.0.0.1:8080/"),
                "1",
            ),
        ] {
            let place: BugPlace = text.parse().unwrap();
            assert_eq!(place.base.as_ref().map(Url::as_str), base, "{text}");
            assert_eq!(place.name.as_str(), name, "{text}");
        }
        for bad in [
            "",
            "bz:",
            "bz:1/../2",
            "..",
            "https://bz.example/",
            "bz:1 2",
        ] {
            assert!(bad.parse::<BugPlace>().is_err(), "{bad}");
        }
        assert!(BugPlace::of_input("report.txt").is_none());
        assert!(BugPlace::of_input("https://bz.example/x").unwrap().is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics_and_no_name_leads_elsewhere(text in "(bz:|https?://[a-z.]{1,9}/)?[ -~]{0,40}") {
            if let Ok(place) = text.parse::<BugPlace>() {
                prop_assert!(!place.name.as_str().contains(['/', '?', '#', '%', ' ']));
            }
        }
    }
}
