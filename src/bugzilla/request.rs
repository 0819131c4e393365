//! One request: how it is put, and what its answer means.

use std::sync::atomic::Ordering;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde_json::Value;

use super::answer::{self, Said};
use super::call::Call;
use super::{AuthForm, BugzillaError, Problem, Server};

/// How a request ended that was made once.
#[derive(Debug)]
pub(super) enum Attempt {
    /// The server answered.
    Answered(Value),
    /// The server understood, and did nothing.
    Refused(BugzillaError),
    /// There is no saying what the server did, unless the problem is that it got nothing.
    Failed(Problem),
}

impl Server<'_> {
    /// One request, where the server is as it was before.
    pub(super) fn attempt(&self, call: &Call, form: Option<AuthForm>) -> Attempt {
        let by_rpc = call.is_read() && form == Some(AuthForm::Body) && self.settings.key.is_some();
        if !by_rpc {
            return self.send(call, form);
        }
        if !self.reads_as_everybody() {
            let attempt = self.send(call, form);
            if !is_missing(&attempt) {
                return attempt;
            }
            self.no_rpc.store(true, Ordering::Relaxed);
        }
        self.send(call, None)
    }

    /// Whether private things are not seen although there is a key.
    pub(super) fn reads_as_everybody(&self) -> bool {
        self.no_rpc.load(Ordering::Relaxed)
    }

    fn send(&self, call: &Call, form: Option<AuthForm>) -> Attempt {
        self.keep_gap();
        let (method, url, body) = self.request(call, form);
        let mut headers = HeaderMap::new();
        // Servers write a page for people unless told otherwise.
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some((key, form)) = self.settings.key.as_ref().zip(form) {
            key.add(form, &mut headers);
        }
        let body = body.map(|body| body.to_string().into_bytes());
        let answer = self.client.send(method, url, headers, body);
        match answer.map_err(Problem::from).and_then(answer::read) {
            Ok(Said::Value(value)) => Attempt::Answered(value),
            Ok(Said::Moved(to)) => Attempt::Refused(BugzillaError::Moved {
                host: self.host(),
                to: folder_of(&to),
            }),
            Ok(Said::Error {
                status,
                code,
                message,
            }) => self.error(call, status, code, &message, form.is_some()),
            Err(problem) => {
                self.close(&problem);
                Attempt::Failed(self.without_key(problem))
            }
        }
    }

    fn request(&self, call: &Call, form: Option<AuthForm>) -> (Method, Url, Option<Value>) {
        let of_body = self
            .settings
            .key
            .as_ref()
            .filter(|_| form == Some(AuthForm::Body));
        if let Some(key) = of_body.filter(|_| call.is_read()) {
            let url = self.address("jsonrpc.cgi");
            return (Method::POST, url, Some(call.as_rpc(key.for_body())));
        }
        let mut url = self.address(&format!("rest/{}", call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let body = (!call.is_read()).then(|| {
            let mut body = call.body.clone();
            if let Some(key) = of_body {
                body.insert("api_key".to_owned(), key.for_body().into());
            }
            Value::Object(body)
        });
        (call.method.clone(), url, body)
    }

    fn address(&self, path: &str) -> Url {
        let base = &self.settings.base;
        base.join(path).unwrap_or_else(|_| base.clone())
    }

    /// What an error means, by `Bugzilla::WebService::Constants::WS_ERROR_CODE`.
    fn error(&self, call: &Call, status: u16, code: i64, message: &str, with_key: bool) -> Attempt {
        let host = self.host();
        let message = self.scrubbed(message);
        let bug = || call.bug.clone().unwrap_or_default();
        Attempt::Refused(match code {
            306 => BugzillaError::KeyRefused {
                host,
                message,
                page: self.keys_page(),
            },
            410 => BugzillaError::LoginNeeded {
                host,
                with_key,
                page: self.keys_page(),
            },
            300 | 301 => BugzillaError::Account { host, message },
            100 | 101 if call.bug.is_some() => BugzillaError::NoBug { host, bug: bug() },
            102 if call.bug.is_some() => BugzillaError::Hidden {
                bug: bug(),
                with_key,
                page: self.keys_page(),
            },
            110 | 113 => BugzillaError::NotPrivate { host },
            // What the server's own code ran into; with a client's status it says what was wrong with the request. With one of
            // success it came after the change was stored: 5.0.6 answers 201 with an error where it cannot write the mail.
            _ if status >= 500 || status == 429 || (status < 300 && !call.is_read()) => {
                return Attempt::Failed(Problem::Status {
                    status,
                    message: Some(message),
                    retry_after: None,
                });
            }
            // JSON-RPC has a status of success for errors, too.
            INTERNAL if call.is_read() => {
                return Attempt::Failed(Problem::Status {
                    status: 500,
                    message: Some(message),
                    retry_after: None,
                });
            }
            _ if status == 401 && with_key => BugzillaError::KeyRefused {
                host,
                message,
                page: self.keys_page(),
            },
            _ => BugzillaError::Refused {
                host,
                code,
                message,
            },
        })
    }

    fn scrubbed(&self, text: &str) -> String {
        match &self.settings.key {
            Some(key) => key.scrub(text),
            None => text.to_owned(),
        }
    }

    fn without_key(&self, problem: Problem) -> Problem {
        let clean = |text: Option<String>| text.map(|text| self.scrubbed(&text));
        match problem {
            Problem::Page {
                status,
                title,
                retry_after,
            } => Problem::Page {
                status,
                title: clean(title),
                retry_after,
            },
            Problem::Status {
                status,
                message,
                retry_after,
            } => Problem::Status {
                status,
                message: clean(message),
                retry_after,
            },
            other => other,
        }
    }
}

/// The Bugzilla that an address is in, without what was asked of it.
fn folder_of(address: &str) -> String {
    let ends = ["/rest/", "/jsonrpc.cgi"]
        .iter()
        .filter_map(|end| address.find(end));
    let base = ends.min().map_or(address, |end| &address[..end]);
    base.split('?').next().unwrap_or_default().to_owned()
}

/// Whether there is nothing at an address.
fn is_missing(attempt: &Attempt) -> bool {
    match attempt {
        Attempt::Failed(Problem::Page { status, .. } | Problem::Status { status, .. }) => {
            matches!(status, 403 | 404 | 405 | 410)
        }
        Attempt::Refused(BugzillaError::Refused { code, .. }) => *code == NO_SUCH_METHOD,
        _ => false,
    }
}

/// What the server's code ran into (JSON::RPC's 500).
const INTERNAL: i64 = 100_500;

/// `REST_NOT_FOUND` of `Bugzilla::WebService::Constants`.
const NO_SUCH_METHOD: i64 = 32_614;

#[cfg(test)]
mod tests {
    use super::folder_of;

    #[test]
    fn where_a_server_went() {
        for (address, folder) in [
            (
                "https://bz.example/rest/bug/1?x=/rest/",
                "https://bz.example",
            ),
            (
                "https://bz.example/bugs/jsonrpc.cgi",
                "https://bz.example/bugs",
            ),
            ("https://login.example/?to=x", "https://login.example/"),
        ] {
            assert_eq!(folder_of(address), folder);
        }
    }
}
