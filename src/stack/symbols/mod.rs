//! Functions, files and lines of addresses, inlined calls included.

pub(in crate::stack) mod arguments;
pub(in crate::stack) mod call_sites;
pub(in crate::stack) mod dwarf;
pub(in crate::stack) mod symbol_table;
mod tail_calls;
mod value_kind;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use crate::stack::modules::debug_files::DebugFiles;
use crate::stack::modules::files::Files;
use crate::stack::modules::image::Image;
use crate::stack::modules::{Module, Modules, Opened};
use crate::stack::names;
use arguments::Parameters;
use call_sites::{CallSites, Called, Passed, Source};
use dwarf::{Context, ModuleDwarf};
use symbol_table::SymbolTable;

/// More calls inlined into one another than this are left out; addr2line itself sets no bound.
const MOST_INLINED: usize = 256;

/// Addresses whose functions are kept; the stacks of a thousand threads have fewer.
const MOST_KNOWN: usize = 16 << 10;

/// What is known of the code of one module.
#[derive(Debug)]
pub(in crate::stack) struct Debug<'f> {
    /// The debug file, or nothing where the program holds its own.
    separate: Option<Image<'f>>,
    dwarf: Option<ModuleDwarf<'f>>,
    table: OnceCell<SymbolTable<'f>>,
    call_sites: CallSites<'f>,
    problems: Vec<String>,
}

impl<'f> Debug<'f> {
    /// Finds the debug information of a module; what is missing is named.
    pub(in crate::stack) fn find(
        module: &Module<'f>,
        opened: &Opened<'f>,
        files: &'f Files,
        debug_files: &DebugFiles,
    ) -> Self {
        let program = opened.image.as_ref();
        let mut debug = Self {
            separate: None,
            dwarf: None,
            table: OnceCell::new(),
            call_sites: CallSites::default(),
            problems: Vec::new(),
        };
        let (path, image) = if program.is_some_and(Image::has_dwarf) {
            (opened.file.clone(), program)
        } else {
            let file = opened.file.as_deref();
            let found = debug_files.debug_file(module, program, file, files);
            debug.problems = found.problems;
            let (path, image) = found.image.unzip();
            debug.separate = image;
            (path, debug.separate.as_ref())
        };
        if let Some(image) = image {
            let path = path.unwrap_or_else(|| PathBuf::from(&module.path));
            let alternate = debug_files.alternate(image, &path, files);
            debug.problems.extend(alternate.problems);
            let alternate = alternate.image.as_ref().map(|(_, image)| image);
            debug.dwarf = ModuleDwarf::of(image, alternate);
        }
        if debug.dwarf.is_none() && module.path != "[vdso]" {
            debug.problems.push(no_lines(module));
        }
        debug
    }

    /// The separate debug file.
    pub(in crate::stack) fn image(&self) -> Option<&Image<'f>> {
        self.separate.as_ref()
    }

    /// Functions, lines and types.
    pub(in crate::stack) fn dwarf(&self) -> Option<&ModuleDwarf<'f>> {
        self.dwarf.as_ref()
    }

    pub(in crate::stack) fn problems(&self) -> &[String] {
        &self.problems
    }

    fn table(&self, program: Option<&Image<'f>>) -> &SymbolTable<'f> {
        self.table.get_or_init(|| {
            let mini = program.and_then(Image::mini_debug_info);
            SymbolTable::of([self.image(), program, mini.as_ref()].into_iter().flatten())
        })
    }
}

fn no_lines(module: &Module<'_>) -> String {
    let id = module.build_id_text().map_or_else(
        || "it has no build ID".to_owned(),
        |id| format!("build ID {id}"),
    );
    format!(
        "{} has no debug information ({id}): names by its symbol table, no lines",
        module.name()
    )
}

/// One function at an address.
#[derive(Debug, Clone)]
pub(in crate::stack) struct Function<'f> {
    /// Bare name.
    pub(in crate::stack) name: Option<String>,
    /// The symbol, where it differs.
    pub(in crate::stack) symbol: Option<String>,
    /// Source file from the root of its project.
    pub(in crate::stack) file: Option<String>,
    pub(in crate::stack) line: Option<u32>,
    /// Whether it is inlined into the next of the list.
    pub(in crate::stack) inlined: bool,
    pub(in crate::stack) parameters: Parameters<'f>,
}

/// How a call led to the function that the inner frame is in.
#[derive(Debug, Default)]
pub(in crate::stack) struct Link<'f> {
    /// The addresses behind the jumps between them, innermost first.
    pub(in crate::stack) jumps: Vec<u64>,
    /// What the function was given, if the call led to it at once, and the bias of the caller's module.
    pub(in crate::stack) passed: Option<(Passed<'f>, u64)>,
}

/// Looks up the functions of addresses, each address once.
#[derive(Debug)]
pub(in crate::stack) struct Symbols<'m, 'f> {
    modules: &'m Modules<'f>,
    known: HashMap<u64, Rc<[Function<'f>]>>,
    links: HashMap<(u64, u64), Rc<Link<'f>>>,
}

impl<'m, 'f> Symbols<'m, 'f> {
    pub(in crate::stack) fn new(modules: &'m Modules<'f>) -> Self {
        Self {
            modules,
            known: HashMap::new(),
            links: HashMap::new(),
        }
    }

