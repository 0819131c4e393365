//! Which interpreter a process runs, and how its structures are laid out.

use super::super::cpython::Cpython;
use crate::stack::modules::{Module, Modules};
use crate::stack::python::layout::debug_offsets::{self, DebugOffsets};
use crate::stack::python::layout::dwarf::Structures;
use crate::stack::python::layout::table::{self, Table};
use crate::stack::python::layout::{Field, Layout, Sources};
use crate::stack::python::memory::Reader;

/// Interpreters that are not CPython, by how their programs or libraries are named.
const OTHERS: [(&str, &str); 5] = [
    ("libpypy", "PyPy"),
    ("pypy", "PyPy"),
    ("libpythonvm", "GraalPy"),
    ("graalpy", "GraalPy"),
    ("micropython", "MicroPython"),
];

/// Why nothing is read of an interpreter that is not CPython; `None` if there is none.
pub(super) fn other(modules: &Modules<'_>) -> Option<String> {
    modules.list().iter().find_map(|module| {
        let mut others = OTHERS.iter();
        let (_, name) = others.find(|(prefix, _)| module.name().starts_with(prefix))?;
        Some(format!("it runs {name}, and only CPython's state is known"))
    })
}

/// The interpreter of a module, with all that is known of its layout; the reason where that is nothing.
pub(super) fn with_layout<'m, 'f>(
    modules: &'m Modules<'f>,
    module: &Module<'f>,
    runtime: Option<u64>,
    series: (u32, u32),
) -> Result<Cpython<'m, 'f>, String> {
    let memory = Reader::new(modules);
    let debug_offsets = runtime
        .and_then(|address| DebugOffsets::parse(&memory.bytes(address, debug_offsets::LONGEST)));
    let structures = modules.debug(module).dwarf().map(Structures::find);
    let structures = structures.filter(|structures| structures.knows("_object"));
    let series = debug_offsets.as_ref().map_or(series, |told| told.series);
    let free_threaded = match (&debug_offsets, &structures) {
        (Some(offsets), _) => offsets.free_threaded,
        (None, Some(structures)) => structures.offset(Field::ObjectOwner).is_some(),
        // `python3.13t` and its library are named so.
        (None, None) => module
            .name()
            .contains(&format!("{}.{}t", series.0, series.1)),
    };
    let table = Table::of(series, free_threaded);
    if debug_offsets.is_none() && structures.is_none() && table.is_none() {
        return Err(unknown(series, free_threaded));
    }
    let layout = Layout::of(&Sources {
        debug_offsets: debug_offsets.as_ref(),
        dwarf: structures.as_ref(),
        table: table.as_ref(),
    });
    Ok(Cpython {
        memory,
        layout,
        series,
        free_threaded,
    })
}

/// Why nothing tells a layout.
fn unknown(series: (u32, u32), free_threaded: bool) -> String {
    let build = if free_threaded { "free-threaded " } else { "" };
    let name = format!("{build}CPython {}.{}", series.0, series.1);
    let (major, minor) = table::NEWEST;
    if series > table::NEWEST {
        format!(
            "{name} is newer than the layouts that are known (up to {major}.{minor}) and it has no debug information"
        )
    } else {
        format!("the layout of {name} is not known and it has no debug information")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons() {
        for (series, free_threaded, reason) in [
            (
                (3, 16),
                false,
                "CPython 3.16 is newer than the layouts that are known (up to 3.14)",
            ),
            ((3, 5), false, "the layout of CPython 3.5 is not known"),
            (
                (3, 13),
                true,
                "the layout of free-threaded CPython 3.13 is not known",
            ),
        ] {
            let why = format!("{reason} and it has no debug information");
            assert_eq!(unknown(series, free_threaded), why);
        }
    }
}
