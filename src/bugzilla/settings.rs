//! What a server is asked by: where, as whom, patience.

use std::time::Duration;

use reqwest::Url;

use super::{AuthForm, Key};
use crate::http::{Proxies, anonymous};

/// How a Bugzilla is asked. Nothing here is read from the environment: that is for the caller.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it is, with a slash at the end: `https://bugzilla.redhat.com/`.
    pub base: Url,
    /// Without one, only what everybody sees is read, and nothing is written.
    pub key: Option<Key>,
    /// How the server takes the key, if that is known from before.
    pub form: Option<AuthForm>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the server may be silent.
    pub timeout: Duration,
    /// How often in a row a failure that may pass is met with another request, where repeating is safe.
    pub retries: u32,
    /// How long to wait before the first of them, and twice as long before each of the next.
    pub pause: Duration,
    /// How long to wait at most where the server says for how long.
    pub longest_pause: Duration,
    /// How long there is at least between the beginnings of two requests.
    pub gap: Duration,
    /// After a post whose answer did not come, the pauses before each look whether it was stored. Servers go on after the
    /// other end has gone: only then is it posted anew.
    pub settling: Vec<Duration>,
    /// What stands between here and the server.
    pub proxies: Proxies,
    /// Certificates (PEM) of authorities that are trusted beside the system's.
    pub authorities: Option<Vec<u8>>,
}

impl Settings {
    /// Those for a server.
    #[must_use]
    pub fn new(base: Url, key: Option<Key>) -> Self {
        Self {
            base: folder(base),
            key,
            form: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            retries: 4,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(120),
            gap: Duration::ZERO,
            settling: [1, 2, 4, 8, 15].map(Duration::from_secs).to_vec(),
            proxies: Proxies::default(),
            authorities: None,
        }
    }
}

/// The folder that a Bugzilla's address is of, whichever of its pages it names; without name and password, which would be
/// shown and kept with it.
fn folder(url: Url) -> Url {
    let mut url = anonymous(&url);
    let path = url.path();
    let page = path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.ends_with(".cgi"));
    let path = match path.rsplit_once('/') {
        Some((folder, _)) if page => folder,
        _ => path.trim_end_matches('/'),
    };
    let path = format!("{path}/");
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_in_a_folder() {
        for (address, base) in [
            ("https://bz.example", "https://bz.example/"),
            ("https://bz.example/", "https://bz.example/"),
            ("https://bz.example/bugs", "https://bz.example/bugs/"),
            (
                "https://bz.example/bugs/show_bug.cgi?id=3#c1",
                "https://bz.example/bugs/",
            ),
            ("https://bz.example/index.cgi", "https://bz.example/"),
            ("https://me:word@bz.example/", "https://bz.example/"),
        ] {
            assert_eq!(folder(address.parse().unwrap()).as_str(), base);
        }
    }
}
