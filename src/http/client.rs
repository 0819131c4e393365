//! The client of the HTTP library, with nothing taken from the environment.

use std::time::Duration;

use reqwest::blocking;
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Certificate, Method, NoProxy, Proxy, Url};

use super::error::innermost;
use super::{Answer, ClientError, Protection, Proxies, Settings, TransportError, is_loopback};

/// Far more than file servers and front ends of distributions need.
const REDIRECTS: usize = 5;

/// A client that may know no certificates.
#[derive(Debug)]
pub(crate) struct Client {
    client: blocking::Client,
    timeout: Duration,
    /// Why https cannot be used.
    insecure: Option<String>,
}

impl Client {
    pub(crate) fn new(settings: &Settings<'_>) -> Result<Self, ClientError> {
        let (client, insecure) = match builder(settings)?.build() {
            Ok(client) => (client, None),
            // Small containers have no certificates, which a server of one's own does not need.
            Err(error) => {
                let own = authorities(settings)?;
                let why = own.is_empty().then(|| innermost(&error));
                (builder(settings)?.tls_certs_only(own).build()?, why)
            }
        };
        Ok(Self {
            client,
            timeout: settings.timeout,
            insecure,
        })
    }

    /// Asks for what stands at an address.
    pub(crate) fn get(&self, url: Url, headers: HeaderMap) -> Result<Answer, TransportError> {
        self.send(Method::GET, url, headers, None)
    }

    /// Sends a request, whose answer is taken as it is there unless the headers accept something else: without this, some
    /// front ends compress.
    pub(crate) fn send(
        &self,
        method: Method,
        url: Url,
        mut headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, TransportError> {
        if let Some(why) = &self.insecure
            && url.scheme() == "https"
        {
            return Err(TransportError::Connect(why.clone()));
        }
        let identity = HeaderValue::from_static("identity");
        headers.entry(ACCEPT_ENCODING).or_insert(identity);
        let mut request = self.client.request(method, url).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send();
        response
            .map(|response| Answer::new(response, self.timeout))
            .map_err(|error| self.unsent(error))
    }

    fn unsent(&self, error: reqwest::Error) -> TransportError {
        if error.is_connect() {
            TransportError::Connect(innermost(&error))
        } else if error.is_timeout() {
            TransportError::Stalled(self.timeout.as_secs())
        } else if error.is_redirect() {
            TransportError::Redirect(innermost(&error))
        } else {
            TransportError::Exchange(innermost(&error.without_url()))
        }
    }
}

fn builder(settings: &Settings<'_>) -> Result<blocking::ClientBuilder, ClientError> {
    let protection = settings.protection;
    let mut builder = blocking::Client::builder()
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.timeout)
        .redirect(Policy::custom(move |attempt| follow(attempt, protection)))
        .no_proxy()
        .tls_certs_merge(authorities(settings)?);
    let Proxies {
        http,
        https,
        except,
    } = settings.proxies;
    let except = except.as_deref().and_then(NoProxy::from_string);
    if let Some(url) = http {
        builder = builder.proxy(Proxy::http(url)?.no_proxy(except.clone()));
    }
    if let Some(url) = https {
        builder = builder.proxy(Proxy::https(url)?.no_proxy(except));
    }
    Ok(builder)
}

fn authorities(settings: &Settings<'_>) -> Result<Vec<Certificate>, ClientError> {
    let Some(bytes) = settings.authorities else {
        return Ok(Vec::new());
    };
    let own = Certificate::from_pem_bundle(bytes)?;
    if own.is_empty() {
        let why = "the file of authorities holds no certificate (PEM)".to_owned();
        return Err(ClientError { why });
    }
    Ok(own)
}

fn follow(attempt: Attempt, protection: Protection) -> Action {
    if protection == Protection::Alone {
        return attempt.stop();
    }
    let was_secure = attempt
        .previous()
        .last()
        .is_some_and(|url| url.scheme() == "https");
    let is_http = attempt.url().scheme() == "http";
    // The first is no redirect but the address asked for.
    if attempt.previous().len() > REDIRECTS {
        attempt.error(format!("more than {REDIRECTS} redirects"))
    } else if was_secure && attempt.url().scheme() != "https" {
        attempt.error("a redirect from https to an address without protection")
    } else if !is_http && attempt.url().scheme() != "https" {
        attempt.error("a redirect to something else than http")
    } else if protection == Protection::Required && is_http && !is_loopback(attempt.url()) {
        attempt.error("a redirect to an address without protection")
    } else {
        attempt.follow()
    }
}
