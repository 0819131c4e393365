//! Objects as text, as `repr` would write them where memory alone tells.
//!
//! Nothing of an object's class is run, so what a class of Python code writes of its instances is not known: they are
//! `<module.Class object at 0x...>`, and those of a class that derives from a builtin one are its name with the content:
//! `module.Class([1, 2])`. Functions, types, modules and generators are shown by name. Every text is bounded by
//! [`Limits`], and says what was left out.

use super::kinds::Kind;
use super::quoted::{Alphabet, float, quoted};
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// How much of an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stack::python) struct Limits {
    /// Containers within containers.
    pub(in crate::stack::python) depth: usize,
    /// Elements of each container.
    pub(in crate::stack::python) elements: usize,
    /// Characters of each string.
    pub(in crate::stack::python) text: usize,
    /// Bytes of it all, at which it ends; the last string, number or name may go beyond.
    pub(in crate::stack::python) total: usize,
}

impl Limits {
    /// For one variable of many.
    pub(in crate::stack::python) const VARIABLE: Self = Self {
        depth: 4,
        elements: 16,
        text: 200,
        total: 1000,
    };
    /// For what explains a failure.
    pub(in crate::stack::python) const MESSAGE: Self = Self {
        depth: 4,
        elements: 32,
        text: 2000,
        total: 4000,
    };
}

impl Cpython<'_, '_> {
    /// An object as text; where there is none `<unreadable at 0x...>`. A reference may carry the marks of a frame's
    /// stack.
    pub(in crate::stack::python) fn repr(&self, reference: u64, limits: Limits) -> String {
        let mut writer = Writer::new(self, limits);
        writer.object(reference);
        writer.text
    }

    /// The value of a `float`, which follows the head of the object in all versions.
    fn float_value(&self, object: u64) -> Option<f64> {
        let behind_head = || Some(self.layout.get(Field::ObjectType)? + 8);
        let offset = self.layout.get(Field::FloatValue).or_else(behind_head)?;
        let bits = self.memory.word(object.checked_add(offset)?)?;
        Some(f64::from_bits(bits))
    }

    /// A reference of a frame's stack that is no object but a small integer itself: `Py_INT_TAG`, since 3.14
    /// (`Include/internal/pycore_stackref.h`).
    fn tagged_int(&self, reference: u64) -> Option<i64> {
        let tagged = self.series >= (3, 14) && reference & 3 == 3;
        tagged.then_some(reference.cast_signed() >> 2)
    }
}

/// A text on its way.
pub(super) struct Writer<'w, 'm, 'f> {
    pub(super) python: &'w Cpython<'m, 'f>,
    pub(super) limits: Limits,
    pub(super) text: String,
    /// The containers that are being written, the outermost first.
    within: Vec<u64>,
}

impl<'w, 'm, 'f> Writer<'w, 'm, 'f> {
    pub(super) fn new(python: &'w Cpython<'m, 'f>, limits: Limits) -> Self {
        Self {
            python,
            limits,
            text: String::new(),
            within: Vec::new(),
        }
    }

    /// Whether there is no room left.
    pub(super) fn full(&self) -> bool {
        self.text.len() >= self.limits.total
    }

    /// Writes an object.
    pub(super) fn object(&mut self, reference: u64) {
        if let Some(value) = self.python.tagged_int(reference) {
            self.text.push_str(&value.to_string());
            return;
        }
        let object = self.python.unmarked(reference);
        let start = self.text.len();
        if self.readable(object).is_none() {
            self.text.truncate(start);
            self.text.push_str(&format!("<unreadable at {object:#x}>"));
        }
    }

    /// Writes an object; `None` if it cannot be read.
    fn readable(&mut self, object: u64) -> Option<()> {
        let class = self.python.type_of(object)?;
        let (kind, exact) = Kind::of(self.python, class)?;
        let wrapper = match kind {
            Kind::FrozenSet if exact => Some("frozenset".to_owned()),
            Kind::Set if exact => self.set_name(object),
            _ if exact || !kind.has_content() => None,
            _ => Some(self.python.qualified_type_name(class)?),
        };
        let Some(wrapper) = wrapper else {
            return self.content(object, class, kind);
        };
        self.text.push_str(&wrapper);
        self.text.push('(');
        self.content(object, class, kind)?;
        self.text.push(')');
        Some(())
    }

    fn content(&mut self, object: u64, class: u64, kind: Kind) -> Option<()> {
        let python = self.python;
        let text = match kind {
            Kind::None => "None".to_owned(),
            Kind::Ellipsis => "Ellipsis".to_owned(),
            Kind::NotImplemented => "NotImplemented".to_owned(),
            Kind::Bool if python.int_value(object)? == 0 => "False".to_owned(),
            Kind::Bool => "True".to_owned(),
            Kind::Int => python.int_text(object)?,
            Kind::Float => float(python.float_value(object)?),
            Kind::Text => self.string(object)?,
            Kind::Bytes => self.bytes(object)?,
            Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::FrozenSet => {
                return self.container(object, kind);
            }
            Kind::Exception => return self.exception(object, class),
            Kind::Method => return self.method(object),
            _ => self.named(object, class, kind)?,
        };
        self.text.push_str(&text);
        Some(())
    }

    fn string(&self, object: u64) -> Option<String> {
        let text = self.python.characters(object, self.limits.text)?;
        Some(if self.python.series.0 < 3 {
            format!("u{}", quoted(&text, Alphabet::Ascii))
        } else {
            quoted(&text, Alphabet::Printable)
        })
    }

    fn bytes(&self, object: u64) -> Option<String> {
        let bytes = self.python.byte_characters(object, self.limits.text)?;
        let prefix = if self.python.series.0 < 3 { "" } else { "b" };
        Some(format!("{prefix}{}", quoted(&bytes, Alphabet::Bytes)))
    }

    /// Writes what is within a container, unless it stands within itself or too deep.
    pub(super) fn enter(
        &mut self,
        container: u64,
        write: impl FnOnce(&mut Self) -> Option<()>,
    ) -> Option<()> {
        if self.within.len() >= self.limits.depth || self.within.contains(&container) {
            self.text.push_str("...");
            return Some(());
        }
        self.within.push(container);
        let written = write(self);
        self.within.pop();
        written
    }
}
