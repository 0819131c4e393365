//! What a caller knows of its calls: which function, with which arguments (DWARF 5, section 3.4; before it GCC's
//! `DW_TAG_GNU_call_site`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gimli::{AttributeValue, DebuggingInformationEntry, UnitOffset, UnitRef, constants as dw};

use super::dwarf::{self, ModuleDwarf, Slice};
use super::symbol_table::SymbolTable;

/// Entries of one function that are looked at; the interpreter loop has some 50,000.
const MOST_ENTRIES: usize = 1 << 18;

/// Functions whose call sites are kept.
const MOST_KEPT: usize = 1024;

/// Instances of instances; one that refers to itself has no end.
const DEEPEST_ORIGIN: usize = 4;

type Unit<'u, 'f> = UnitRef<'u, Slice<'f>>;
type Entry<'f> = DebuggingInformationEntry<Slice<'f>>;

/// The call sites of one function.
#[derive(Debug)]
pub(super) struct Function<'f> {
    /// Address of its first instruction.
    pub(super) entry: u64,
    pub(super) sites: Vec<Site<'f>>,
    encoding: gimli::Encoding,
}

#[derive(Debug)]
pub(super) struct Site<'f> {
    /// The address behind the call or jump.
    pub(super) after: u64,
    pub(super) target: Target,
    /// Whether it is a jump.
    pub(super) tail: bool,
    passed: Vec<(u16, &'f [u8])>,
}

/// What registers held when a function was called, as expressions over its caller's frame.
#[derive(Debug, Clone)]
pub(in crate::stack) struct Passed<'f> {
    values: Vec<(u16, &'f [u8])>,
    /// What the expressions are written in.
    pub(in crate::stack) encoding: gimli::Encoding,
}

impl<'f> Passed<'f> {
    /// The expression for the value of a register at the call.
    pub(in crate::stack) fn register(&self, number: u16) -> Option<&'f [u8]> {
        let mut values = self.values.iter();
        values
            .find(|(register, _)| *register == number)
            .map(|(_, expression)| *expression)
    }
}

/// The function that is called.
#[derive(Debug)]
pub(super) enum Target {
    /// By its first instruction.
    At(u64),
    /// By its name: it is only declared here, and may be another library's.
    Named(String),
    /// Through a pointer.
    Unknown,
}

/// The call sites of a module's functions, each read once.
#[derive(Debug, Default)]
pub(in crate::stack) struct CallSites<'f> {
    functions: RefCell<HashMap<u64, Option<Rc<Function<'f>>>>>,
}

/// A function that was called.
#[derive(Debug)]
pub(in crate::stack) enum Called {
    /// By its first instruction in the same module.
    At(u64),
    /// By its name.
    Named(String),
}

/// What call sites are read from.
#[derive(Clone, Copy)]
pub(in crate::stack) struct Source<'a, 'f> {
    pub(in crate::stack) dwarf: &'a ModuleDwarf<'f>,
    /// The functions of the module; sorted when they are first needed.
    pub(in crate::stack) symbols: &'a dyn Fn() -> &'a SymbolTable<'f>,
}

impl<'f> CallSites<'f> {
    /// The function that was called, by the return address of its caller's frame, and what it was given.
    pub(in crate::stack) fn called(
        &self,
        source: Source<'_, 'f>,
        caller: u64,
    ) -> Option<(Called, Passed<'f>)> {
        let outer = self.function(source, caller.checked_sub(1)?)?;
        let mut calls = outer.sites.iter().filter(|site| !site.tail);
        let site = calls.find(|site| site.after == caller)?;
        let called = match &site.target {
            Target::At(address) => Called::At(*address),
            Target::Named(name) => Called::Named(name.clone()),
            Target::Unknown => return None,
        };
        let passed = Passed {
            values: site.passed.clone(),
            encoding: outer.encoding,
        };
        Some((called, passed))
    }

    pub(super) fn function(
        &self,
        source: Source<'_, 'f>,
        address: u64,
    ) -> Option<Rc<Function<'f>>> {
        if let Some(known) = self.functions.borrow().get(&address) {
            return known.clone();
        }
        let function = read(source, address).map(Rc::new);
        let mut functions = self.functions.borrow_mut();
        if functions.len() == MOST_KEPT {
            functions.clear();
        }
        functions.insert(address, function.clone());
        function
    }
}

/// Reads the function at an address, without those inlined into it.
fn read<'f>(source: Source<'_, 'f>, address: u64) -> Option<Function<'f>> {
    let context = source.dwarf.at(address)?;
    let mut frames = context.find_frames(address).skip_all_loads().ok()?;
    let mut function = None;
    // The last is the one that was called.
    while let Ok(Some(frame)) = frames.next() {
        function = frame.dw_die_offset.or(function);
    }
    let unit = context.find_dwarf_and_unit(address).skip_all_loads()?;
    let offset = function?;
    let entry = entry_of(unit, &unit.entry(offset).ok()?)?;
    let sites = sites(unit, offset).ok()?;
    Some(Function {
        entry,
        sites,
        encoding: unit.encoding(),
    })
}

