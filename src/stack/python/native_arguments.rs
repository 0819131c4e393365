//! What Python objects native functions were called with.

use std::collections::HashMap;

use serde::Serialize;

use super::Interpreters;
use super::cpython::Cpython;
use super::layout::Field;
use crate::evidence::Argument;
use crate::stack::Frame;

/// The arguments of as many frames of a thread are looked at, innermost first.
const MOST_FRAMES: usize = 500;

/// No object has more references, immortal ones of 3.12 and later included (`Include/object.h` of v3.12.0,
/// `_Py_IMMORTAL_REFCNT`). An array of objects looks like an object whose number of references is an address.
const MOST_REFERENCES: u64 = 1 << 40;

impl Interpreters<'_, '_> {
    /// Names the types of objects that pointers lead to, with the built-in type that they derive from: `0x7f0a207717b0`
    /// becomes `<__main__.Lock (_multiprocessing.SemLock) object at 0x7f0a207717b0>`. `left` is how many bytes of text may be
    /// added, and is lowered by what was.
    pub(in crate::stack) fn name_objects(&self, frames: &mut [Frame], left: &mut usize) {
        let natives = frames
            .iter_mut()
            .take(MOST_FRAMES)
            .filter_map(|frame| match frame {
                Frame::Native(native) => Some(native),
                _ => None,
            });
        // A thread calls with objects of few types.
        let mut names: HashMap<u64, Option<String>> = HashMap::new();
        for argument in natives.flat_map(|native| &mut native.arguments) {
            let Some(class) = pointer(argument).and_then(|at| self.python.class_at(at)) else {
                continue;
            };
            let name = names
                .entry(class)
                .or_insert_with(|| self.python.described(class));
            if let Some(name) = name.as_ref().filter(|name| name.len() <= *left) {
                *left -= name.len();
                argument.value = format!("<{name} object at {}>", argument.value);
            }
        }
    }
}

/// An object whose count of references no sound object has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OddObject {
    /// Where it is.
    pub address: u64,
    /// Name of its type.
    pub type_name: String,
    /// How many references it has.
    pub references: i64,
    /// The frame that has it as an argument, by its place in the thread's list.
    pub frame: usize,
}

/// Objects of a thread that are listed.
const MOST_ODD: usize = 8;

/// Parts of the names of functions that drop the last reference to an object, or were called for that.
const ENDS: [&str; 7] = [
    "DECREF", "Dealloc", "dealloc", "finalize", "_del", "_free", "clear",
];

/// More references than a process has room for pointers.
const TOO_MANY: i64 = 1 << 31;

/// An array of pointers looks like an object with as many references as an address is large.
const NO_COUNT: i64 = 1 << 40;

impl Interpreters<'_, '_> {
    /// The objects among the arguments of native functions that have absurd counts of references. One that is being
    /// deallocated has none, which is right.
    pub(in crate::stack) fn odd_objects(&self, frames: &[Frame]) -> Vec<OddObject> {
        // Counts of the build without the GIL are split in two, and the objects of 3.14 may be immortal by a flag.
        if self.python.free_threaded || self.python.series >= (3, 14) {
            return Vec::new();
        }
        let ends = |frame: &Frame| {
            let name = frame.function().unwrap_or_default();
            ENDS.iter().any(|part| name.contains(part))
        };
        let dying = frames.iter().take(MOST_FRAMES).rposition(ends);
        let mut odd: Vec<OddObject> = Vec::new();
        for (frame, native) in frames
            .iter()
            .enumerate()
            .take(MOST_FRAMES)
            .filter_map(|(at, frame)| Some((at, frame.native()?)))
        {
            for address in native.arguments.iter().filter_map(pointer) {
                let known = odd.iter().any(|known| known.address == address);
                let found = self
                    .odd_object(address, frame)
                    .filter(|_| !known && odd.len() < MOST_ODD);
                odd.extend(
                    found.filter(|odd| {
                        odd.references != 0 || dying.is_none_or(|dying| dying < frame)
                    }),
                );
            }
        }
        odd
    }

    fn odd_object(&self, address: u64, frame: usize) -> Option<OddObject> {
        let python = &self.python;
        let references = python.word(address, Field::ObjectReferences)?.cast_signed();
        // Since 3.12 an immortal object has this bit of the lower half set (`Include/object.h`).
        let immortal = python.series >= (3, 12) && references & TOO_MANY != 0;
        let absurd =
            (-NO_COUNT..=0).contains(&references) || (TOO_MANY..NO_COUNT).contains(&references);
        if !absurd || immortal {
            return None;
        }
        let class = python.type_of(address)?;
        // A structure that begins with 0 and a pointer looks like an object that has no references.
        if python.type_name(class)? != "type" {
            return None;
        }
        Some(OddObject {
            address,
            type_name: python.qualified_type_name(class)?,
            references,
            frame,
        })
    }
}

/// The address that an argument is, if an object may be there.
fn pointer(argument: &Argument) -> Option<u64> {
    argument
        .address()
        .filter(|&pointer| pointer != 0 && pointer % 8 == 0)
}

impl Cpython<'_, '_> {
    /// The type of what a pointer leads to, if that is an object. One that is on its way out has no references any more,
    /// and is what many crashes are about.
    fn class_at(&self, pointer: u64) -> Option<u64> {
        let class = self.type_of(pointer)?;
        let references = self.word(pointer, Field::ObjectReferences);
        let array = |count| count > MOST_REFERENCES || self.type_of(count).is_some();
        (!references.is_some_and(array)).then_some(class)
    }

    /// The name of a type, and of the built-in type that it derives from.
    fn described(&self, class: u64) -> Option<String> {
        let name = self.qualified_type_name(class)?;
        let base = self.builtin_base(class);
        let base = base.and_then(|base| self.qualified_type_name(base));
        Some(match base {
            Some(base) if base != name && base != "object" => format!("{name} ({base})"),
            _ => name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::python::objects::testing::{Heap, NOWHERE};

    #[test]
    fn what_pointers_lead_to() {
        let mut heap = Heap::new((3, 12));
        let lock = heap.class("_multiprocessing.SemLock", 0);
        let own = heap.subclass("Lock", lock, 0);
        let (locked, owned) = (heap.object(lock, &[]), heap.object(own, &[]));
        let dying = heap.object(lock, &[]);
        heap.set(dying, 0);
        // The second element of an array of objects is where an object has its type.
        let array = heap.words(&[locked, lock, 0]);
        let elsewhere = heap.words(&[0x7f0a_2077_17b0, lock, 0]);
        for (at, expected) in [
            (locked, Some("_multiprocessing.SemLock")),
            (owned, Some("module.Lock (_multiprocessing.SemLock)")),
            (dying, Some("_multiprocessing.SemLock")),
            (array, None),
            (elsewhere, None),
            (NOWHERE, None),
        ] {
            let found = heap.read(|python| python.described(python.class_at(at)?));
            assert_eq!(found.as_deref(), expected, "{at:#x}");
        }
    }

    #[test]
    fn values_that_are_pointers() {
        for (value, expected) in [
            ("0x7f0a8", Some(0x7f0a8)),
            ("0x7f0a9", None),
            ("0x0", None),
            ("8", None),
            ("0x7f0a8 \"text\"", None),
        ] {
            let argument = Argument {
                name: "op".to_owned(),
                value: value.to_owned(),
            };
            assert_eq!(pointer(&argument), expected, "{value}");
        }
    }
}
