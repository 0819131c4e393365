//! Objects as they are, and as damage leaves them.

use proptest::prelude::*;

use super::repr::Limits;
use super::testing::{BASE, Heap, NOWHERE};
use super::types::flags;

const LIMITS: Limits = Limits {
    depth: 3,
    elements: 4,
    text: 10,
    total: 200,
};

const NEW: (u32, u32) = (3, 13);

fn repr(heap: &Heap, object: u64) -> String {
    heap.read(|python| python.repr(object, LIMITS))
}

#[test]
fn containers() {
    let mut heap = Heap::new(NEW);
    let none = heap.none();
    let text = heap.str("a'b");
    let empty = heap.list(&[]);
    let one = heap.tuple(&[none]);
    let two = heap.tuple(&[text, one]);
    let dict = heap.dict(&[(text, two), (text, empty)]);
    assert_eq!(repr(&heap, dict), r#"{"a'b": ("a'b", (None,)), "a'b": []}"#);
    let many = heap.list(&[none; 9]);
    assert_eq!(repr(&heap, many), "[None, None, None, None, ...5 more]");
    let unfilled = heap.list(&[none, 0]);
    assert_eq!(repr(&heap, unfilled), "[None, <NULL>]");
    let base = heap.class("list", flags::LIST);
    let class = heap.subclass("Stack", base, flags::LIST);
    let items = heap.words(&[none]);
    let derived = heap.object(class, &[1, items]);
    assert_eq!(repr(&heap, derived), "module.Stack([None])");
    let plain = heap.subclass("Plain", base, 0);
    let root = heap.class("object", 0);
    heap.set(plain + 56, root);
    let object = heap.object(plain, &[]);
    let expected = format!("<module.Plain object at {object:#x}>");
    assert_eq!(repr(&heap, object), expected);
}

#[test]
fn sets() {
    let mut heap = Heap::new(NEW);
    let text = heap.str("x");
    let class = heap.class("set", 0);
    // The second key was taken out.
    let table = heap.words(&[0, 0, text, u64::MAX, text, 5, 0, 0]);
    let set = heap.object(class, &[1, 3, table]);
    assert_eq!(repr(&heap, set), "{'x'}");
    let frozen = heap.class("frozenset", 0);
    let frozen = heap.object(frozen, &[1, 3, table]);
    assert_eq!(repr(&heap, frozen), "frozenset({'x'})");
    let empty = heap.object(class, &[0, 3, table]);
    assert_eq!(repr(&heap, empty), "set()");
    let endless = heap.object(class, &[u64::MAX, u64::MAX - 1, table]);
    let text = repr(&heap, endless);
    assert!(text.starts_with("{'x'") && text.len() < 300, "{text}");
}

#[test]
fn circles_and_depth() {
    let mut heap = Heap::new(NEW);
    let list = heap.list(&[0]);
    let items = heap.words(&[list]);
    heap.set(list + 24, items);
    assert_eq!(repr(&heap, list), "[[...]]");
    let dict = heap.dict(&[(list, list)]);
    let keys = heap.keys(&[(list, dict)]);
    heap.set(dict + 24, keys);
    assert_eq!(repr(&heap, dict), "{[[...]]: {...}}");
    let none = heap.none();
    let mut deep = heap.list(&[none]);
    for _ in 0..9 {
        deep = heap.list(&[deep]);
    }
    assert_eq!(repr(&heap, deep), "[[[[...]]]]");
    let exception = heap.exception("ValueError", &[none]);
    heap.set(exception + 16, exception);
    assert!(repr(&heap, exception).len() < 300);
}

#[test]
fn damage_is_said() {
    let mut heap = Heap::new(NEW);
    let none = heap.none();
    let nowhere = format!("<unreadable at {NOWHERE:#x}>");
    assert_eq!(repr(&heap, NOWHERE), nowhere);
    assert_eq!(repr(&heap, 0), "<unreadable at 0x0>");
    let list = heap.list(&[none, NOWHERE, 3]);
    assert_eq!(
        repr(&heap, list),
        format!("[None, {nowhere}, <unreadable at 0x0>]")
    );
    heap.set(list + 16, 1 << 60);
    let text = repr(&heap, list);
    assert!(text.ends_with(", ...1152921504606846972 more]"), "{text}");
    heap.set(list + 24, NOWHERE);
    assert_eq!(repr(&heap, list), format!("[{nowhere}]"));
    heap.set(list + 24, u64::MAX - 3);
    assert!(repr(&heap, list).starts_with("[<unreadable at 0x"));
    let text = heap.str("0123456789abc");
    assert_eq!(repr(&heap, text), "'0123456789'...(13 characters)");
    heap.set(text + 16, 1 << 60);
    let expected = "'0123456789'...(1152921504606846976 characters)";
    assert_eq!(repr(&heap, text), expected);
    let dict = heap.dict(&[(none, none)]);
    heap.set(dict + 24, NOWHERE);
    assert_eq!(repr(&heap, dict), format!("{{<unreadable at {dict:#x}>}}"));
    // What an object has for its type must be one.
    let object = heap.object(none, &[]);
    assert_eq!(repr(&heap, object), format!("<unreadable at {object:#x}>"));
}

#[test]
fn marked_references() {
    let mut heap = Heap::new((3, 14));
    let none = heap.none();
    let text = heap.str("short");
    assert_eq!(repr(&heap, none | 1), "None");
    assert_eq!(repr(&heap, text), "'short'");
    // 5 and -5 without objects.
    assert_eq!(repr(&heap, 5 << 2 | 3), "5");
    assert_eq!(repr(&heap, (-5_i64 << 2 | 3).cast_unsigned()), "-5");
}

fn damaged() -> (Heap, u64) {
    let mut heap = Heap::new(NEW);
    let none = heap.none();
    let text = heap.str("text");
    let int = heap.int(true, &[1, 2, 3]);
    let dict = heap.dict(&[(text, int), (text, none)]);
    let exception = heap.exception("KeyError", &[text, dict]);
    let list = heap.list(&[exception, dict]);
    let base = heap.class("list", flags::LIST);
    let class = heap.subclass("Stack", base, flags::LIST);
    let items = heap.words(&[list, dict]);
    let derived = heap.object(class, &[2, items]);
    let all = heap.tuple(&[dict, list, derived, exception]);
    (heap, all)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a few words are, a text is bounded.
    #[test]
    fn any_damage(damage in prop::collection::vec((any::<u64>(), any::<u64>(), any::<bool>()), 1..20)) {
        let (mut heap, all) = damaged();
        let size = heap.size();
        for (place, word, inside) in damage {
            // Half of them lead to other objects.
            let word = if inside { BASE + word % size * 8 } else { word >> (place % 64) };
            heap.damage(place, word);
        }
        let text = repr(&heap, all);
        prop_assert!(text.len() < 4000, "{text}");
        heap.read(|python| {
            for object in (0..size).map(|number| BASE + number * 8) {
                let _ = python.attribute(object, "text");
                let _ = python.int_value(object);
            }
        });
    }
}
