//! What a fetch is told: where, as whom, patience.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;

use crate::http::Proxies;

/// How a repository is fetched. Nothing here is read from the environment: that is for the caller.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the API is: `https://api.github.com/`, of GitHub Enterprise `https://HOST/api/v3/`.
    pub base: Url,
    /// Without one, GitHub answers 60 requests an hour.
    pub token: Option<Token>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the server may be silent.
    pub timeout: Duration,
    /// How often in a row a failure that may pass is met with another request.
    pub retries: u32,
    /// How long to wait before the first of them, and twice as long before each of the next.
    pub pause: Duration,
    /// How long to wait where the server limits requests and does not say for how long: GitHub asks for a minute.
    pub limited_pause: Duration,
    /// How long to wait for a limit at most: the usual one is lifted within an hour.
    pub longest_wait: Duration,
    /// So many pages are asked for at once.
    pub in_flight: usize,
    /// Records of a page; GitHub gives 100 at most.
    pub page: usize,
    /// What stands between here and the server.
    pub proxies: Proxies,
}

impl Settings {
    /// Those for a server.
    #[must_use]
    pub fn new(base: Url, token: Option<Token>) -> Self {
        Self {
            base,
            token,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            retries: 5,
            pause: Duration::from_secs(1),
            limited_pause: Duration::from_secs(60),
            longest_wait: Duration::from_secs(65 * 60),
            in_flight: 6,
            page: 100,
            proxies: Proxies::default(),
        }
    }
}

/// Who asks. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(HeaderValue);

impl Token {
    /// A token as the user has it; `None` for a text that can be none.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let mut value = HeaderValue::from_str(&format!("Bearer {text}"))
            .ok()
            .filter(|_| visible)?;
        value.set_sensitive(true);
        Some(Self(value))
    }

    pub(super) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn tokens_are_not_shown() {
        let token = Token::new(" ghp_secret\n").unwrap();
        assert!(!format!("{token:?} {:?}", token.header()).contains("secret"));
        assert!(Token::new("").is_none() && Token::new("two words").is_none());
    }
}
