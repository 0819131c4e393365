use proptest::prelude::*;

use super::super::{Change, Function, Language, compare, functions};

/// Text out of the pieces that the scanners look for, and any bytes between.
fn source() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        ";",
        "\n",
        "\n}",
        "\n{",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "/*",
        "*/",
        "//",
        "\\",
        "\\\n",
        "\n#if 0\n",
        "\n#if A\n",
        "\n#else\n",
        "\n#endif\n",
        "int f(a)",
        "A::",
        "operator",
        "operator()",
        "=",
        "struct s",
        "namespace x",
        "extern \"C\"",
        "\ndef f(x):",
        "\n  def g():",
        "\nclass A:",
        "\n@d",
        "async ",
        "def ",
        " ",
        "\t",
        "\r",
        "#",
        "~",
        ":",
        "(*f(",
        "S(f)(",
        "TARGET(",
        "dummy_func(){",
        "\ninst(A,",
        "\nreplicate(8",
        "\0",
        "é",
    ]);
    let bytes = prop_oneof![
        9 => pieces.prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(bytes, 0..60).prop_map(|pieces| pieces.concat())
}

fn check_table(text: &[u8], table: &[Function]) {
    let lines = text.split(|&byte| byte == b'\n').count();
    assert!(table.is_sorted_by_key(|function| function.lines.start));
    for Function {
        name,
        lines: of,
        bytes,
    } in table
    {
        assert!(!name.is_empty());
        assert!(of.start < of.end && of.end as usize <= lines, "{of:?}");
        assert!(
            bytes.start < bytes.end && bytes.end as usize <= text.len(),
            "{bytes:?}"
        );
    }
}

proptest! {
    #[test]
    fn tables_and_comparisons_hold(old in source(), new in source(), cap in 0_usize..5) {
        for language in [Language::C, Language::Python] {
            let tables = [&old, &new].map(|text| functions(language, text));
            check_table(&old, &tables[0]);
            check_table(&new, &tables[1]);
            let old = Some((&*old, &*tables[0]));
            let new = Some((&*new, &*tables[1]));
            prop_assert_eq!(compare(language, old, old, cap), Change::default());
            let change = compare(language, old, new, cap);
            prop_assert!(change.identifiers.len() <= cap && change.calls.len() <= cap);
            prop_assert!(change.functions.is_sorted() && change.identifiers.is_sorted());
            let added = compare(language, None, new, cap);
            prop_assert_eq!(added.removed, 0);
        }
    }
}
