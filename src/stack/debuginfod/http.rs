//! The client of the HTTP library, with nothing taken from the environment.

use std::error::Error as StdError;

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{NoProxy, Proxy, Url};

use super::error::{Error, Failure};
use super::{Proxies, Settings};

/// Far more than the file servers and front ends of distributions need.
const REDIRECTS: usize = 5;

/// A client that may know no certificates.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    /// Why https cannot be used.
    insecure: Option<String>,
}

impl Http {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        match builder(settings)?.build() {
            Ok(client) => Ok(Self {
                client,
                insecure: None,
            }),
            // Small containers have no certificates, which a server of one's own on http does not need.
            Err(error) => Ok(Self {
                client: builder(settings)?
                    .tls_certs_only([])
                    .build()
                    .map_err(|error| failed(&error))?,
                insecure: Some(innermost(&error)),
            }),
        }
    }

    /// The client, if it can be used for an address.
    pub(super) fn client(&self, url: &Url) -> Result<&Client, Failure> {
        match &self.insecure {
            Some(why) if url.scheme() == "https" => Err(Failure::Connect(why.clone())),
            _ => Ok(&self.client),
        }
    }
}

fn builder(settings: &Settings) -> Result<ClientBuilder, Error> {
    let mut builder = Client::builder()
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        .connect_timeout(settings.connect_timeout)
        // For the head of the answer, and then for each part of it.
        .timeout(settings.timeout)
        .redirect(Policy::custom(follow))
        .no_proxy();
    let Proxies {
        http,
        https,
        except,
    } = &settings.proxies;
    let except = except.as_deref().and_then(NoProxy::from_string);
    if let Some(url) = http {
        let proxy = Proxy::http(url).map_err(|error| failed(&error))?;
        builder = builder.proxy(proxy.no_proxy(except.clone()));
    }
    if let Some(url) = https {
        let proxy = Proxy::https(url).map_err(|error| failed(&error))?;
        builder = builder.proxy(proxy.no_proxy(except));
    }
    Ok(builder)
}

fn follow(attempt: Attempt) -> Action {
    let was_secure = attempt
        .previous()
        .last()
        .is_some_and(|url| url.scheme() == "https");
    // The first is no redirect but the address asked for.
    if attempt.previous().len() > REDIRECTS {
        attempt.error(format!("more than {REDIRECTS} redirects"))
    } else if was_secure && attempt.url().scheme() != "https" {
        attempt.error("a redirect from https to an address without protection")
    } else if !matches!(attempt.url().scheme(), "http" | "https") {
        attempt.error("a redirect to something else than http")
    } else {
        attempt.follow()
    }
}

/// The cause: what stands around it says no more than that a request failed.
pub(super) fn innermost(error: &dyn StdError) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn failed(error: &reqwest::Error) -> Error {
    Error::Http {
        why: innermost(error),
    }
}
