//! Where the next fetch goes on.

use serde::{Deserialize, Serialize};

/// What is kept between fetches, as JSON beside the issues.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cursor {
    /// All issues that were changed before this time are here.
    pub(super) issues: Option<String>,
    /// The same of comments.
    pub(super) comments: Option<String>,
    /// What the server called the last page of issues, so that it can say that nothing is new.
    pub(super) issues_tag: Option<String>,
    /// The same of comments.
    pub(super) comments_tag: Option<String>,
}

impl Cursor {
    /// What an earlier fetch kept; a text that cannot be read means that all is fetched.
    pub(super) fn parse(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
