//! Finds the state of an interpreter by what its file says, or by its cookie.

use object::{Object as _, ObjectSection as _};

use super::variables::Variables;
use super::{Globals, LocatedBy};
use crate::stack::modules::image::Image;
use crate::stack::modules::{Module, Modules};
use crate::stack::python::layout::debug_offsets;
use crate::stack::python_version;

/// `Py_RUNTIME` of `Python/pylifecycle.c`, since 3.10.
const SECTION: &str = ".PyRuntime";

/// All data that is looked through for a cookie.
const MOST: u64 = 64 << 20;

/// Where the state of one interpreter is: `_PyRuntime`, or the variables before it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) located: LocatedBy,
    pub(super) runtime: Option<u64>,
    pub(super) interpreters: Option<u64>,
    pub(super) globals: Globals,
}

impl Place {
    pub(super) fn of_runtime(located: LocatedBy, runtime: u64) -> Self {
        Self {
            located,
            runtime: Some(runtime),
            interpreters: None,
            globals: Globals::default(),
        }
    }
}

/// The places in some modules by the surest way that gives any.
pub(super) fn places<'m, 'f>(
    modules: &'m Modules<'f>,
    candidates: &[&'m Module<'f>],
) -> Vec<(&'m Module<'f>, Place)> {
    let mut left = MOST;
    let mut found = in_each(candidates, |module| by_program(modules, module));
    if found.is_empty() {
        found = in_each(candidates, |module| by_debug_file(modules, module));
    }
    if found.is_empty() {
        found = in_each(candidates, |module| by_cookie(modules, module, &mut left));
    }
    found
}

fn in_each<'m, 'f>(
    candidates: &[&'m Module<'f>],
    mut look: impl FnMut(&'m Module<'f>) -> Option<Place>,
) -> Vec<(&'m Module<'f>, Place)> {
    let places = candidates.iter();
    places
        .filter_map(|module| Some((*module, look(module)?)))
        .collect()
}

/// What the symbols of the program alone name.
pub(super) fn variables<'f>(modules: &Modules<'f>, module: &Module<'f>) -> Variables {
    let opened = modules.open(module);
    let mut variables = Variables::default();
    if let Some(image) = &opened.image {
        variables.add(image, opened.bias);
    }
    variables
}

/// By the symbols and sections of the program alone.
fn by_program<'f>(modules: &Modules<'f>, module: &Module<'f>) -> Option<Place> {
    let opened = modules.open(module);
    by_symbol(&variables(modules, module))
        .or_else(|| by_section(opened.image.as_ref()?, opened.bias))
}

/// With those of its debug file.
fn by_debug_file<'f>(modules: &Modules<'f>, module: &Module<'f>) -> Option<Place> {
    let opened = modules.open(module);
    let debug = modules.debug(module).image()?;
    let mut variables = Variables::default();
    for image in opened.image.iter().chain([debug]) {
        variables.add(image, opened.bias);
    }
    by_symbol(&variables).or_else(|| by_section(debug, opened.bias))
}

fn by_symbol(variables: &Variables) -> Option<Place> {
    let (runtime, interpreters) = (variables.runtime(), variables.interpreters());
    (runtime.is_some() || interpreters.is_some()).then(|| Place {
        located: LocatedBy::Symbol,
        runtime,
        interpreters,
        globals: variables.globals(),
    })
}

fn by_section(image: &Image<'_>, bias: u64) -> Option<Place> {
    let section = image.elf().section_by_name(SECTION)?;
    let address = section.address().wrapping_add(bias);
    (section.size() > 0).then(|| Place::of_runtime(LocatedBy::Section, address))
}

/// By the cookie that `_PyRuntime` begins with since 3.13.
fn by_cookie(modules: &Modules<'_>, module: &Module<'_>, left: &mut u64) -> Option<Place> {
    python_version::data(modules, module, left).find_map(|(start, bytes)| {
        let words = bytes.chunks_exact(8);
        let at = words
            .into_iter()
            .position(|word| word == debug_offsets::COOKIE)?;
        let address = start.checked_add(at as u64 * 8)?;
        Some(Place::of_runtime(LocatedBy::Scan, address))
    })
}
