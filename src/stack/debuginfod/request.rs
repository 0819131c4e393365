//! What is asked for, and whom.

use std::cell::Cell;

use reqwest::Url;

use super::Kind;
use super::error::{Error, Failure, Problem};
use crate::http;

/// The largest build ID that elfutils' client looks for.
const MAX_BUILD_ID: usize = 64;

/// One file.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) build_id: Vec<u8>,
    pub(super) hex: String,
    pub(super) kind: Kind,
}

/// One server.
#[derive(Debug)]
pub(super) struct Server {
    base: String,
    /// Its address without its password.
    pub(super) shown: String,
    /// Whether it failed in a way that the next file would meet too.
    pub(super) given_up: Cell<bool>,
}

impl Server {
    pub(super) fn new(url: &str) -> Self {
        let shown = Url::parse(url).map_or_else(|_| url.to_owned(), |url| http::shown(&url));
        Self {
            base: url.trim_end_matches('/').to_owned(),
            shown: shown.trim_end_matches('/').to_owned(),
            given_up: Cell::new(false),
        }
    }

    pub(super) fn url(&self, wanted: &Wanted) -> Option<Url> {
        let Wanted { hex, kind, .. } = wanted;
        let url = Url::parse(&format!("{}/buildid/{hex}/{kind}", self.base)).ok()?;
        matches!(url.scheme(), "http" | "https").then_some(url)
    }

    pub(super) fn problem(&self, failure: Failure) -> Problem {
        Problem {
            url: self.shown.clone(),
            failure,
        }
    }
}

impl Wanted {
    pub(super) fn new(build_id: &[u8], kind: Kind) -> Result<Self, Error> {
        let len = build_id.len();
        if len == 0 || len > MAX_BUILD_ID {
            return Err(Error::BuildId { len });
        }
        Ok(Self {
            build_id: build_id.to_vec(),
            hex: hexadecimal(build_id),
            kind,
        })
    }
}

/// As build IDs are written.
pub(in crate::stack) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
