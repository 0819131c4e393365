//! Arguments of functions where they are cheap and certain: numbers, pointers and strings whose place DWARF tells, or
//! whose value at the call its caller does. What was optimised out is left out.

use gimli::{AttributeValue, DebuggingInformationEntry, UnitOffset, UnitRef, constants as dw};

use super::call_sites::Passed;
use super::dwarf::Slice;
use super::value_kind::{self, ValueKind};
use crate::evidence::Argument;
use crate::evidence::core::{CachedMemory, Registers};
use crate::stack::modules::Modules;
use crate::stack::unwind::{Frame, Place, RawFrame, evaluate};

/// Parameters of one function at one address.
#[derive(Debug, Clone, Default)]
pub(in crate::stack) struct Parameters<'f> {
    list: Vec<Parameter<'f>>,
    encoding: Option<gimli::Encoding>,
}

#[derive(Debug, Clone)]
struct Parameter<'f> {
    name: String,
    place: Whereabouts<'f>,
    kind: ValueKind,
}

#[derive(Debug, Clone, Copy)]
enum Whereabouts<'f> {
    /// A DWARF expression.
    Expression(&'f [u8]),
    Constant(u64),
}

/// Functions with more are tables of generated code.
const MOST_PARAMETERS: usize = 32;

type Unit<'u, 'f> = UnitRef<'u, Slice<'f>>;
type Entry<'f> = DebuggingInformationEntry<Slice<'f>>;

impl<'f> Parameters<'f> {
    /// The parameters of the function whose entry is at an offset, as they are at an address of the file.
    pub(in crate::stack) fn of(unit: Unit<'_, 'f>, function: UnitOffset, address: u64) -> Self {
        Self {
            list: Self::list(unit, function, address).unwrap_or_default(),
            encoding: Some(unit.encoding()),
        }
    }

    fn list(
        unit: Unit<'_, 'f>,
        function: UnitOffset,
        address: u64,
    ) -> gimli::Result<Vec<Parameter<'f>>> {
        let mut list = Vec::new();
        let mut tree = unit.entries_tree(Some(function))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            if entry.tag() != dw::DW_TAG_formal_parameter {
                // Parameters stand first.
                if !list.is_empty() {
                    break;
                }
                continue;
            }
            list.extend(parameter(unit, entry, address)?);
            if list.len() == MOST_PARAMETERS {
                break;
            }
        }
        Ok(list)
    }

    /// Their values in a frame.
    pub(in crate::stack) fn values(&self, scene: &Scene<'_, '_>) -> Vec<Argument> {
        let Some(encoding) = self.encoding else {
            return Vec::new();
        };
        let values = self.list.iter().filter_map(|parameter| {
            let value = parameter.value(scene, encoding)?;
            Some(Argument {
                name: parameter.name.clone(),
                value,
            })
        });
        values.collect()
    }
}

/// Where values are looked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::stack) struct Scene<'a, 'f> {
    pub(in crate::stack) frame: &'a RawFrame,
    /// Of the frame's module.
    pub(in crate::stack) bias: u64,
    /// What the caller passed, with its registers and its module's bias.
    pub(in crate::stack) passed: Option<(&'a Passed<'a>, &'a Registers, u64)>,
    pub(in crate::stack) memory: &'a CachedMemory<'a>,
    pub(in crate::stack) modules: &'a Modules<'f>,
}

impl Scene<'_, '_> {
    /// What a register held when the function was called.
    fn passed(&self, number: u16) -> Option<u64> {
        let (passed, registers, bias) = self.passed?;
        let caller = Frame {
            cfa: None,
            base: None,
            bias,
            passed: None,
        };
        let bytes = passed.register(number)?;
        let place = evaluate(
            bytes,
            passed.encoding,
            registers,
            self.memory,
            None,
            Some(caller),
        );
        match place.ok()? {
            Place::Address(value) | Place::Value(value) => Some(value),
            Place::Register(_) | Place::Nowhere => None,
        }
    }
}

fn parameter<'f>(
    unit: Unit<'_, 'f>,
    entry: &Entry<'f>,
    address: u64,
) -> gimli::Result<Option<Parameter<'f>>> {
    let Some(place) = place(unit, entry, address)? else {
        return Ok(None);
    };
    let origin = match entry.attr_value(dw::DW_AT_abstract_origin) {
        Some(AttributeValue::UnitRef(offset)) => Some(unit.entry(offset)?),
        _ => None,
    };
    let attribute = |name| {
        let own = entry.attr_value(name);
        own.or_else(|| origin.as_ref().and_then(|origin| origin.attr_value(name)))
    };
    let (Some(name), Some(kind)) = (attribute(dw::DW_AT_name), attribute(dw::DW_AT_type)) else {
        return Ok(None);
    };
    let name = unit.attr_string(name)?.to_string_lossy().into_owned();
    let kind = value_kind::of(unit, kind)?;
    Ok(kind.map(|kind| Parameter { name, place, kind }))
}

fn place<'f>(
    unit: Unit<'_, 'f>,
    entry: &Entry<'f>,
    address: u64,
) -> gimli::Result<Option<Whereabouts<'f>>> {
    if let Some(value) = entry.attr_value(dw::DW_AT_const_value) {
        let value = value
            .udata_value()
            .or_else(|| value.sdata_value().map(i64::cast_unsigned));
        return Ok(value.map(Whereabouts::Constant));
    }
    let Some(location) = entry.attr_value(dw::DW_AT_location) else {
        return Ok(None);
    };
    if let AttributeValue::Exprloc(expression) = location {
        return Ok(Some(Whereabouts::Expression(expression.0.slice())));
    }
    let Some(mut locations) = unit.attr_locations(location)? else {
        return Ok(None);
    };
    while let Some(location) = locations.next()? {
        if location.range.begin <= address && address < location.range.end {
            return Ok(Some(Whereabouts::Expression(location.data.0.slice())));
        }
    }
    Ok(None)
}

impl Parameter<'_> {
    fn value(&self, scene: &Scene<'_, '_>, encoding: gimli::Encoding) -> Option<String> {
        let raw = match self.place {
            Whereabouts::Constant(value) => value,
            Whereabouts::Expression(bytes) => self.evaluate(bytes, scene, encoding)?,
        };
        Some(self.kind.write(raw, scene.modules))
    }

    fn evaluate(
        &self,
        bytes: &[u8],
        scene: &Scene<'_, '_>,
        encoding: gimli::Encoding,
    ) -> Option<u64> {
        let (frame, memory) = (scene.frame, scene.memory);
        let about = Frame {
            cfa: frame.cfa,
            // What GCC and Clang have as frame base with optimisation: `DW_OP_call_frame_cfa`.
            base: frame.cfa,
            bias: scene.bias,
            passed: Some(&|number| scene.passed(number)),
        };
        let registers = &frame.registers;
        match evaluate(bytes, encoding, registers, memory, None, Some(about)).ok()? {
            Place::Address(address) => self.kind.read(memory, address),
            Place::Value(value) => Some(value),
            Place::Register(number) => registers.get(number),
            Place::Nowhere => None,
        }
    }
}
