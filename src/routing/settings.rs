//! The user's own rules: `index.toml`, in the folder of the indexes.
//!
//! ```toml
//! [upstream.numpy]
//! modules = ["numpy/**", "_multiarray_umath.*"]
//! sources = ["numpy/**"]
//! ```

use std::collections::BTreeMap;

use globset::Glob;
use serde::Deserialize;
use toml::Spanned;

use super::patterns::glob;

/// Why a text gives no rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct RoutesError {
    /// Line of the text, from 1.
    pub line: usize,
    /// What is wrong there, in one line.
    pub what: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    upstream: BTreeMap<String, Spanned<Lists>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    modules: Option<Vec<Spanned<String>>>,
    sources: Option<Vec<Spanned<String>>>,
}

/// What the user says of one upstream; `None` for a list that is not given.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) upstream: String,
    pub(super) modules: Option<Vec<Glob>>,
    pub(super) sources: Option<Vec<Glob>>,
}

/// Reads the text of an `index.toml`; the upstreams are in its order.
pub(super) fn parse(text: &str) -> Result<Vec<Own>, RoutesError> {
    let settings: Settings = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        RoutesError::at(text, at, error.message())
    })?;
    let mut upstreams: Vec<_> = settings.upstream.into_iter().collect();
    upstreams.sort_by_key(|(_, lists)| lists.span().start);
    let own = upstreams.into_iter().map(|(upstream, lists)| {
        let lists = lists.into_inner();
        Ok(Own {
            upstream,
            modules: lists.modules.map(|list| globs(list, text)).transpose()?,
            sources: lists.sources.map(|list| globs(list, text)).transpose()?,
        })
    });
    own.collect()
}

fn globs(patterns: Vec<Spanned<String>>, text: &str) -> Result<Vec<Glob>, RoutesError> {
    let read = |pattern: Spanned<String>| {
        glob(pattern.get_ref())
            .map_err(|error| RoutesError::at(text, pattern.span().start, &error.to_string()))
    };
    patterns.into_iter().map(read).collect()
}

impl RoutesError {
    fn at(text: &str, byte: usize, what: &str) -> Self {
        let before = text.as_bytes().iter().take(byte);
        Self {
            line: before.filter(|&&byte| byte == b'\n').count() + 1,
            what: what.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }
}