    /// The functions at an address, innermost first: those inlined, then the one that was called. At least one, of which
    /// nothing may be known.
    pub(in crate::stack) fn at(&mut self, address: u64) -> Rc<[Function<'f>]> {
        if let Some(known) = self.known.get(&address) {
            return Rc::clone(known);
        }
        let functions: Rc<[Function<'f>]> = self.find(address).into();
        if self.known.len() == MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(address, Rc::clone(&functions));
        functions
    }

    /// How a call led to the function that the inner frame is in. `caller` is the return address of the outer frame,
    /// `callee` an address within the inner one.
    pub(in crate::stack) fn link(&mut self, caller: u64, callee: u64) -> Rc<Link<'f>> {
        if let Some(known) = self.links.get(&(caller, callee)) {
            return Rc::clone(known);
        }
        let link = Rc::new(self.find_link(caller, callee).unwrap_or_default());
        if self.links.len() == MOST_KNOWN {
            self.links.clear();
        }
        self.links.insert((caller, callee), Rc::clone(&link));
        link
    }

    fn find_link(&self, caller: u64, callee: u64) -> Option<Link<'f>> {
        let (outer, inner) = (self.modules.at(caller)?, self.modules.at(callee)?);
        let bias = |module: &Module<'f>| self.modules.open(module).bias;
        let (called, passed) = self.with_sites(outer, |sites, source| {
            sites.called(source, caller.wrapping_sub(bias(outer)))
        })?;
        let first = match called {
            Called::At(address) if outer.range == inner.range => address,
            Called::At(_) => return None,
            Called::Named(name) => self.table(inner).named(&name)?,
        };
        let jumps = self.with_sites(inner, |sites, source| {
            sites.jumps(source, first, callee.wrapping_sub(bias(inner)))
        })?;
        Some(Link {
            // What was passed to a function that jumped on is not what the next one got.
            passed: jumps.is_empty().then_some((passed, bias(outer))),
            jumps: jumps
                .iter()
                .map(|jump| jump.wrapping_add(bias(inner)))
                .collect(),
        })
    }

    fn with_sites<T>(
        &self,
        module: &Module<'f>,
        look: impl for<'a> FnOnce(&'a CallSites<'f>, Source<'a, 'f>) -> Option<T>,
    ) -> Option<T> {
        let debug = self.modules.debug(module);
        let source = Source {
            dwarf: debug.dwarf.as_ref()?,
            symbols: &|| self.table(module),
        };
        look(&debug.call_sites, source)
    }

    fn table<'a>(&'a self, module: &'a Module<'f>) -> &'a SymbolTable<'f> {
        let program = self.modules.open(module).image.as_ref();
        self.modules.debug(module).table(program)
    }

    fn find(&self, address: u64) -> Vec<Function<'f>> {
        let nothing = || vec![Function::unknown()];
        let Some(module) = self.modules.at(address) else {
            return nothing();
        };
        let opened = self.modules.open(module);
        let debug = self.modules.debug(module);
        let in_file = address.wrapping_sub(opened.bias);
        let context = debug.dwarf.as_ref().and_then(|dwarf| dwarf.at(in_file));
        let mut functions = context.map_or_else(Vec::new, |context| by_dwarf(&context, in_file));
        if functions.is_empty() {
            functions = nothing();
        }
        if let Some(last) = functions.last_mut() {
            last.inlined = false;
            if last.name.is_none() {
                last.set_name(self.table(module).at(in_file));
            }
        }
        functions
    }
}

fn by_dwarf<'f>(context: &Context<'f>, address: u64) -> Vec<Function<'f>> {
    let mut functions = Vec::new();
    let Ok(mut frames) = context.find_frames(address).skip_all_loads() else {
        return functions;
    };
    let unit = context.find_dwarf_and_unit(address).skip_all_loads();
    while let Ok(Some(frame)) = frames.next() {
        let mut function = Function::unknown();
        let name = frame
            .function
            .as_ref()
            .and_then(|name| name.raw_name().ok());
        function.set_name(name.as_deref());
        if let Some(location) = frame.location {
            function.file = location.file.map(names::source_file);
            function.line = location.line.filter(|&line| line > 0);
        }
        function.inlined = true;
        if let (Some(unit), Some(offset)) = (unit, frame.dw_die_offset) {
            function.parameters = Parameters::of(unit, offset, address);
        }
        functions.push(function);
        if functions.len() == MOST_INLINED {
            break;
        }
    }
    functions
}

impl Function<'_> {
    fn unknown() -> Self {
        Self {
            name: None,
            symbol: None,
            file: None,
            line: None,
            inlined: false,
            parameters: Parameters::default(),
        }
    }

    fn set_name(&mut self, symbol: Option<&str>) {
        let bare = symbol.map(names::bare).filter(|name| !name.is_empty());
        self.symbol = symbol
            .filter(|symbol| bare.as_deref() != Some(symbol))
            .map(str::to_owned);
        self.name = bare;
    }
}
