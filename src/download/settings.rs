//! What a download is told: a checksum, limits, patience.

use std::time::Duration;

use super::Checksum;
use crate::http::Proxies;

/// How a file is fetched. Nothing here is read from the environment: that is for the caller.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the file must have. Without, the server is asked for it: by the file's address with `.sha256` behind.
    pub sha256: Option<Checksum>,
    /// How large the file may be, in bytes.
    pub limit: u64,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a server may be silent.
    pub timeout: Duration,
    /// How often in a row a failure that may pass is met with another request.
    pub retries: u32,
    /// How long to wait before the first of them, and twice as long before each of the next.
    pub pause: Duration,
    /// How long to wait at most; a server that wants more has failed.
    pub max_pause: Duration,
    /// What stands between here and the server.
    pub proxies: Proxies,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sha256: None,
            limit: 1 << 30,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            retries: 4,
            pause: Duration::from_secs(1),
            max_pause: Duration::from_secs(60),
            proxies: Proxies::default(),
        }
    }
}
