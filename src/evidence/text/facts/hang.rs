//! Words that tell of a hang: without a signal, a stack of a live process looks like that of a crash.

use std::sync::LazyLock;

use regex::Regex;

use super::add;
use crate::evidence::Facts;
use crate::pattern::regex;

/// What people write of a process that does not end, and what tools print when they look at a live one: gdb
/// (`Attaching to process 41`), faulthandler (`Timeout (0:00:20)!`), libFuzzer (`timeout after 25 seconds`).
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\b(?:hang(?:s|ing)?(?: up)?|hung|stuck|dead ?lock(?:s|ed|ing)?|live ?lock(?:s|ed)?|freezes|frozen up|froze|",
        r"infinite (?:loop|recursion)|endless loop|(?:spin|loop|wait|block|run)(?:s|ning|ping|ing|ed)? (?:forever|endlessly|indefinitely)|",
        r"never (?:returns|finishes|ends|terminates)|100 ?% ?(?:of )?(?:the |one )?cpu|attaching to (?:process|program))\b|",
        r"^(timeout) \(\d+:\d\d:\d\d|libfuzzer: (timeout)\b"
    ))
});

/// A hang that is spoken of as absent or unlikely says nothing: `does not hang`, `no deadlock`, `without deadlock`.
static DENIED: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)(?:\bnot?|n't|\bnever|\bno longer|\bwithout(?: a| any)?)\s+$"));

pub(super) fn look(text: &str, facts: &mut Facts) {
    for found in WORDS.captures_iter(text) {
        let whole = found
            .get(1)
            .or_else(|| found.get(2))
            .or_else(|| found.get(0));
        let Some(words) = whole else { continue };
        let before = &text[..words.start()];
        // `dead-lock.py`, `test_hang`, `/deadlock/`: a name is no statement.
        let named = before.ends_with(['-', '/', '.', '_', '\\'])
            || text[words.end()..].starts_with(['-', '/', '_', '(', '\\'])
            || is_suffix(&text[words.end()..]);
        if !named && !DENIED.is_match(before) {
            add(&mut facts.hang_words, words.as_str().to_lowercase());
        }
    }
}

/// `.py` behind a word, but not the end of a sentence.
fn is_suffix(after: &str) -> bool {
    after
        .strip_prefix('.')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_hangs() {
        for (text, words) in [
            ("The worker hangs after a fork.", &["hangs"][..]),
            ("HEAD_LOCK()  <-- DEADLOCK HERE", &["deadlock"]),
            (
                "python sits at 100% CPU, in an infinite loop",
                &["100% cpu", "infinite loop"],
            ),
            ("Attaching to process 811", &["attaching to process"]),
            ("Timeout (0:00:20)!", &["timeout"]),
            (
                "==4== ERROR: libFuzzer: timeout after 25 seconds",
                &["timeout"],
            ),
            ("it then blocks forever", &["blocks forever"]),
            ("it does not hang any more, and has no deadlock", &[]),
            ("python3 test_deadlock.py", &[]),
            ("python3 deadlock.py", &[]),
            ("changing the hangar", &[]),
            ("requests.exceptions.Timeout: too late", &[]),
        ] {
            let mut facts = Facts::default();
            look(text, &mut facts);
            assert_eq!(facts.hang_words, words, "{text}");
        }
    }
}
