//! The types of Python objects in arguments, as gdb's pretty-printers name them, and those of a core's.

use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::text::Argument;
use crate::pattern::regex;

/// gdb's `<_io.StringIO at remote 0x7f1b>` and `<itertools.pairwise(a=1) at remote 0x7f1b>`, a core's
/// `<__main__.Lock (_multiprocessing.SemLock) object at 0x7f1b>`, and the repr of an exception: `NameError("...",)`.
static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"<([A-Za-z_][\w.]*)(?: \(([\w.]+)\))?(?: object)? at (?:remote )?0x|<([A-Za-z_]\w*\.[\w.]+)\(|\b([A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt))\(",
    )
});

/// More say nothing new.
const MOST: usize = 8;

/// The types that the values of arguments name, each once, in the order of the arguments.
pub(super) fn types(arguments: &[Argument]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let values = arguments.iter().map(|argument| &argument.value);
    for hit in values.flat_map(|value| TYPE.captures_iter(value)) {
        for name in hit.iter().skip(1).flatten().map(|name| name.as_str()) {
            if found.len() < MOST && !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
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

    #[test]
    fn a_type_and_what_it_derives_from() {
        let lock = "<__main__.Lock (_multiprocessing.SemLock) object at 0x7f1b>";
        let arguments = [lock, lock, "<A at remote 0x7f49>"].map(|value| Argument {
            name: "x".to_owned(),
            value: value.to_owned(),
        });
        assert_eq!(
            types(&arguments),
            ["__main__.Lock", "_multiprocessing.SemLock", "A"]
        );
    }
}
