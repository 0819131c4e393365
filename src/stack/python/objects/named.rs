//! Objects that are shown by name: types, functions, modules, generators, and everything else by its type.

use super::kinds::Kind;
use super::repr::Writer;
use super::types::flags;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

/// The longest name of a function written in C.
const LONGEST_BUILTIN: usize = 256;

impl Writer<'_, '_, '_> {
    /// A bound method: its function, and by type what it is bound to.
    pub(super) fn method(&mut self, object: u64) -> Option<()> {
        let python = self.python;
        let function = python.pointer(object, Field::MethodFunction)?;
        let name = python.function_name(function);
        let name = name.unwrap_or_else(|| "?".to_owned());
        let bound = match python.pointer(object, Field::MethodSelf) {
            Some(bound) => {
                let class = python.type_of(bound)?;
                let bound = python.by_type(bound, class)?;
                format!("<bound method {name} of {bound}>")
            }
            None => format!("<unbound method {name}>"),
        };
        self.text.push_str(&bound);
        Some(())
    }

    /// An object by its name.
    pub(super) fn named(&self, object: u64, class: u64, kind: Kind) -> Option<String> {
        let python = self.python;
        let text = match kind {
            Kind::Type => python.type_text(object),
            Kind::Function => python
                .function_name(object)
                .map(|name| format!("<function {name} at {object:#x}>")),
            Kind::BuiltinFunction => python.builtin_text(object),
            Kind::Module => python
                .module_name(object)
                .map(|name| format!("<module '{name}'>")),
            Kind::Generator => python.generator_text(object, class),
            Kind::Code => python.code(object).map(|code| {
                let file = code.file.as_deref().unwrap_or("?");
                format!(
                    "<code object {} at {object:#x}, file \"{file}\">",
                    code.name
                )
            }),
            _ => None,
        };
        text.or_else(|| python.by_type(object, class))
    }
}

impl Cpython<'_, '_> {
    /// `<module.Class object at 0x...>`.
    pub(super) fn by_type(&self, object: u64, class: u64) -> Option<String> {
        let name = self.qualified_type_name(class)?;
        Some(format!("<{name} object at {object:#x}>"))
    }

    /// `<class 'module.Class'>`; `<type 'int'>` for those of 2.7 that are written in C.
    fn type_text(&self, class: u64) -> Option<String> {
        let name = self.qualified_type_name(class)?;
        let written_in_c = self.type_flags(class)? & flags::HEAP_TYPE == 0;
        let word = if self.series.0 < 3 && written_in_c {
            "type"
        } else {
            "class"
        };
        Some(format!("<{word} '{name}'>"))
    }

    /// The name of a function, qualified since 3.3; of a callable that is none, nothing.
    fn function_name(&self, object: u64) -> Option<String> {
        let class = self.type_of(object)?;
        match Kind::of(self, class)?.0 {
            Kind::Function => self.string(self.pointer(object, Field::FunctionName)?),
            Kind::BuiltinFunction => self.builtin_name(object),
            _ => None,
        }
    }

    /// The name of a function written in C: `PyMethodDef` begins with it (`Include/methodobject.h`).
    fn builtin_name(&self, object: u64) -> Option<String> {
        let definition = self.pointer(object, Field::BuiltinDefinition)?;
        let name = self.memory.pointer(definition)?;
        self.memory.text(name, LONGEST_BUILTIN)
    }

    fn builtin_text(&self, object: u64) -> Option<String> {
        let name = self.builtin_name(object)?;
        let bound = self.pointer(object, Field::BuiltinSelf);
        let class = bound.and_then(|bound| Some((bound, self.type_of(bound)?)));
        Some(match class {
            Some((bound, class)) if Kind::of(self, class)?.0 != Kind::Module => {
                let bound = self.by_type(bound, class)?;
                let bound = bound.trim_start_matches('<');
                format!("<built-in method {name} of {bound}")
            }
            _ => format!("<built-in function {name}>"),
        })
    }

    /// `__name__` of a module.
    fn module_name(&self, module: u64) -> Option<String> {
        self.string(self.attribute(module, "__name__")?)
    }

    /// `<coroutine object f at 0x..., suspended at file:line>`.
    fn generator_text(&self, generator: u64, class: u64) -> Option<String> {
        let kind = self.qualified_type_name(class)?;
        let name = self.generator_name(generator)?;
        let place = self.generator_place(generator);
        let place = place.map_or_else(String::new, |place| format!(", {place}"));
        Some(format!("<{kind} object {name} at {generator:#x}{place}>"))
    }
}
