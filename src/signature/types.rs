//! The types of Python objects that gdb's pretty-printers name in arguments.

use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::text::Argument;
use crate::pattern::regex;

/// `<_io.StringIO at remote 0x7f1b>`, and the repr of an exception: `NameError("...",)`.
static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"<([A-Za-z_][\w.]*)(?: \(([\w.]+)\))?(?: object)? at (?:remote )?0x|<([A-Za-z_]\w*\.[\w.]+)\(|\b([A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt))\(",
    )
});

/// More say nothing new.
const MOST: usize = 8;

/// The types of arguments whose values name one.
pub(super) fn types(arguments: &[Argument]) -> Vec<String> {
    let hits = arguments
        .iter()
        .flat_map(|argument| TYPE.captures_iter(&argument.value))
        .flat_map(|hit| hit.iter().skip(1).flatten().collect::<Vec<_>>())
        .map(|hit| hit.as_str().to_owned());
    let mut found: Vec<String> = Vec::new();
    for name in hits {
        if found.len() < MOST && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_name_their_type() {
        for (value, expected) in [
            ("<_io.StringIO at remote 0x7f1b>", Some("_io.StringIO")),
            ("<A at remote 0x7f49>", Some("A")),
            ("<SemLock object at 0x7f0a>", Some("SemLock")),
            (
                "<collections.deque object at remote 0x1>",
                Some("collections.deque"),
            ),
            ("NameError(\"name 'x'\",)", Some("NameError")),
            (
                "Frame 0x7d, for file a.py, line 4, in f (x=<_sre.SRE_Pattern at remote 0x7f>)",
                Some("_sre.SRE_Pattern"),
            ),
            (
                "<itertools.pairwise(a=1) at remote 0x7f>",
                Some("itertools.pairwise"),
            ),
            ("<optimized out>", None),
            ("0x7f49", None),
        ] {
            let argument = Argument {
                name: "x".to_owned(),
                value: value.to_owned(),
            };
            assert_eq!(
                types(&[argument]).first().map(String::as_str),
                expected,
                "{value}"
            );
        }
    }
}
