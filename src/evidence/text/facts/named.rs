//! What a text names beside its stacks: in a reporter's words, and in the code that shows the failure.

use std::sync::LazyLock;

use fixtrail_index::history::message::identifiers;
use regex::Regex;

use super::add;
use crate::evidence::Facts;
use crate::pattern::regex;

/// A name that is called, taken from a module or object, or imported.
static IN_CODE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?:^|[^A-Za-z0-9_./@\\-])((?:[A-Za-z_][A-Za-z0-9_]*\.)+[A-Za-z_][A-Za-z0-9_]*)",
        r"|(?:^|[^A-Za-z0-9_./@\\-])([A-Za-z_][A-Za-z0-9_]{2,})\(",
        r"|(?:^|[\s/])python[0-9.]*(?:\.exe)?\s(?:-[A-Za-z]\s)*-m\s([A-Za-z_][A-Za-z0-9_.]+)",
        r"|^\s*(?:>>> )?import\s+([A-Za-z_][A-Za-z0-9_.]*)",
        r"|^\s*(?:>>> )?from\s+([A-Za-z_][A-Za-z0-9_.]*)\s+import\s+([A-Za-z_][A-Za-z0-9_]*)"
    ))
});

static OBJECT_TYPE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?-u)^\s*object type name: ([A-Za-z_][A-Za-z0-9_.]*)\s*$"));

/// Lines that tools print: banners, lists of modules, what a journal knows of a process, addresses.
static PRINTED: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)build-id|libthread_db|\[New |\[Thread |^\s*Module |0x[0-9a-f]{4}|^warning: |Section `|^Core was|",
        r"^Reading symbols|^\s*(?:PID|UID|GID|Signal|Timestamp|Command Line|Executable|Control Group|Unit|Slice|Boot ID|Machine ID|",
        r"Hostname|Storage|Message|Disk Size|Package|Owner UID|User Unit|Session|Size on Disk):|^Extension modules:|^Program (?:terminated|received)|",
        r"ELF object binary|^Python runtime state|^\[Current thread|^Fatal Python error|^Missing separate|site-packages"
    ))
});

/// A long log names much, and little of it has to do with the failure; the first names are those of who wrote of it.
const MOST: usize = 100;

/// File names look like attributes.
const FILES: [&str; 12] = [
    "py", "c", "h", "so", "txt", "pyc", "cpp", "rst", "exe", "dll", "com", "org",
];

/// Looks at a line outside of all stacks.
pub(super) fn look(text: &str, facts: &mut Facts) {
    if let Some(hit) = OBJECT_TYPE.captures(text) {
        add(&mut facts.object_types, hit[1].to_owned());
        return;
    }
    if facts.named.len() >= MOST || PRINTED.is_match(text) {
        return;
    }
    for hit in IN_CODE.captures_iter(text) {
        for name in (1..hit.len()).filter_map(|at| hit.get(at)) {
            add_name(name.as_str(), facts);
        }
    }
    if !text.contains('/') {
        for name in identifiers(text) {
            add_name(&name, facts);
        }
    }
}

fn add_name(name: &str, facts: &mut Facts) {
    let last = name.rsplit('.').next().unwrap_or(name);
    let file = name.contains('.') && FILES.contains(&last);
    if !file && name.len() > 2 && !name.starts_with("self.") {
        add(&mut facts.named, name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_words_and_code() {
        for (text, expected) in [
            (
                "t = _asyncio._swap_current_task(l, None)",
                &[
                    "_asyncio._swap_current_task",
                    "_swap_current_task",
                    "_asyncio",
                ][..],
            ),
            ("import _imp", &["_imp"]),
            ("$ python3.12 -I -m tokenize t.py", &["tokenize"]),
            (">>> from ctypes import Structure", &["ctypes", "Structure"]),
            ("compile(code, '<string>', 'exec')", &["compile"]),
            (
                "it crashes in PyObject_Repr when called",
                &["PyObject_Repr"],
            ),
            ("see /usr/lib/python3.9/json/decoder.py", &[]),
            (
                "                Module libz.so.1 with build-id 1f95d5498d",
                &[],
            ),
            ("it hangs", &[]),
        ] {
            let mut facts = Facts::default();
            look(text, &mut facts);
            let missing: Vec<_> = expected
                .iter()
                .filter(|name| !facts.named.iter().any(|known| known == *name))
                .collect();
            assert!(
                missing.is_empty() && (expected.is_empty() == facts.named.is_empty()),
                "{text}: {:?}",
                facts.named
            );
        }
        let mut facts = Facts::default();
        look("object type name: _lsprof.Profiler", &mut facts);
        assert_eq!(
            (facts.object_types, facts.named),
            (vec!["_lsprof.Profiler".to_owned()], vec![])
        );
    }
}
