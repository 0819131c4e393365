//! One question to a server, in REST and in JSON-RPC.
//!
//! Both lead to the same methods of `Bugzilla::WebService`, with the same names of parameters (Bugzilla 5.0.6,
//! `Bugzilla/WebService/Server/REST/Resources` and `Server/JSONRPC.pm`). JSON-RPC is for those servers that take a key in a
//! body alone: by REST, reading has none.

use reqwest::Method;
use serde_json::{Map, Value, json};

/// What is asked, or written.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Below `rest/`.
    pub(super) path: String,
    /// The query of what is read.
    pub(super) query: Vec<(String, String)>,
    /// The method of JSON-RPC.
    rpc: &'static str,
    /// What the path says, for JSON-RPC.
    implied: Map<String, Value>,
    /// What is written. It never has the ids that the path has: the body's would count.
    pub(super) body: Map<String, Value>,
    /// What an error says that no such thing is there, or not to be seen.
    pub(super) bug: Option<String>,
}

impl Call {
    /// Something to be read.
    pub(super) fn read(path: impl Into<String>, rpc: &'static str) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            rpc,
            implied: Map::new(),
            body: Map::new(),
            bug: None,
        }
    }

    /// Something to be written.
    pub(super) fn write(method: Method, path: impl Into<String>, body: Value) -> Self {
        let body = match body {
            Value::Object(body) => body,
            _ => Map::new(),
        };
        Self {
            method,
            body,
            ..Self::read(path, "")
        }
    }

    /// The bug that it is about.
    pub(super) fn about(mut self, bug: impl ToString) -> Self {
        self.bug = Some(bug.to_string());
        self
    }

    /// A member that the path stands for.
    pub(super) fn implied(mut self, name: &str, value: Value) -> Self {
        self.implied.insert(name.to_owned(), value);
        self
    }

    /// A parameter of the query.
    pub(super) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    pub(super) fn is_read(&self) -> bool {
        self.method == Method::GET
    }

    /// The same as a request of JSON-RPC 1.0, whose parameters are a list of one; 5.0.6 refuses those of 2.0.
    pub(super) fn as_rpc(&self, key: &str) -> Value {
        let mut params = self.implied.clone();
        for (name, value) in &self.query {
            let value = if name.ends_with("_fields") {
                value.split(',').map(Value::from).collect()
            } else {
                Value::from(value.as_str())
            };
            // What is said twice is a list.
            match params.get_mut(name) {
                None => drop(params.insert(name.clone(), value)),
                Some(Value::Array(several)) => several.push(value),
                Some(one) => *one = Value::Array(vec![one.take(), value]),
            }
        }
        params.insert("Bugzilla_api_key".to_owned(), key.into());
        json!({ "method": self.rpc, "id": 1, "params": [params] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rest_and_rpc_ask_the_same() {
        let call = Call::read("bug/5/comment", "Bug.comments")
            .implied("ids", json!([5]))
            .with("include_fields", "id,text")
            .with("product", "Fedora")
            .with("product", "RHEL")
            .with("product", "EPEL");
        assert_eq!(
            call.as_rpc("k")["params"][0],
            json!({ "ids": [5], "include_fields": ["id", "text"], "product": ["Fedora", "RHEL", "EPEL"], "Bugzilla_api_key": "k" })
        );
    }
}
