//! Where a CPython keeps its state in a process.

use object::ObjectSymbol as _;

use super::cpython::Cpython;
use super::layout::debug_offsets::{self, DebugOffsets};
use super::layout::dwarf::Structures;
use super::layout::table::Table;
use super::layout::{Field, Layout, Sources};
use super::memory::Reader;
use crate::evidence::Sighting;
use crate::stack::modules::image::Image;
use crate::stack::modules::{Module, Modules};
use crate::stack::python_version;
use crate::stack::symbols::symbol_table;

/// The addresses that lead to everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runtime {
    /// `_PyRuntime`, since 3.7.
    pub(super) runtime: Option<u64>,
    /// The variable that points to the first interpreter: `interp_head` up to 3.6, a member of the runtime later.
    pub(super) interpreters: u64,
    /// Variables of 2.7 and 3.6, which later moved to the runtime.
    pub(super) globals: Globals,
}

/// Static variables of an interpreter without `_PyRuntime`; those that a stripped file does not name are missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Globals {
    /// `_PyThreadState_Current`: the thread that runs Python code.
    pub(super) current_thread: Option<u64>,
    /// `gil_locked` and `gil_last_holder` of `Python/ceval_gil.h`, 3.6.
    pub(super) gil_locked: Option<u64>,
    pub(super) gil_last_holder: Option<u64>,
    /// `collecting` of `Modules/gcmodule.c`.
    pub(super) collecting: Option<u64>,
    /// `_Py_Finalizing` of `Python/pylifecycle.c`, 3.6.
    pub(super) finalizing: Option<u64>,
    /// `_Py_CheckRecursionLimit` of `Python/ceval.c`.
    pub(super) recursion_limit: Option<u64>,
}

/// Finds the CPython of a process; the reason in words where there is one that cannot be read.
pub(super) fn find<'m, 'f>(
    modules: &'m Modules<'f>,
    versions: &[Sighting],
) -> Result<Option<(Cpython<'m, 'f>, Runtime)>, String> {
    let Some(sighting) = versions.first() else {
        return Ok(None);
    };
    let interpreters = python_version::interpreters(modules);
    let mut found = interpreters.iter().filter_map(|module| {
        let symbols = Symbols::of(modules, module);
        Some((*module, symbols.runtime()?))
    });
    let Some((module, mut runtime)) = found.next() else {
        return Err("nothing tells where the interpreter keeps its state".to_owned());
    };
    let memory = Reader::new(modules);
    let debug_offsets = runtime
        .runtime
        .and_then(|address| DebugOffsets::parse(&memory.bytes(address, debug_offsets::LONGEST)));
    let structures = modules.debug(module).dwarf().map(Structures::find);
    let free_threaded = match (&debug_offsets, &structures) {
        (Some(offsets), _) => offsets.free_threaded,
        (None, Some(structures)) => structures.offset(Field::ObjectOwner).is_some(),
        (None, None) => false,
    };
    let version = sighting.version.series();
    let series = debug_offsets
        .as_ref()
        .map_or(version, |offsets| offsets.series);
    let table = Table::of(series, free_threaded);
    let layout = Layout::of(&Sources {
        debug_offsets: debug_offsets.as_ref(),
        dwarf: structures.as_ref(),
        table: table.as_ref(),
    });
    let python = Cpython {
        memory,
        layout,
        series,
        free_threaded,
    };
    if let Some(address) = runtime.runtime {
        runtime.interpreters = python
            .at(address, Field::RuntimeInterpreters)
            .ok_or("the layout of its state is not known")?;
    }
    Ok(Some((python, runtime)))
}

/// Addresses of the variables of one module.
struct Symbols<'s, 'f> {
    named: Vec<(&'f str, u64)>,
    image: Option<&'s Image<'f>>,
}

/// The variables that are looked for.
const VARIABLES: [&str; 8] = [
    "_PyRuntime",
    "interp_head",
    "_PyThreadState_Current",
    "gil_locked",
    "gil_last_holder",
    "collecting",
    "_Py_Finalizing",
    "_Py_CheckRecursionLimit",
];

impl<'s, 'f> Symbols<'s, 'f> {
    fn of(modules: &'s Modules<'f>, module: &'s Module<'f>) -> Self {
        let opened = modules.open(module);
        let image = opened.image.as_ref();
        let separate = modules.debug(module).image();
        let mut named = Vec::new();
        for image in [separate, image].into_iter().flatten() {
            let symbols = symbol_table::named(image);
            let symbols =
                symbols.filter(|(symbol, name)| symbol.is_definition() && VARIABLES.contains(name));
            named.extend(
                symbols.map(|(symbol, name)| (name, symbol.address().wrapping_add(opened.bias))),
            );
        }
        Self { named, image }
    }

    fn get(&self, name: &str) -> Option<u64> {
        self.named
            .iter()
            .find(|(named, _)| *named == name)
            .map(|&(_, address)| address)
    }

    fn runtime(&self) -> Option<Runtime> {
        let _ = self.image;
        let runtime = self.get("_PyRuntime");
        let head = self.get("interp_head");
        (runtime.is_some() || head.is_some()).then(|| Runtime {
            runtime,
            interpreters: head.unwrap_or_default(),
            globals: Globals {
                current_thread: self.get("_PyThreadState_Current"),
                gil_locked: self.get("gil_locked"),
                gil_last_holder: self.get("gil_last_holder"),
                collecting: self.get("collecting"),
                finalizing: self.get("_Py_Finalizing"),
                recursion_limit: self.get("_Py_CheckRecursionLimit"),
            },
        })
    }
}
