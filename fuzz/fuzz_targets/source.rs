//! Two versions of a C or Python file: their functions, and what changed.
#![no_main]

use fixtrail_index::history::source::{Language, compare, functions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Where the input has a NUL byte, it parts the two versions.
    let middle = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len() / 2);
    let (old, new) = bytes.split_at(middle);
    for language in [Language::C, Language::Python] {
        let (of_old, of_new) = (functions(language, old), functions(language, new));
        for (text, functions) in [(old, &of_old), (new, &of_new)] {
            for function in functions {
                assert!(!function.name.is_empty());
                assert!(function.bytes.start < function.bytes.end);
                assert!(function.bytes.end as usize <= text.len());
                assert!(function.lines.start < function.lines.end);
            }
        }
        let change = compare(language, Some((old, &of_old)), Some((new, &of_new)), 1000);
        assert!(
            change.functions.is_sorted()
                && change.identifiers.is_sorted()
                && change.calls.is_sorted()
        );
        let same = compare(language, Some((new, &of_new)), Some((new, &of_new)), 1000);
        assert!(same.functions.is_empty() && same.added == 0 && same.removed == 0);
        drop(compare(language, None, Some((new, &of_new)), 1000));
        drop(compare(language, Some((old, &of_old)), None, 1000));
    }
});
