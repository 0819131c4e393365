//! Headlines of sanitizers, libFuzzer and valgrind.

use std::sync::LazyLock;

use regex::Regex;

use super::add;
use crate::evidence::{Facts, SanitizerError};
use crate::pattern::regex;

/// `==41==ERROR: AddressSanitizer: heap-use-after-free on address ...`, `SUMMARY: ThreadSanitizer: data race x.c:1 in f`,
/// `==41== ERROR: libFuzzer: deadly signal`.
static HEADLINE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?-u:\b)([A-Za-z]+Sanitizer|libFuzzer): ?(\S.*)$"));

/// `Modules/x.c:12:3: runtime error: signed integer overflow: 1 + 2147483647 cannot be represented`
static UNDEFINED: LazyLock<Regex> = LazyLock::new(|| regex(r"\S:\d+: runtime error: (\S.*)$"));

static VALGRIND: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^\s*==\d+==\s+(Invalid (?:read|write) of size \d+|Conditional jump or move depends on uninitialised value\(s\)|",
        r"Use of uninitialised value of size \d+|Invalid free\(\)|Mismatched free\(\)|Jump to the invalid address|",
        r"Source and destination overlap|Syscall param \S+|Stack overflow|Argument '\w+' of function \w+ has a fishy)"
    ))
});

pub(super) fn look(text: &str, facts: &mut Facts) {
    if let Some(found) = HEADLINE.captures(text) {
        if let Some(error) = kind(&found[2]) {
            report(facts, &found[1], error);
        }
        return;
    }
    if text.contains("runtime error: ")
        && let Some(found) = UNDEFINED.captures(text)
    {
        report(facts, "UndefinedBehaviorSanitizer", &found[1]);
    }
    if text.contains("==")
        && let Some(found) = VALGRIND.captures(text)
    {
        report(facts, "valgrind", &found[1]);
    }
}

fn report(facts: &mut Facts, tool: &str, error: &str) {
    add(
        &mut facts.sanitizer_errors,
        SanitizerError {
            tool: tool.to_owned(),
            error: error.to_owned(),
        },
    );
}

/// The kind of error at the beginning of `heap-use-after-free on address 0x1` or `data race x.c:1 in f`; none in
/// lines that are no headline (`AddressSanitizer:DEADLYSIGNAL`, `hint`, `nested bug`).
fn kind(words: &str) -> Option<&str> {
    let end = [" on ", " (", " at ", " after ", ": ", " of "]
        .iter()
        .filter_map(|stop| words.find(stop))
        .min()
        .unwrap_or(words.len());
    let words = &words[..end];
    // A path or an address ends the kind in summaries.
    let place = words
        .split_inclusive(' ')
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len();
            Some((start, word.trim_end()))
        })
        .find(|(_, word)| {
            word.contains(['/', '\\', '.']) || word.starts_with("0x") || word.starts_with("<")
        });
    let words = words[..place.map_or(words.len(), |(at, _)| at)].trim_end();
    let noise = words.is_empty()
        || words.len() > 80
        || words
            .chars()
            .all(|c| c.is_ascii_uppercase() && words.len() > 8);
    (!noise).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headlines() {
        for (text, tool, error) in [
            (
                "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x1",
                "AddressSanitizer",
                "heap-use-after-free",
            ),
            (
                "SUMMARY: AddressSanitizer: heap-use-after-free /x/a.c:4:5 in f",
                "AddressSanitizer",
                "heap-use-after-free",
            ),
            (
                "AddressSanitizer: stack-overflow Objects/a.c:4 in f",
                "AddressSanitizer",
                "stack-overflow",
            ),
            (
                "==7==ERROR: AddressSanitizer: attempting double-free on 0x60 in thread T0:",
                "AddressSanitizer",
                "attempting double-free",
            ),
            (
                "WARNING: ThreadSanitizer: data race (pid=7)",
                "ThreadSanitizer",
                "data race",
            ),
            (
                "==7==WARNING: MemorySanitizer: use-of-uninitialized-value",
                "MemorySanitizer",
                "use-of-uninitialized-value",
            ),
            (
                "==7==ERROR: LeakSanitizer: detected memory leaks",
                "LeakSanitizer",
                "detected memory leaks",
            ),
            (
                "==7== ERROR: libFuzzer: deadly signal",
                "libFuzzer",
                "deadly signal",
            ),
            (
                "==7== ERROR: libFuzzer: timeout after 25 seconds",
                "libFuzzer",
                "timeout",
            ),
            (
                "Objects/a.c:1:2: runtime error: shift exponent 64 is too large",
                "UndefinedBehaviorSanitizer",
                "shift exponent 64 is too large",
            ),
            (
                "==7== Invalid read of size 8",
                "valgrind",
                "Invalid read of size 8",
            ),
            (
                "==7== Conditional jump or move depends on uninitialised value(s)",
                "valgrind",
                "Conditional jump or move depends on uninitialised value(s)",
            ),
        ] {
            let mut facts = Facts::default();
            look(text, &mut facts);
            let wanted = SanitizerError {
                tool: tool.to_owned(),
                error: error.to_owned(),
            };
            assert_eq!(facts.sanitizer_errors, [wanted], "{text}");
        }
        for text in [
            "AddressSanitizer:DEADLYSIGNAL",
            "built with AddressSanitizer",
            "==7== Memcheck, a memory error detector",
        ] {
            let mut facts = Facts::default();
            look(text, &mut facts);
            assert!(facts.sanitizer_errors.is_empty(), "{text}");
        }
    }
}
