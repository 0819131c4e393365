//! The proxies that this machine's users have set.

use std::env;

use crate::http::Proxies;

/// What the environment names, by the variables that curl knows.
pub(super) fn from_environment() -> Proxies {
    let proxy = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    Proxies {
        http: proxy("http_proxy"),
        https: proxy("https_proxy").or_else(|| proxy("HTTPS_PROXY")),
        except: proxy("no_proxy").or_else(|| proxy("NO_PROXY")),
    }
}
