//! What of a text is nobody's business: e-mail addresses, home folders, host names, tokens.
//!
//! In: text that somebody pasted. Out: the same with a word in angle brackets in place of each, and how many there were.
//! Function names, files of programs and addresses of memory stay: they are what a stack is.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use crate::pattern::regex;

/// A text without what is private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// What is left.
    pub text: String,
    /// How many places were taken out.
    pub count: usize,
}

/// A pattern, and what takes the place of its group `secret`.
struct Rule {
    pattern: Regex,
    word: &'static str,
}

/// In this order: a token may stand in an address, an address in a prompt.
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rule = |pattern: &str, word| Rule {
        pattern: regex(pattern),
        word,
    };
    vec![
        // Tokens that tell by their form what they are: of GitHub, Slack, AWS, PyPI, JSON web tokens, private keys.
        rule(
            r"(?P<secret>\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|xox[abeoprs]-[\w-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16}|pypi-[\w-]{30,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*))",
            "<token>",
        ),
        rule(
            r"(?s)(?P<secret>-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z))",
            "<token>",
        ),
        rule(
            r"(?i)\b(?:bearer|basic)\s+(?P<secret>[\w+/=.~-]{16,})",
            "<token>",
        ),
        // `API_KEY=...`, `"password": "..."`; not `token = 0x7f...` and `token=<optimized out>`, which are arguments in a stack.
        rule(
            r#"(?i)\b[\w-]*(?:api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|secret[_-]?key|client[_-]?secret|passw(?:or)?d|passphrase)["']?\s*[:=]\s*["']?(?P<secret>[^\s"',;)<&]{6,})"#,
            "<token>",
        ),
        rule(
            r"\b[a-z][a-z0-9+.-]*://(?P<secret>[^\s/@:]+:[^\s/@]+)@",
            "<token>",
        ),
        rule(
            r"(?P<secret>\b[A-Za-z0-9][\w.+%-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b)",
            "<e-mail>",
        ),
        rule(
            r"(?P<secret>\b[A-Za-z0-9][\w.+-]* (?:at|\(at\)|\[at\]) (?:[A-Za-z0-9-]+ (?:dot|\(dot\)|\[dot\]) )+[a-z]{2,}\b)",
            "<e-mail>",
        ),
        // `[me@host src]$`, `me@host:~$`, `Hostname: host` of coredumpctl and ABRT, `uname -a`.
        rule(
            r"(?m)^\s*\[?(?P<secret>[a-z_][\w.-]*@[A-Za-z0-9][\w.-]*)(?:[ :][^\n\]$#]*)?\]?[$#%] ",
            "<user>@<host>",
        ),
        rule(
            r"(?mi)^\s*(?:host ?name|machine|nodename):\s*(?P<secret>[A-Za-z0-9][\w.-]*)",
            "<host>",
        ),
        rule(
            r"\bLinux (?P<secret>[A-Za-z0-9][\w.-]*) \d+\.\d+\.\d",
            "<host>",
        ),
        rule(
            r"(?P<secret>\b(?:[A-Za-z0-9-]+\.)+(?:internal|local|localdomain|lan|corp|intranet|home)\b)(?:[^\w.(]|$)",
            "<host>",
        ),
        rule(
            r"(?P<secret>\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b)",
            "<host>",
        ),
        rule(
            r#"(?i)(?:/home/|/Users/|/export/home/|\b[a-z]:\\+Users\\+|\b[a-z]:/Users/|/mnt/[a-z]/Users/)(?P<secret>[^\s/\\:'"<>,;)]+)"#,
            "<user>",
        ),
    ]
});

/// Folders below `/home` and `/Users` that are no people's.
const NOBODY: [&str; 4] = ["Shared", "linuxbrew", "runner", "vsts"];

