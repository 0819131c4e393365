//! Variables, and the interpreter's own dictionaries, whose figures lie.

use super::{each, look_at};
use crate::support::interpreter::{Interpreter, SERIES};

const ITEMS: &str = "PyListObject.ob_item";
const COUNT: &str = "PyVarObject.ob_size";

#[test]
fn a_list_in_itself() {
    each(
        |process| {
            let items = process.image.get(process.list, ITEMS);
            process.image.put_words(items, &[process.list]);
        },
        &["local marks = [[...], 'north']\n"],
    );
}

#[test]
fn lists_of_any_length() {
    for count in [1_u64 << 60, u64::MAX] {
        let more = format!("...{} more]\n", count - 16);
        each(
            |process| process.image.set(process.list, COUNT, count),
            &["local marks = [270, 'north', ", &more],
        );
    }
    each(
        |process| {
            process.image.set(process.list, COUNT, 1 << 60);
            process.image.set(process.list, ITEMS, 0xdead_beef);
        },
        &["local marks = [<unreadable at 0xdeadbeef>]\n"],
    );
}

#[test]
fn strings_of_any_length() {
    for length in [1_u64 << 60, u64::MAX] {
        for series in SERIES {
            let mut process = Interpreter::new(series);
            let (member, unit) = if series == "2.7" {
                (COUNT, "bytes")
            } else {
                ("PyASCIIObject.length", "characters")
            };
            let name = process.image.string("north");
            process.image.set(name, member, length);
            let items = process.image.get(process.list, ITEMS);
            process.image.put_words(items, &[name]);
            let words = [
                "local marks = ['north\\x00",
                &format!("...({length} {unit}), 'north']"),
            ];
            look_at(series, &process, &words);
        }
    }
}

/// A process whose first variable, and `sys.modules`, is a dictionary of one item with many empty places behind it.
fn with_dict(series: &str) -> (Interpreter, u64) {
    let mut process = Interpreter::new(series);
    let image = &mut process.image;
    let (key, value) = (image.string("port"), image.string("left"));
    let dict = image.dict(&[(key, value)]);
    image.room(4 << 20);
    let items = image.get(process.list, ITEMS);
    image.put_words(items, &[dict]);
    let modules = "_is.imports.modules | _is.modules";
    image.set(process.interpreters[1], modules, dict);
    (process, dict)
}

/// The name of the thread is lost with `sys.modules`, and nothing else.
const NAMELESS: &str = "thread 1 (LWP 41), current, holds the GIL";

#[test]
fn dictionaries_of_any_size() {
    for size in [1_u64 << 60, u64::MAX] {
        let more = format!(
            "local marks = [{{'port': 'left', ...{} more}}, 'north']",
            size - 1
        );
        for series in SERIES {
            let (mut process, dict) = with_dict(series);
            let image = &mut process.image;
            image.set(dict, "PyDictObject.ma_used | _dictobject.ma_used", size);
            if series == "2.7" {
                image.set(dict, "_dictobject.ma_mask", size - 1);
            } else {
                let keys = image.get(dict, "PyDictObject.ma_keys");
                image.set(keys, "_dictkeysobject.dk_nentries", size);
            }
            look_at(series, &process, &[&more, NAMELESS]);
        }
    }
}

/// The logarithm of its size since 3.11, the size before.
#[test]
fn dictionaries_whose_entries_are_nowhere() {
    for series in SERIES.into_iter().filter(|series| *series != "2.7") {
        let (mut process, dict) = with_dict(series);
        let image = &mut process.image;
        let keys = image.get(dict, "PyDictObject.ma_keys");
        if image.find("_dictkeysobject.dk_size").is_some() {
            image.set(keys, "_dictkeysobject.dk_size", 1 << 60);
        } else {
            image.set_byte(keys, "_dictkeysobject.dk_log2_index_bytes", 255);
        }
        let shown = "local marks = [{<unreadable at 0x";
        look_at(series, &process, &[shown, NAMELESS]);
    }
}
