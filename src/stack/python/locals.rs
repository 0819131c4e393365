//! Arguments and local variables of a frame.

use std::collections::{HashMap, HashSet};

use super::cpython::Cpython;
use super::layout::Field;
use super::objects::repr::Limits;
use crate::evidence::Argument;

/// Variables of a frame that are shown.
const MOST_VARIABLES: usize = 200;

/// Variables of code that are looked through.
const MOST_SLOTS: u64 = 4096;

/// `CO_*` of `co_flags` (`Include/code.h`).
mod code_flags {
    /// `*args`.
    pub(super) const VARARGS: i32 = 0x4;
    /// `**kwargs`.
    pub(super) const VARKEYWORDS: i32 = 0x8;
}

/// `CO_FAST_*` of `co_localspluskinds` (`Include/internal/pycore_code.h` of v3.11.7 and v3.12.1).
mod kinds {
    /// Since 3.12: a variable of a comprehension that runs in the frame around it.
    pub(super) const HIDDEN: u8 = 0x10;
    /// In a cell, which functions share.
    pub(super) const CELL: u8 = 0x40;
    /// In a cell of an enclosing function.
    pub(super) const FREE: u8 = 0x80;
}

/// The variables of a frame that have a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Locals {
    /// The arguments first, in the order of the signature (`*args` behind the keyword-only ones, then `**kwargs`), then local
    /// variables, then those of enclosing functions. At most 200. Values are as [`Cpython::repr`] gives them.
    pub(super) variables: Vec<Argument>,
    /// How many of them are arguments.
    pub(super) arguments: usize,
    /// Whether there are more.
    pub(super) cut: bool,
}

/// The variables of a frame: `frame` is the address of the frame object up to 3.10, of the `_PyInterpreterFrame` later, `code`
/// that of its code object. Code of a module or class has none: its variables are items of a dictionary.
pub(super) fn locals(python: &Cpython<'_, '_>, frame: u64, code: u64) -> Locals {
    let mut slots = slots(python, code).unwrap_or_default();
    // Up to 3.10 an argument that inner functions use has its place behind the local variables.
    slots.sort_by_key(|slot| slot.argument.unwrap_or(u64::MAX));
    let mut locals = Locals::default();
    for slot in slots {
        let Some(value) = value(python, frame, &slot) else {
            continue;
        };
        if locals.variables.len() == MOST_VARIABLES {
            locals.cut = true;
            break;
        }
        locals.arguments += usize::from(slot.argument.is_some());
        locals.variables.push(Argument {
            name: slot.name,
            value: python.repr(value, Limits::VARIABLE),
        });
    }
    locals
}

/// A place for a variable in a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    name: String,
    number: u64,
    /// Whether a cell holds the value.
    in_cell: bool,
    /// Its place in the signature, if it is an argument.
    argument: Option<u64>,
}

/// The places that code has for variables, as they stand in its frames.
fn slots(python: &Cpython<'_, '_>, code: u64) -> Option<Vec<Slot>> {
    let count = argument_count(python, code)?;
    let names = names(python, code, Field::CodeVariables)?;
    if python.series >= (3, 11) {
        return slots_by_kind(python, code, &names, count);
    }
    let cells = names_or_none(python, code, Field::CodeCells);
    let free = names_or_none(python, code, Field::CodeFree);
    Some(slots_in_three(&names, &cells, &free, count))
}

/// Up to 3.10 local variables stand first, then those in cells, then those in cells of enclosing functions.
fn slots_in_three(names: &[String], cells: &[String], free: &[String], count: u64) -> Vec<Slot> {
    let arguments: HashMap<&String, u64> = names.iter().zip(0..count).collect();
    let shared: HashSet<&String> = cells.iter().collect();
    let in_cells = cells.iter().chain(free).map(|name| (name, true));
    let all = names.iter().map(|name| (name, false)).chain(in_cells);
    // An argument that moved to a cell is left in its old place by 2.7.
    let current = (0..).zip(all);
    let current = current.filter(|(_, (name, in_cell))| *in_cell || !shared.contains(name));
    let slot = |(number, (name, in_cell)): (u64, (&String, bool))| Slot {
        name: name.clone(),
        number,
        in_cell,
        argument: arguments.get(name).copied(),
    };
    current.map(slot).collect()
}

/// Since 3.11 all names stand in one tuple, and a byte tells of each what it is.
fn slots_by_kind(
    python: &Cpython<'_, '_>,
    code: u64,
    names: &[String],
    count: u64,
) -> Option<Vec<Slot>> {
    let bytes = python.pointer(code, Field::CodeVariableKinds)?;
    let bytes = python.at(bytes, Field::BytesData)?;
    let bytes = python.memory.bytes(bytes, names.len());
    let slots = (0..).zip(names).zip(bytes);
    let slots = slots.filter(|(_, kind)| kind & kinds::HIDDEN == 0);
    let slot = |((number, name), kind): ((u64, &String), u8)| Slot {
        name: name.clone(),
        number,
        in_cell: kind & (kinds::CELL | kinds::FREE) != 0,
        argument: (number < count).then_some(number),
    };
    Some(slots.map(slot).collect())
}