/// Takes out what is private.
#[must_use]
pub fn redact(text: &str) -> Redacted {
    let mut redacted = Redacted {
        text: text.to_owned(),
        count: 0,
    };
    for rule in RULES.iter() {
        let mut count = 0;
        let text = rule
            .pattern
            .replace_all(&redacted.text, |hit: &Captures<'_>| {
                let whole = &hit[0];
                let Some(secret) = hit
                    .name("secret")
                    .filter(|secret| !NOBODY.contains(&secret.as_str()))
                else {
                    return whole.to_owned();
                };
                count += 1;
                let start = secret.start() - hit.get(0).map_or(0, |all| all.start());
                let (before, rest) = whole.split_at(start);
                format!("{before}{}{}", rule.word, &rest[secret.len()..])
            });
        if count > 0 {
            redacted.text = text.into_owned();
            redacted.count += count;
        }
    }
    redacted
}

/// Takes out what is private of every text in a JSON value, names of members aside, and says how many places that were.
pub fn redact_json(value: &mut Value) -> usize {
    match value {
        Value::String(text) => {
            let redacted = redact(text);
            *text = redacted.text;
            redacted.count
        }
        Value::Array(values) => values.iter_mut().map(redact_json).sum(),
        Value::Object(members) => members.values_mut().map(redact_json).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn private_things_go() {
        for (text, left) in [
            ("mail me.too+bugs@some.example.org now", "mail <e-mail> now"),
            ("someone at example dot com", "<e-mail>"),
            (
                "File \"/home/jane/app/x.py\"",
                "File \"/home/<user>/app/x.py\"",
            ),
            (r"C:\Users\Jane Doe\x.py", r"C:\Users\<user> Doe\x.py"),
            ("/Users/jane/x.py:3", "/Users/<user>/x.py:3"),
            (
                "[jane@box42 src]$ gdb -p 3",
                "[<user>@<host> src]$ gdb -p 3",
            ),
            ("jane@box42:~/src$ python", "<user>@<host>:~/src$ python"),
            ("Hostname: box42.corp.example", "Hostname: <host>"),
            (
                "Linux box42 6.1.0-13-amd64 #1 SMP",
                "Linux <host> 6.1.0-13-amd64 #1 SMP",
            ),
            ("on db1.eu.internal at", "on <host> at"),
            ("to 192.168.3.17:80", "to <host>:80"),
            (
                "GH_TOKEN ghp_abcdefghijklmnopqrstuvwxyz0123456789",
                "GH_TOKEN <token>",
            ),
            (
                "Authorization: Bearer abcdefghijklmnopqrst",
                "Authorization: Bearer <token>",
            ),
            ("'API_KEY': 'hunter2hunter2'", "'API_KEY': '<token>'"),
            ("DB_PASSWORD=hunter2!", "DB_PASSWORD=<token>"),
            (
                "https://me:word@host.example/x",
                "https://<token>@host.example/x",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
                "<token>",
            ),
        ] {
            let redacted = redact(text);
            assert_eq!(redacted.text, left);
            assert_eq!(redacted.count, 1, "{text}");
        }
    }

    #[test]
    fn stacks_stay() {
        for text in [
            "#1  0x00007f in sem_wait@@GLIBC_2.2.5 () from /lib64/libpthread.so.0",
            "#2  do_futex_wait.constprop.0 (sem=0x7f, token=0x0) at sem_waitcommon.c:111",
            "#3  tok_get (tok=<optimized out>, secret=0x7f2a3c) at Parser/tokenizer.c:1234",
            "  File \"/usr/lib/python3.9/asyncio/base_events.py\", line 642, in run_until_complete",
            "asyncio.exceptions.CancelledError: threading.local.x",
            "Python 3.11.0 (main, Oct 24 2022, 18:26:48) [GCC 9.4.0] on linux",
            "python3.9-3.9.0~b1-1.fc32.x86_64 10.2.1",
            "self.local.value = 3",
            "memory at 0x7f3a at x.c:3",
            "/home/runner/work/cpython/x.c:3",
        ] {
            assert_eq!(redact(text).text, text);
        }
    }

    proptest! {
        #[test]
        fn what_is_left_has_nothing_private(text in "(?s)[ -~\n]{0,200}") {
            let once = redact(&text);
            prop_assert!(once.count > 0 || once.text == text);
        }
    }
}
