//! Which interpreter a process runs, and how its structures are laid out.

use fixtrail_index::{PreRelease, Version};

use super::super::cpython::Cpython;
use crate::stack::modules::{Module, Modules};
use crate::stack::python::code::CodeCache;
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
    version: &Version,
) -> Result<Cpython<'m, 'f>, String> {
    let memory = Reader::new(modules);
    let debug_offsets = runtime
        .and_then(|address| DebugOffsets::parse(&memory.bytes(address, debug_offsets::LONGEST)));
    let told = debug_offsets.as_ref();
    let series = told.map_or_else(|| version.series(), |told| told.series);
    let table = |series, free_threaded| Table::of(series, free_threaded, modules.core().machine);
    let release = table(series.min(table::NEWEST), false);
    let structures = modules.debug(module).dwarf();
    let structures = structures.map(|dwarf| Structures::find(dwarf, release.as_ref()));
    let structures = structures.filter(|structures| structures.knows("_object"));
    let free_threaded = match (told, &structures) {
        (Some(told), _) => told.free_threaded,
        (None, Some(structures)) => structures.offset(Field::ObjectOwner).is_some(),
        (None, None) => is_named_free_threaded(module, series),
    };
    // Structures change until the first beta, and little from then on.
    let is_alpha = matches!(version.pre(), Some((PreRelease::Alpha, _)));
    let table = table(series, free_threaded).filter(|_| told.is_some() || !is_alpha);
    if told.is_none() && structures.is_none() && table.is_none() {
        return Err(unknown(version, free_threaded));
    }
    Ok(Cpython {
        memory,
        layout: Layout::of(&Sources {
            debug_offsets: told,
            dwarf: structures.as_ref(),
            table: table.as_ref(),
        }),
        series,
        free_threaded,
        codes: CodeCache::default(),
    })
}

/// `python3.13t` and its library are named so.
fn is_named_free_threaded(module: &Module<'_>, (major, minor): (u32, u32)) -> bool {
    let name = format!("python{major}.{minor}t");
    module.name().trim_start_matches("lib").starts_with(&name)
}

/// Why nothing tells a layout.
fn unknown(version: &Version, free_threaded: bool) -> String {
    let build = if free_threaded { "free-threaded " } else { "" };
    let name = format!("{build}CPython {version}");
    let (major, minor) = table::NEWEST;
    if version.series() > table::NEWEST {
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
        for (version, free_threaded, reason) in [
            (
                "3.16",
                false,
                "CPython 3.16 is newer than the layouts that are known (up to 3.14)",
            ),
            ("3.5", false, "the layout of CPython 3.5 is not known"),
            (
                "3.13.0a5",
                true,
                "the layout of free-threaded CPython 3.13.0a5 is not known",
            ),
        ] {
            let why = format!("{reason} and it has no debug information");
            assert_eq!(unknown(&version.parse().unwrap(), free_threaded), why);
        }
    }
}
