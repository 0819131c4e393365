//! The types of Python objects that gdb's pretty-printers name in arguments.

use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::text::Argument;
use crate::pattern::regex;

/// `<_io.StringIO at remote 0x7f1b>`, and the repr of an exception: `NameError("...",)`.
static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:<([A-Za-z_][\w.]*)(?: object)? at remote 0x|([A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt))\()",
    )
});

/// More say nothing new.
const MOST: usize = 8;

/// The types of arguments whose values name one.
pub(super) fn types(arguments: &[Argument]) -> Vec<String> {
    let hits = arguments.iter().filter_map(|argument| {
        let hit = TYPE.captures(&argument.value)?;
        Some(hit.get(1).or_else(|| hit.get(2))?.as_str().to_owned())
    });
    hits.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_name_their_type() {
        for (value, expected) in [
            ("<_io.StringIO at remote 0x7f1b>", Some("_io.StringIO")),
            ("<A at remote 0x7f49>", Some("A")),
            (
                "<collections.deque object at remote 0x1>",
                Some("collections.deque"),
            ),
            ("NameError(\"name 'x'\",)", Some("NameError")),
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