fn sites<'f>(unit: Unit<'_, 'f>, function: UnitOffset) -> gimli::Result<Vec<Site<'f>>> {
    let mut sites = Vec::new();
    let mut entries = unit.entries_at_offset(function)?;
    entries.next_dfs()?;
    let depth = entries.depth();
    for _ in 0..MOST_ENTRIES {
        let Some(entry) = entries.next_dfs()? else {
            break;
        };
        if entry.depth() <= depth {
            break;
        }
        match entry.tag() {
            // Stand within their call site, right behind it.
            dw::DW_TAG_call_site_parameter | dw::DW_TAG_GNU_call_site_parameter => {
                let site = sites.last_mut().filter(|site: &&mut Site<'_>| !site.tail);
                if let Some(site) = site {
                    site.passed.extend(passed(entry));
                }
            }
            _ => sites.extend(site(unit, entry)),
        }
    }
    Ok(sites)
}

fn site<'f>(unit: Unit<'_, 'f>, entry: &Entry<'f>) -> Option<Site<'f>> {
    let (after, origin, tail) = match entry.tag() {
        dw::DW_TAG_call_site => (
            dw::DW_AT_call_return_pc,
            dw::DW_AT_call_origin,
            dw::DW_AT_call_tail_call,
        ),
        dw::DW_TAG_GNU_call_site => (
            dw::DW_AT_low_pc,
            dw::DW_AT_abstract_origin,
            dw::DW_AT_GNU_tail_call,
        ),
        _ => return None,
    };
    let after = unit.attr_address(entry.attr_value(after)?).ok()??;
    let target = match entry.attr_value(origin) {
        Some(AttributeValue::UnitRef(offset)) => target(unit, offset),
        Some(elsewhere) => dwarf::in_other_unit(unit, &elsewhere, target),
        None => None,
    };
    let tail = matches!(entry.attr_value(tail), Some(AttributeValue::Flag(true)));
    Some(Site {
        after,
        target: target.unwrap_or(Target::Unknown),
        tail,
        passed: Vec::new(),
    })
}

/// A register and the expression for its value, both as a call site parameter has them.
fn passed<'f>(entry: &Entry<'f>) -> Option<(u16, &'f [u8])> {
    let expression = |name| match entry.attr_value(name)? {
        AttributeValue::Exprloc(expression) => Some(expression.0.slice()),
        _ => None,
    };
    let register = register(expression(dw::DW_AT_location)?)?;
    let value = expression(dw::DW_AT_call_value);
    let value = value.or_else(|| expression(dw::DW_AT_GNU_call_site_value))?;
    Some((register, value))
}

/// The register that an expression of one operation stands for (`DW_OP_reg0` to `DW_OP_reg31`).
pub(in crate::stack) fn register(expression: &[u8]) -> Option<u16> {
    match expression {
        [operation @ 0x50..=0x6f] => Some(u16::from(operation - 0x50)),
        _ => None,
    }
}

fn target(unit: Unit<'_, '_>, offset: UnitOffset) -> Option<Target> {
    let entry = unit.entry(offset).ok()?;
    if let Some(address) = entry_of(unit, &entry) {
        return Some(Target::At(address));
    }
    name_of(unit, offset, DEEPEST_ORIGIN).map(Target::Named)
}

/// A function's name, from its declaration or from the entry it is an instance of: dwz leaves nothing else behind of
/// functions that several units declare.
fn name_of(unit: Unit<'_, '_>, offset: UnitOffset, left: usize) -> Option<String> {
    let entry = unit.entry(offset).ok()?;
    let name = entry
        .attr_value(dw::DW_AT_linkage_name)
        .or_else(|| entry.attr_value(dw::DW_AT_name));
    if let Some(name) = name {
        let name = unit.attr_string(name).ok()?;
        return Some(name.to_string_lossy().into_owned());
    }
    let left = left.checked_sub(1)?;
    match entry.attr_value(dw::DW_AT_abstract_origin)? {
        AttributeValue::UnitRef(offset) => name_of(unit, offset, left),
        elsewhere => {
            dwarf::in_other_unit(unit, &elsewhere, |unit, offset| name_of(unit, offset, left))
        }
    }
}

fn entry_of<'f>(unit: Unit<'_, 'f>, entry: &Entry<'f>) -> Option<u64> {
    if let Some(value) = entry.attr_value(dw::DW_AT_low_pc) {
        return unit.attr_address(value).ok()?;
    }
    // Of a function with a cold part, the first range is the one it begins in.
    let range = unit.die_ranges(entry).ok()?.next().ok()??;
    Some(range.begin)
}
