//! Lists, tuples, dictionaries, sets and exceptions as text.

use super::kinds::Kind;
use super::repr::Writer;
use crate::stack::python::layout::Field;

/// Slots of a set's table that are looked through.
const MOST_SLOTS: u64 = 4096;

impl Writer<'_, '_, '_> {
    /// Writes a container with its brackets.
    pub(super) fn container(&mut self, object: u64, kind: Kind) -> Option<()> {
        let (open, close) = match kind {
            Kind::List => ("[", "]"),
            Kind::Tuple => ("(", ")"),
            Kind::Dict => ("{", "}"),
            _ if self.python.series.0 < 3 => ("[", "]"),
            // Within the name of the type.
            _ if self.python.word(object, Field::SetUsed)? == 0 => return Some(()),
            _ => ("{", "}"),
        };
        self.text.push_str(open);
        self.enter(object, |writer| match kind {
            Kind::List => writer.list(object),
            Kind::Tuple => writer.tuple(object),
            Kind::Dict => writer.dict(object),
            _ => writer.set(object),
        })?;
        self.text.push_str(close);
        Some(())
    }

    /// What stands around the elements of a set: `set` where brackets alone would be a dictionary, and in 2.7.
    pub(super) fn set_name(&self, object: u64) -> Option<String> {
        let empty = self.python.word(object, Field::SetUsed) == Some(0);
        (empty || self.python.series.0 < 3).then(|| "set".to_owned())
    }

    fn list(&mut self, object: u64) -> Option<()> {
        let count = self.python.word(object, Field::ObjectCount)?;
        let items = match count {
            0 => 0,
            _ => self.python.pointer(object, Field::ListItems)?,
        };
        self.array(items, count)
    }

    fn tuple(&mut self, object: u64) -> Option<()> {
        let count = self.python.word(object, Field::ObjectCount)?;
        self.array(self.python.at(object, Field::TupleItems)?, count)?;
        if count == 1 {
            self.text.push(',');
        }
        Some(())
    }

    /// References one behind the other.
    fn array(&mut self, first: u64, count: u64) -> Option<()> {
        for place in 0..count {
            if !self.next(place, count) {
                return Some(());
            }
            let address = place.checked_mul(8)?.checked_add(first);
            match address.and_then(|address| self.python.memory.word(address)) {
                // A place that is not filled yet.
                Some(0) => self.text.push_str("<NULL>"),
                Some(object) => self.object(object),
                None => {
                    self.unreadable(address);
                    return Some(());
                }
            }
        }
        Some(())
    }

    fn dict(&mut self, object: u64) -> Option<()> {
        let count = self.python.dict_length(object)?;
        let read = self.python.dict_items(object, self.limits.elements);
        let items = (0..).zip(&read.items);
        for (place, &(key, value)) in items {
            if !self.next(place, count) {
                return Some(());
            }
            self.object(key);
            self.text.push_str(": ");
            self.object(value);
        }
        let written = read.items.len() as u64;
        if read.unreadable {
            self.next(written, written + 1);
            self.unreadable(Some(object));
        } else {
            self.rest(written, count);
        }
        Some(())
    }

    /// `setentry`: key and hash (`Include/setobject.h`; the other way round in 2.7). What was taken out has the hash -1,
    /// which no object has; in 2.7 its key is a certain string.
    fn set(&mut self, object: u64) -> Option<()> {
        let python = self.python;
        let old = python.series.0 < 3;
        let count = python.word(object, Field::SetUsed)?;
        let slots = python.word(object, Field::SetMask)?.checked_add(1)?;
        let table = python.pointer(object, Field::SetTable)?;
        let mut written = 0;
        for slot in 0..slots.min(MOST_SLOTS) {
            let entry = slot.checked_mul(16)?.checked_add(table)?;
            let words = [
                python.memory.word(entry),
                python.memory.word(entry.checked_add(8)?),
            ];
            let [Some(key), Some(hash)] = (if old { [words[1], words[0]] } else { words }) else {
                self.next(written, written + 1);
                self.unreadable(Some(entry));
                return Some(());
            };
            let taken_out =
                hash == u64::MAX || old && python.string(key).as_deref() == Some("<dummy key>");
            if key == 0 || taken_out {
                continue;
            }
            if !self.next(written, count.max(written + 1)) {
                return Some(());
            }
            self.object(key);
            written += 1;
        }
        self.rest(written, count);
        Some(())
    }

    /// Writes what stands before an element; `false` if no more are written.
    fn next(&mut self, place: u64, count: u64) -> bool {
        if place > 0 {
            self.text.push_str(", ");
        }
        if place >= self.limits.elements as u64 || self.full() {
            let more = format!("...{} more", count.saturating_sub(place));
            self.text.push_str(&more);
            return false;
        }
        true
    }

    /// Says what a table has beyond the elements that were found in it: its figures lie, or there are too many empty slots.
    fn rest(&mut self, written: u64, count: u64) {
        if written < count && self.next(written, count) {
            let more = format!("...{} more", count - written);
            self.text.push_str(&more);
        }
    }

    fn unreadable(&mut self, address: Option<u64>) {
        let address = address.unwrap_or(u64::MAX);
        self.text.push_str(&format!("<unreadable at {address:#x}>"));
    }

    /// An exception by its name and arguments, which 3.6 and before write as a tuple.
    pub(super) fn exception(&mut self, object: u64, class: u64) -> Option<()> {
        let name = self.python.exception_name(class)?;
        let short = name.rsplit('.').next().unwrap_or(&name);
        self.text.push_str(short);
        let arguments = self.python.pointer(object, Field::ExceptionArguments)?;
        let count = self.python.word(arguments, Field::ObjectCount)?;
        let first = self.python.at(arguments, Field::TupleItems)?;
        self.text.push('(');
        self.enter(object, |writer| writer.array(first, count))?;
        if count == 1 && self.python.series < (3, 7) {
            self.text.push(',');
        }
        self.text.push(')');
        Some(())
    }
}
