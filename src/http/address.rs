//! What an address tells.

use std::net::IpAddr;

use reqwest::Url;

/// An address as it may be shown: without name, password, and what a signed one has behind its path.
pub(crate) fn shown(url: &Url) -> String {
    let mut shown = anonymous(url);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.to_string()
}

/// An address, whoever asks.
pub(crate) fn anonymous(url: &Url) -> Url {
    let mut url = url.clone();
    // Refused for addresses that cannot have any.
    let _ = url.set_username("").and_then(|()| url.set_password(None));
    url
}

/// Whether an address is this machine's own.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::{is_loopback, shown};

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret = url("https://me:word@host.example:444/a/b?signature=word#word");
        assert_eq!(shown(&secret), "https://host.example:444/a/b");
        assert_eq!(shown(&url("data:,x")), "data:,x");
    }

    #[test]
    fn this_machine_has_many_addresses() {
        for own in ["127.0.0.1:80", "127.9.9.9", "[::1]:8080", "localhost"] {
            assert!(is_loopback(&url(&format!("http://{own}/"))), "{own}");
        }
        for other in [
            "10.0.0.1",
            "localhost.example",
            "[::2]",
            "127.0.0.1.example",
        ] {
            assert!(!is_loopback(&url(&format!("http://{other}/"))), "{other}");
        }
        assert!(!is_loopback(&url("file:///srv")));
    }
}
