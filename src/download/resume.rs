//! What lets a download go on: which version of a file is here, and where an answer stands in it (RFC 9110).

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, ETAG, LAST_MODIFIED};

use crate::http::Answer;

/// What names the version of a file that an answer is of, to a server that is asked for the rest of just that one: its
/// entity tag, else its date. Neither if it may name another version, too.
pub(super) fn validator(answer: &Answer) -> Option<String> {
    let tag = answer.header(ETAG.as_str()).filter(|tag| is_strong(tag));
    let sent = answer.header(DATE.as_str()).and_then(date);
    // Within one second a file may have been written twice.
    let is_settled = |modified: &&str| date(modified) < sent && date(modified).is_some();
    let modified = answer.header(LAST_MODIFIED.as_str());
    tag.or(modified.filter(is_settled)).map(ToOwned::to_owned)
}

/// Whether an answer says of itself that it is of another version than a validator.
pub(super) fn differs(answer: &Answer, validator: &str) -> bool {
    let header = if is_strong(validator) {
        ETAG
    } else {
        LAST_MODIFIED
    };
    let named = answer.header(header.as_str());
    named.is_some_and(|named| named != validator)
}

/// A weak tag, with `W/` before it, says that two versions serve the same purpose, not that they are of the same bytes.
fn is_strong(tag: &str) -> bool {
    tag.len() > 1 && tag.starts_with('"') && tag.ends_with('"')
}

/// A date of HTTP.
pub(super) fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// Where an answer stands in a file: `bytes 5-9/10`, or `bytes */10` where there is nothing to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRange {
    /// The offsets of its first and last byte.
    pub(super) span: Option<(u64, u64)>,
    /// The file's length.
    pub(super) total: Option<u64>,
}

impl ContentRange {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (span, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let span = match span {
            "*" => None,
            span => {
                let (first, last) = span.split_once('-')?;
                Some((first.parse().ok()?, last.parse().ok()?))
            }
        };
        let total = match total {
            "*" => None,
            total => Some(total.parse().ok()?),
        };
        Some(Self { span, total })
    }
}

#[cfg(test)]
mod tests {
    use super::{ContentRange, date, is_strong};

    #[test]
    fn ranges() {
        let range = |span, total| Some(ContentRange { span, total });
        let parse = ContentRange::parse;
        assert_eq!(parse("bytes 5-9/10"), range(Some((5, 9)), Some(10)));
        assert_eq!(parse("bytes 5-9/*"), range(Some((5, 9)), None));
        assert_eq!(parse("bytes */10"), range(None, Some(10)));
        for wrong in [
            "",
            "bytes",
            "bytes 5-/10",
            "bytes 5-9",
            "lines 5-9/10",
            "bytes 5-9/-1",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_strong_tags_tell_bytes_apart() {
        assert!(is_strong("\"a\""));
        assert!(is_strong("\"\""));
        for weak in ["W/\"a\"", "a", "\"", "", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert!(!is_strong(weak), "{weak}");
        }
    }

    #[test]
    fn dates_are_of_the_mail() {
        let seconds = |text| date(text).map(jiff::Timestamp::as_second);
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("tomorrow"), None);
    }
}
