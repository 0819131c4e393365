//! HTTP, as every stage that asks a server uses it: one client, one set of words for what goes wrong.
//!
//! In: an address, headers and perhaps a body. Out: an answer whose body has not been read. Nothing is taken from the environment, no
//! answer is unpacked unasked, and no password of an address gets into a message.

mod address;
mod answer;
mod client;
mod error;

use std::time::Duration;

pub(crate) use address::{anonymous, is_loopback, shown};
pub(crate) use answer::Answer;
pub(crate) use client::Client;
pub use error::{ClientError, TransportError};

/// Proxies, as `http_proxy`, `https_proxy` and `no_proxy` name them.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// For servers that are reached by http.
    pub http: Option<String>,
    /// For servers that are reached by https.
    pub https: Option<String>,
    /// Hosts that are reached without, separated by commas.
    pub except: Option<String>,
}

/// How a client behaves.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    /// How long a connection may take to come about.
    pub(crate) connect_timeout: Duration,
    /// For the head of the answer, and then for each part of it.
    pub(crate) timeout: Duration,
    pub(crate) proxies: &'a Proxies,
    pub(crate) protection: Protection,
    /// Certificates (PEM) of authorities that are trusted beside the system's.
    pub(crate) authorities: Option<&'a [u8]>,
}

/// Where an answer may send on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// From http to http, too, but never from https to it.
    Kept,
    /// As [`Kept`](Self::Kept), and by http to this machine only.
    Required,
    /// Nowhere: a redirect is an answer like others, since what is sent is meant for one server.
    Alone,
}
