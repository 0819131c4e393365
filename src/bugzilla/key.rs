//! The API key, and the ways in which servers take it.

use std::fmt;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

/// Who asks. It is never shown, and never part of an address: servers log those.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// How a server takes the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthForm {
    /// `X-BUGZILLA-API-KEY`: Bugzilla 5.1 and later. Older ones ignore it without a word.
    Header,
    /// `Authorization: Bearer`: bugzilla.redhat.com, and no stock server.
    Bearer,
    /// A member of the request's body: stock servers up to 5.0. What is read is then asked for by JSON-RPC, since a GET has
    /// no body.
    Body,
}

impl AuthForm {
    /// All of them, in the order in which they are tried.
    pub(super) const ALL: [Self; 3] = [Self::Header, Self::Bearer, Self::Body];
}

impl fmt::Display for AuthForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Bearer => "bearer",
            Self::Body => "body",
        })
    }
}

impl Key {
    /// A key as the user has it, blanks around it left out; `None` for a text that can be none.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        visible.then(|| Self(text.to_owned()))
    }

    /// The key for the body of a request.
    pub(super) fn for_body(&self) -> &str {
        &self.0
    }

    /// Adds it to the headers of a request, where the form is one of a header.
    pub(super) fn add(&self, form: AuthForm, headers: &mut HeaderMap) {
        let (name, text) = match form {
            AuthForm::Header => (
                HeaderName::from_static("x-bugzilla-api-key"),
                self.0.clone(),
            ),
            AuthForm::Bearer => (AUTHORIZATION, format!("Bearer {}", self.0)),
            AuthForm::Body => return,
        };
        // Only visible ASCII: always a header's value.
        if let Ok(mut value) = HeaderValue::from_str(&text) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }

    /// A text of the server's without the key.
    pub(super) fn scrub(&self, text: &str) -> String {
        text.replace(&self.0, "<key>")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_shown() {
        let key = Key::new(" s3cretKey \n").unwrap();
        assert!(!format!("{key:?}").contains("s3cret"));
        for form in AuthForm::ALL {
            let mut headers = HeaderMap::new();
            key.add(form, &mut headers);
            assert!(!format!("{headers:?}").contains("s3cret"), "{form}");
            assert_eq!(headers.len(), usize::from(form != AuthForm::Body));
        }
        assert_eq!(key.scrub("no s3cretKey here"), "no <key> here");
        assert!(Key::new("").is_none() && Key::new("two words").is_none());
        assert!(Key::new("\u{e9}").is_none());
    }
}
