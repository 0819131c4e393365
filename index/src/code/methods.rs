//! Which C functions stand behind which Python names, as CPython's tables of methods, members and slots say.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// `{"sort", (PyCFunction)list_sort, ...}`, Argument Clinic's `{"sort", _PyCFunction_CAST(list_sort), ...}`, and
/// `{"f_lineno", (getter)frame_getlineno, (setter)frame_setlineno, ...}`.
static TABLE: LazyLock<Regex> = LazyLock::new(|| {
    let cast = r"(?:\((?:PyCFunction|getter|setter)\)\s*)?(?:\(void\s*\(\*\)\(void\)\)\s*)?(?:_?Py\w*CAST\()?\s*";
    regex(&format!(
        r#"\{{\s*"([A-Za-z_]\w*)"\s*,\s*{cast}([A-Za-z_]\w*)\)?\s*,\s*(?:{cast}([A-Za-z_]\w*))?"#
    ))
});

/// `(iternextfunc)proxy_iternext, /* tp_iternext */` of a type written in order.
static IN_ORDER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"([A-Za-z_]\w*)\s*,\s*/\*\s*((?:tp|nb|sq|mp|am|bf)_\w+)\s*\*/"));

/// `{Py_tp_iternext, proxy_iternext}` of a heap type, and `.tp_iternext = proxy_iternext`.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:\{\s*Py_|\.)((?:tp|nb|sq|mp|am|bf)_\w+)\s*[,=]\s*(?:\(\s*\w+\s*\**\)\s*)?([A-Za-z_]\w*)",
    )
});

/// `"_multiprocessing.SemLock", /* tp_name */`, `.tp_name = "SemLock"`, and `.name = "_sre.SRE_Pattern"` of a specification.
static TYPE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r#"(?:\.(?:tp_)?name\s*=\s*"(?:\w+\.)*(\w+)"|"(?:\w+\.)*(\w+)"\s*,\s*/\*\s*tp_name)"#)
});

/// Python's names for the slots, as `Objects/typeobject.c` (3.12, `slotdefs`) pairs them; those of operators that do
/// not crash are left out.
const SLOTS: &[(&str, &[&str])] = &[
    ("tp_call", &["__call__"]),
    ("tp_dealloc", &["__del__"]),
    ("tp_descr_get", &["__get__"]),
    ("tp_descr_set", &["__set__", "__delete__"]),
    ("tp_finalize", &["__del__"]),
    ("tp_getattro", &["__getattribute__"]),
    ("tp_hash", &["__hash__"]),
    ("tp_init", &["__init__"]),
    ("tp_iter", &["__iter__"]),
    ("tp_iternext", &["__next__"]),
    ("tp_new", &["__new__"]),
    ("tp_repr", &["__repr__"]),
    ("tp_setattro", &["__setattr__", "__delattr__"]),
    ("tp_str", &["__str__"]),
    ("mp_ass_subscript", &["__setitem__", "__delitem__"]),
    ("mp_length", &["__len__"]),
    ("mp_subscript", &["__getitem__"]),
    ("sq_ass_item", &["__setitem__", "__delitem__"]),
    ("sq_contains", &["__contains__"]),
    ("sq_item", &["__getitem__"]),
    ("sq_length", &["__len__"]),
    ("am_send", &["send"]),
    ("bf_getbuffer", &["__buffer__"]),
    ("bf_releasebuffer", &["__release_buffer__"]),
];

fn regex(pattern: &str) -> Regex {
    #[expect(
        clippy::unwrap_used,
        reason = "the patterns are constants that the tests compile"
    )]
    Regex::new(&format!("(?-u){pattern}")).unwrap()
}

/// Pairs of a Python name and a C function, in the order of the text, repeats included.
pub(super) fn methods(text: &[u8]) -> Vec<(String, String)> {
    let word = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut found = Vec::new();
    for hit in TABLE.captures_iter(text) {
        for function in [hit.get(2), hit.get(3)].into_iter().flatten() {
            let function = word(function.as_bytes());
            // Flags and empty slots stand at the same place.
            if function != "NULL" && !function.starts_with("METH_") {
                found.push((word(&hit[1]), function));
            }
        }
    }
    let in_order = IN_ORDER
        .captures_iter(text)
        .map(|hit| (word(&hit[2]), word(&hit[1])));
    let named = NAMED
        .captures_iter(text)
        .map(|hit| (word(&hit[1]), word(&hit[2])));
    for (slot, function) in in_order.chain(named) {
        let names = SLOTS.iter().find(|(name, _)| *name == slot);
        let names = names.map(|(_, names)| *names).unwrap_or_default();
        found.extend(
            names
                .iter()
                .map(|name| ((*name).to_owned(), function.clone())),
        );
    }
    found
}

/// Names of the types that a file defines, without their modules.
pub(super) fn types(text: &[u8]) -> Vec<String> {
    let hits = TYPE.captures_iter(text);
    let names = hits.filter_map(|hit| Some(hit.get(1).or_else(|| hit.get(2))?.as_bytes().to_vec()));
    names
        .map(|name| String::from_utf8_lossy(&name).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_every_style() {
        let pairs = |text: &str| -> Vec<String> {
            let found = methods(text.as_bytes()).into_iter();
            found
                .map(|(name, function)| format!("{name}={function}"))
                .collect()
        };
        for (text, expected) in [
            (
                r#"{"sort", (PyCFunction)list_sort, METH_O}"#,
                &["sort=list_sort"][..],
            ),
            (
                r#"{"sort", (PyCFunction)(void(*)(void))list_sort, METH_FASTCALL"#,
                &["sort=list_sort"],
            ),
            (
                r#"{"sort", _PyCFunction_CAST(list_sort), METH_FASTCALL"#,
                &["sort=list_sort"],
            ),
            (
                r#"{"template", _sre_template, METH_O}"#,
                &["template=_sre_template"],
            ),
            (
                r#"{"f_lineno", (getter)frame_get, (setter)frame_set, NULL}"#,
                &["f_lineno=frame_get", "f_lineno=frame_set"],
            ),
            (
                r#"{ "raw", NULL, (setter)CharArray_set_raw, "doc" }"#,
                &["raw=CharArray_set_raw"],
            ),
            (
                "(iternextfunc)proxy_iternext,   /* tp_iternext */",
                &["__next__=proxy_iternext"],
            ),
            (
                "{Py_tp_iternext, pairwise_next},",
                &["__next__=pairwise_next"],
            ),
            (".tp_iternext = (iternextfunc)a_next,", &["__next__=a_next"]),
            ("0, /* tp_print */", &[]),
        ] {
            assert_eq!(pairs(text), expected, "{text}");
        }
    }

    #[test]
    fn types_of_every_style() {
        let text = br#"
            .tp_name = "_multiprocessing.SemLock",
            .name = "_sre.SRE_Pattern",
            "collections.deque",  /* tp_name */
            .name = NULL,
        "#;
        assert_eq!(types(text), ["SemLock", "SRE_Pattern", "deque"]);
    }
}
