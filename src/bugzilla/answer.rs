//! What a server answered: data, an error of its own, or something else than a Bugzilla.

use std::io::Read as _;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::Problem;
use crate::http::Answer;
use crate::pattern::regex;

/// What is read of an answer: attachments come as base64 in JSON.
const LARGEST: u64 = 256 << 20;

/// An answer that a Bugzilla gave.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// What was asked for.
    Value(Value),
    /// No, by its numbers of errors.
    Error {
        status: u16,
        code: i64,
        message: String,
    },
    /// It is somewhere else.
    Moved(String),
}

/// Reads an answer, of REST or JSON-RPC.
pub(super) fn read(answer: Answer) -> Result<Said, Problem> {
    let status = answer.status().as_u16();
    if (300..400).contains(&status) {
        let to = answer.header("location").unwrap_or("nowhere");
        return Ok(Said::Moved(to.to_owned()));
    }
    let retry_after = answer.number("retry-after");
    let bytes = body(answer)?;
    match parse(&bytes) {
        Ok(value) => said(value, status, retry_after),
        Err(_) if is_page(&bytes) => Err(Problem::Page {
            status,
            title: title(&String::from_utf8_lossy(&bytes)),
            retry_after,
        }),
        Err(_) if status >= 400 => Err(Problem::Status {
            status,
            message: None,
            retry_after,
        }),
        Err(error) if error.is_eof() => Err(Problem::CutOff),
        Err(error) => Err(Problem::Strange(error.to_string())),
    }
}

fn body(mut answer: Answer) -> Result<Vec<u8>, Problem> {
    if let Some(packed) = answer.encoding() {
        return Err(Problem::Strange(format!("packed as `{packed}`")));
    }
    let mut bytes = Vec::new();
    let read = answer.by_ref().take(LARGEST + 1).read_to_end(&mut bytes);
    match read {
        Ok(count) if count as u64 > LARGEST => Err(Problem::TooLarge(LARGEST)),
        Ok(_) => Ok(bytes),
        Err(error) => Err(answer
            .stalled(&error)
            .map_or(Problem::CutOff, Problem::Transport)),
    }
}

fn said(value: Value, status: u16, retry_after: Option<u64>) -> Result<Said, Problem> {
    let message = |of: &Value| of.get("message").and_then(Value::as_str).map(short);
    // Codes are numbers, and in old servers' JSON-RPC texts.
    let code = |of: &Value| {
        let code = of.get("code")?;
        code.as_i64().or_else(|| code.as_str()?.parse().ok())
    };
    let error = match value.get("error") {
        Some(error @ Value::Object(_)) => Some(error),
        Some(Value::Bool(true)) => Some(&value),
        // Perl's truth.
        Some(Value::Number(number)) if number.as_i64() == Some(1) => Some(&value),
        _ => None,
    };
    if let Some((error, code)) = error.and_then(|error| Some((error, code(error)?))) {
        return Ok(Said::Error {
            status,
            code,
            message: message(error).unwrap_or_default(),
        });
    }
    if error.is_some() || status >= 400 {
        return Err(Problem::Status {
            status,
            message: message(error.unwrap_or(&value)),
            retry_after,
        });
    }
    match value {
        Value::Object(mut members)
            if members.contains_key("result") && members.contains_key("error") =>
        {
            Ok(Said::Value(members.remove("result").unwrap_or_default()))
        }
        Value::Object(_) | Value::Array(_) => Ok(Said::Value(value)),
        _ => Err(Problem::Strange("neither an object nor a list".to_owned())),
    }
}

/// The server's words in one line; those about attachments go on for a paragraph.
fn short(message: &str) -> String {
    const MOST: usize = 240;
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}

/// JSON, also where a text in it has halves of surrogate pairs, which old comments do: Perl stores and writes them, and no
/// Unicode text can have them.
fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|error| {
        if error.is_eof() || is_page(bytes) {
            return Err(error);
        }
        serde_json::from_str(&mended(&String::from_utf8_lossy(bytes)))
    })
}

/// Escapes of lone surrogates become those of the replacement character.
fn mended(text: &str) -> String {
    static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|(?s:.))",
        )
    });
    let mended = ESCAPE.replace_all(text, |hit: &regex::Captures<'_>| {
        let escape = &hit[0];
        if escape.len() == 6 { "\\ufffd" } else { escape }.to_owned()
    });
    mended.into_owned()
}

fn is_page(bytes: &[u8]) -> bool {
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    start == Some(&b'<')
}

/// What a page is called, or what stands in its first heading.
fn title(page: &str) -> Option<String> {
    static TITLE: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?is)<title[^>]*>(.*?)</title>|<h1[^>]*>(.*?)</h1>"));
    static TAG: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s)<[^>]*>"));
    let hit = TITLE.captures(page)?;
    let title = hit.get(1).or(hit.get(2))?.as_str();
    let plain = TAG.replace_all(title, " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let title: String = words.join(" ").chars().take(120).collect();
    (!title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn halves_of_surrogates_cost_one_character() {
        for (text, read) in [
            (r#"{"t":"a\ud800b"}"#, "a\u{fffd}b"),
            (r#"{"t":"\udc00\ud83e\udd80"}"#, "\u{fffd}\u{1f980}"),
            (r#"{"t":"\\ud800 \ud800"}"#, "\\ud800 \u{fffd}"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap(), json!({ "t": read }));
        }
        // As bytes, in the encoding that Perl calls utf8.
        assert!(parse(b"{\"t\":\"a\xed\xa0\x80b\"}").is_ok());
        assert!(parse(b"{\"t\":\"a").unwrap_err().is_eof());
    }

    #[test]
    fn errors_of_both_interfaces() {
        let code = |value: Value, status| match said(value, status, None) {
            Ok(Said::Error { code, .. }) => Some(code),
            _ => None,
        };
        assert_eq!(
            code(json!({ "error": true, "code": 101, "message": "x" }), 404),
            Some(101)
        );
        assert_eq!(
            code(json!({ "error": 1, "code": "306", "message": "x" }), 400),
            Some(306)
        );
        assert_eq!(
            code(
                json!({ "error": { "code": 410, "message": "x" }, "result": null }),
                200
            ),
            Some(410)
        );
        assert_eq!(
            said(json!({ "error": null, "result": { "id": 3 } }), 200, None),
            Ok(Said::Value(json!({ "id": 3 })))
        );
        assert!(matches!(
            said(json!({ "message": "x" }), 503, Some(7)),
            Err(Problem::Status {
                retry_after: Some(7),
                ..
            })
        ));
        assert!(said(json!("x"), 200, None).is_err());
    }

    #[test]
    fn pages_are_told_by_their_titles() {
        assert_eq!(
            title("<html><head><TITLE>\n404 <b>Not</b>\n Found</TITLE>").unwrap(),
            "404 Not Found"
        );
        assert_eq!(
            title("<h1>Software error:</h1>\n<pre>").unwrap(),
            "Software error:"
        );
        assert_eq!(title("<p>x"), None);
        assert!(is_page(b"\n <html>") && !is_page(b"{\"a\": \"<\"}"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), text in r#"\{"a": "(\\u[dD][89a-f0][0-9a-f]{2}|\\|.){0,9}"\}"#) {
            drop(parse(&bytes));
            drop(parse(text.as_bytes()));
            drop(title(&text));
        }
    }
}
