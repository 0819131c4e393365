use super::super::{Change, Language, compare, functions};

fn change(language: Language, old: &str, new: &str) -> Change {
    let tables = [old, new].map(|text| functions(language, text.as_bytes()));
    let old = Some((old.as_bytes(), &*tables[0]));
    let new = Some((new.as_bytes(), &*tables[1]));
    compare(language, old, new, 100)
}

const OLD: &str = "int a(void)\n{\n    return old_name;\n}\n\nint b(void)\n{\n    return 2;\n}\n";

#[test]
fn changed_lines_name_their_function() {
    let new = OLD.replace("old_name", "new_call(arg, x)");
    let change = change(Language::C, OLD, &new);
    assert_eq!(change.functions, ["a"]);
    assert_eq!(change.identifiers, ["arg", "old_name"]);
    assert_eq!(change.calls, ["new_call"]);
    assert_eq!((change.added, change.removed, change.cut), (1, 1, false));
}

#[test]
fn added_function_leaves_neighbours_unchanged() {
    let new = OLD.replace("int b", "int c(void)\n{\n    return 3;\n}\n\nint b");
    assert_eq!(change(Language::C, OLD, &new).functions, ["c"]);
    assert_eq!(change(Language::C, &new, OLD).functions, ["c"]);
}

#[test]
fn moved_function_is_no_change() {
    let (a, b) = OLD.split_at(OLD.find("int b").expect("b is in the source"));
    let change = change(Language::C, OLD, &format!("{b}\n{a}"));
    assert!(
        change.functions.is_empty() && change.identifiers.is_empty(),
        "{change:?}"
    );
}

#[test]
fn white_space_is_no_change() {
    let new = OLD
        .replace("    return", "\n\treturn")
        .replace("(void)", "( void )");
    assert_eq!(change(Language::C, OLD, &new), Change::default());
    // In a string it is.
    let quoted = OLD.replace("old_name", "\"a b\"");
    let new = quoted.replace("a b", "ab");
    assert_eq!(change(Language::C, &quoted, &new).functions, ["a"]);
}

#[test]
fn indentation_counts_in_python() {
    let old = "def f():\n    if x:\n        a()\n        b()\n";
    let tabs = old.replace("        ", "\t");
    assert_eq!(change(Language::Python, old, &tabs), Change::default());
    let new = old.replace("        b()", "    b()");
    assert_eq!(change(Language::Python, old, &new).functions, ["f"]);
}

#[test]
fn innermost_function_counts() {
    let old = "class A:\n    x = 1\n    def f(self):\n        return 1\n";
    let inner = old.replace("return 1", "return 2");
    assert_eq!(change(Language::Python, old, &inner).functions, ["A.f"]);
    let outer = old.replace("x = 1", "x = 2");
    assert_eq!(change(Language::Python, old, &outer).functions, ["A"]);
}

#[test]
fn file_added_or_removed_lists_all() {
    let table = functions(Language::C, OLD.as_bytes());
    let version = Some((OLD.as_bytes(), &*table));
    let added = compare(Language::C, None, version, 100);
    assert_eq!(added.functions, ["a", "b"]);
    assert_eq!((added.added, added.removed), (8, 0));
    let removed = compare(Language::C, version, None, 0);
    assert_eq!(removed.functions, ["a", "b"]);
    assert!(removed.cut && removed.identifiers.is_empty() && removed.calls.is_empty());
    assert_eq!(compare(Language::C, None, None, 0), Change::default());
}
