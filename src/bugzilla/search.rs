//! Bugs that a query finds.

use std::str::FromStr;

use reqwest::Url;

use super::bug::FIELDS;
use super::call::Call;
use super::{Bug, BugzillaError, Server};

/// A query as Bugzilla has them in addresses: `component=python3.9&status=NEW`, or the address of a list of bugs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BugQuery(Vec<(String, String)>);

/// A text that is no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseQueryError {
    /// It names no field.
    #[error("a query names fields: component=python3.9&status=NEW")]
    Empty,
    /// Keys in addresses are logged.
    #[error("a query must not hold a key: set FIXTRAIL_BUGZILLA_API_KEY")]
    Key,
}

/// What is said by us, and what belongs to pages.
const OWN: [&str; 9] = [
    "include_fields",
    "exclude_fields",
    "limit",
    "offset",
    "order",
    "ctype",
    "list_id",
    "query_format",
    "columnlist",
];

const KEYS: [&str; 6] = [
    "api_key",
    "bugzilla_api_key",
    "token",
    "bugzilla_token",
    "bugzilla_password",
    "password",
];

impl FromStr for BugQuery {
    type Err = ParseQueryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        // Any address will do: the pairs alone are wanted.
        let url = Url::parse(&format!("http://localhost/?{query}"))
            .map_err(|_| ParseQueryError::Empty)?;
        let mut pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let is = |names: &[&str], name: &str| names.contains(&name.to_lowercase().as_str());
        if pairs.iter().any(|(name, _)| is(&KEYS, name)) {
            return Err(ParseQueryError::Key);
        }
        pairs.retain(|(name, value)| !is(&OWN, name) && !value.is_empty());
        if pairs.is_empty() {
            return Err(ParseQueryError::Empty);
        }
        Ok(Self(pairs))
    }
}

impl std::fmt::Display for BugQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        f.write_str(&pairs.join("&"))
    }
}

impl Server<'_> {
    /// A page of what a query finds, the oldest bug first; empty behind the last. A short page need not be the last: some
    /// servers give less than they are asked for.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`].
    pub fn search(
        &self,
        query: &BugQuery,
        offset: usize,
        size: usize,
    ) -> Result<Vec<Bug>, BugzillaError> {
        let mut call = Call::read("bug", "Bug.search")
            .with("include_fields", FIELDS)
            .with("order", "bug_id")
            .with("limit", size)
            .with("offset", offset);
        call.query.extend(query.0.iter().cloned());
        let value = self.repeat(&call)?;
        self.decoded(value.get("bugs"), "bugs")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn queries_as_people_have_them() {
        for (text, query) in [
            (
                "component=python3.9&status=NEW&status=ASSIGNED",
                "component=python3.9&status=NEW&status=ASSIGNED",
            ),
            (
                "https://bz.example/buglist.cgi?component=a%20b&list_id=3&query_format=advanced&order=x#c",
                "component=a b",
            ),
            ("?quicksearch=abrt&limit=5", "quicksearch=abrt"),
        ] {
            assert_eq!(text.parse::<BugQuery>().unwrap().to_string(), query);
        }
        assert_eq!("".parse::<BugQuery>(), Err(ParseQueryError::Empty));
        assert_eq!("limit=3".parse::<BugQuery>(), Err(ParseQueryError::Empty));
        assert_eq!(
            "a=b&Bugzilla_api_key=c".parse::<BugQuery>(),
            Err(ParseQueryError::Key)
        );
    }

    proptest! {
        #[test]
        fn no_query_holds_a_key(text in "[a-zA-Z_]{0,3}(api_key|Bugzilla_api_key|token)?=[ -~]{0,20}&?[ -~]{0,20}") {
            if let Ok(query) = text.parse::<BugQuery>() {
                prop_assert!(query.0.iter().all(|(name, _)| !KEYS.contains(&name.to_lowercase().as_str())));
            }
        }
    }
}
