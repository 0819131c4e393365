//! What a client is told: servers, limits, where its cache is.

use std::path::PathBuf;
use std::time::Duration;

use crate::http::Proxies;

/// How files are looked for. Nothing here is read from the environment: that is for the caller.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Servers, asked in this order. Without any, only the cache is looked at.
    pub urls: Vec<String>,
    /// The cache; elfutils' own clients may share it.
    pub cache: PathBuf,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a server may take over 100 KiB, the first ones or any later ones (`DEBUGINFOD_TIMEOUT`).
    /// [`Duration::MAX`]: for ever.
    pub timeout: Duration,
    /// How long one file may take (`DEBUGINFOD_MAXTIME`). [`Duration::MAX`]: for ever.
    pub max_time: Duration,
    /// How large one file may be (`DEBUGINFOD_MAXSIZE`).
    pub max_bytes: u64,
    /// How often a server is asked again whose answer was cut off or that is out of order for the moment
    /// (`DEBUGINFOD_RETRY_LIMIT`).
    pub retries: u32,
    /// What stands between here and the servers.
    pub proxies: Proxies,
}

impl Settings {
    /// A cache and no server, with limits that suit the public ones: they may unpack a large package before the first
    /// byte comes.
    #[must_use]
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self {
            urls: Vec::new(),
            cache: cache.into(),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(90),
            max_time: Duration::from_secs(30 * 60),
            max_bytes: 2 << 30,
            retries: 1,
            proxies: Proxies::default(),
        }
    }

    /// The servers that `DEBUGINFOD_URLS` lists, each once. Marks for the verification of signatures (`ima:enforcing`),
    /// which newer clients of elfutils know, are no servers.
    #[must_use]
    pub fn parse_urls(list: &str) -> Vec<String> {
        let mut urls: Vec<String> = Vec::new();
        for word in list.split_whitespace() {
            if !word.starts_with("ima:") && !urls.iter().any(|url| url == word) {
                urls.push(word.to_owned());
            }
        }
        urls
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn urls_are_separated_by_blanks() {
        let list = " ima:enforcing https://one.example/  http://two.example:8002\n\
                    ima:ignore https://one.example/ ";
        let urls = Settings::parse_urls(list);
        assert_eq!(urls, ["https://one.example/", "http://two.example:8002"]);
        assert!(Settings::parse_urls(" \t").is_empty());
    }
}