/// How many of the first variables are arguments.
fn argument_count(python: &Cpython<'_, '_>, code: u64) -> Option<u64> {
    let count = |field| u64::try_from(python.int(code, field)?).ok();
    let flags = python.int(code, Field::CodeFlags)?;
    let collecting = [code_flags::VARARGS, code_flags::VARKEYWORDS];
    let collecting = collecting.iter().filter(|&&flag| flags & flag != 0).count();
    // 2.7 has none that are keyword-only.
    let keyword_only = count(Field::CodeKeywordArguments).unwrap_or(0);
    Some(count(Field::CodeArguments)? + keyword_only + collecting as u64)
}

/// The names in a tuple of a code object, up to one that cannot be read.
fn names(python: &Cpython<'_, '_>, code: u64, field: Field) -> Option<Vec<String>> {
    let tuple = python.pointer(code, field)?;
    let count = python.word(tuple, Field::ObjectCount)?.min(MOST_SLOTS);
    let first = python.at(tuple, Field::TupleItems)?;
    let name = |place: u64| python.string(python.memory.pointer(first.checked_add(place * 8)?)?);
    Some((0..count).map_while(name).collect())
}

fn names_or_none(python: &Cpython<'_, '_>, code: u64, field: Field) -> Vec<String> {
    names(python, code, field).unwrap_or_default()
}

/// What a variable refers to; `None` where it is not set.
fn value(python: &Cpython<'_, '_>, frame: u64, slot: &Slot) -> Option<u64> {
    let first = if python.series >= (3, 11) {
        Field::CodeFrameLocals
    } else {
        Field::FrameLocals
    };
    let place = python.at(frame, first)?.checked_add(slot.number * 8)?;
    let reference = python.memory.pointer(place)?;
    let object = python.unmarked(reference);
    // A frame that has only begun has not made its cells yet.
    if slot.in_cell && python.type_name(object).as_deref() == Some("cell") {
        return python.pointer(object, Field::CellContents);
    }
    // The null reference of 3.14 has a mark.
    (object != 0).then_some(reference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::python::objects::testing::{Heap, NOWHERE};

    fn shown(heap: &Heap, frame: u64, code: u64) -> (Vec<String>, usize) {
        let locals = heap.read(|python| locals(python, frame, code));
        let variables = locals.variables.iter();
        let variables = variables.map(|variable| format!("{}={}", variable.name, variable.value));
        (variables.collect(), locals.arguments)
    }

    fn tuple(heap: &mut Heap, names: &[&str]) -> u64 {
        let names: Vec<u64> = names.iter().map(|name| heap.str(name)).collect();
        heap.tuple(&names)
    }

    #[test]
    fn variables_by_kind() {
        let mut heap = Heap::new((3, 13));
        let names = tuple(&mut heap, &["a", "rest", "unset", "b", "hidden", "free"]);
        // `bytes`, of which only the content is read.
        let kinds = heap.bytes(&[&[0; 24][..], &[0x60, 0x20, 0x20, 0x20, 0x30, 0x80]].concat());
        let count_and_keyword_only = 1;
        let flags = u64::from(code_flags::VARARGS.cast_unsigned());
        let code = heap.words(&[0, 0, names, kinds, 0, count_and_keyword_only, flags]);
        let value = heap.str("value");
        let class = heap.class("cell", 0);
        let cell = heap.object(class, &[value]);
        let frame = heap.words(&[0, cell, value, 1, NOWHERE, value, cell]);
        let (variables, arguments) = shown(&heap, frame, code);
        let expected = [
            "a='value'",
            "rest='value'",
            "b=<unreadable at 0x70000000>",
            "free='value'",
        ];
        assert_eq!(
            (variables.as_slice(), arguments),
            (&expected.map(str::to_owned)[..], 2)
        );
        let empty = heap.object(class, &[0]);
        heap.set(frame + 8, empty);
        assert_eq!(shown(&heap, frame, code).0.len(), 3);
    }

    #[test]
    fn variables_of_three_tuples() {
        let mut heap = Heap::new((3, 10));
        let names = tuple(&mut heap, &["in_cell", "b", "local"]);
        let cells = tuple(&mut heap, &["in_cell", "shared"]);
        let free = tuple(&mut heap, &["outer"]);
        let code = heap.words(&[0, 0, names, cells, free, 1 | 1 << 32, 0]);
        let class = heap.class("cell", 0);
        let cells = ["A", "S", "O"].map(|text| {
            let text = heap.str(text);
            heap.object(class, &[text])
        });
        let text = heap.str("B");
        let frame = heap.words(&[0, 0, text, 0, cells[0], cells[1], cells[2]]);
        let expected = ["in_cell='A'", "b='B'", "shared='S'", "outer='O'"];
        let expected = (expected.map(str::to_owned).to_vec(), 2);
        assert_eq!(shown(&heap, frame, code), expected);
    }

    #[test]
    fn damaged_code() {
        let mut heap = Heap::new((3, 13));
        let text = heap.str("value");
        let names: Vec<u64> = (0..MOST_VARIABLES + 9).map(|_| text).collect();
        let names = heap.tuple(&names);
        let kinds = heap.bytes(&[0x20; 999]);
        let code = heap.words(&[0, 0, names, kinds, 0, u64::MAX, 0]);
        let frame = heap.words(&[text; 999]);
        assert_eq!(shown(&heap, frame, code), (Vec::new(), 0));
        heap.set(code + 40, 0);
        let found = heap.read(|python| locals(python, frame, code));
        assert_eq!((found.variables.len(), found.cut), (MOST_VARIABLES, true));
        heap.set(names + 16, u64::MAX);
        assert!(
            heap.read(|python| locals(python, NOWHERE, code))
                .variables
                .is_empty()
        );
    }
}
