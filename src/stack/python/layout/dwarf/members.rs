//! What a type is, and where its members stand (DWARF 5, sections 5.3 and 5.7).

use gimli::constants as dw;

use super::units::{Die, Entry, Units};

/// A structure within a structure within a structure; types that refer to themselves have no end.
const DEEPEST: usize = 16;

impl<'f> Units<'f> {
    /// The structure behind typedefs and qualifiers.
    pub(super) fn structure(&self, mut die: Die) -> Option<Die> {
        for _ in 0..DEEPEST {
            let entry = self.entry(die)?;
            match entry.tag() {
                dw::DW_TAG_structure_type | dw::DW_TAG_union_type => {
                    let declaration = entry.attr(dw::DW_AT_declaration).is_some();
                    return (!declaration).then_some(die);
                }
                dw::DW_TAG_typedef | dw::DW_TAG_const_type | dw::DW_TAG_volatile_type => {
                    die = self.refer(die.unit, &entry.attr_value(dw::DW_AT_type)?)?;
                }
                _ => return None,
            }
        }
        None
    }

    /// The offset of a member, and of a member of it, and so on. `depth` counts the structures around it.
    pub(super) fn member(&self, structure: Die, members: &str, depth: usize) -> Option<u64> {
        let (name, rest) = members
            .split_once('.')
            .map_or((members, None), |(name, rest)| (name, Some(rest)));
        let unit = self.unit(structure.unit)?;
        let mut tree = unit.entries_tree(Some(structure.offset)).ok()?;
        let root = tree.root().ok()?;
        if name == "#size" {
            return root.entry().attr_value(dw::DW_AT_byte_size)?.udata_value();
        }
        if depth > DEEPEST {
            return None;
        }
        let mut children = root.children();
        while let Ok(Some(child)) = children.next() {
            self.left.set(self.left.get().checked_sub(1)?);
            let entry = child.entry();
            if entry.tag() != dw::DW_TAG_member {
                continue;
            }
            let location = entry.attr_value(dw::DW_AT_data_member_location);
            // A member of a union has none.
            let offset = location.map_or(Some(0), |location| location.udata_value());
            let found = match (self.name(structure.unit, entry), rest) {
                (Some(own), None) if own == name => Some(0),
                (Some(own), Some(rest)) if own == name => self
                    .member_type(structure.unit, entry)
                    .and_then(|inner| self.member(inner, rest, depth + 1)),
                // Members of a structure without a name belong to the one around it.
                (None, _) => self
                    .member_type(structure.unit, entry)
                    .and_then(|inner| self.member(inner, members, depth + 1)),
                _ => None,
            };
            if let Some(found) = found {
                return offset?.checked_add(found);
            }
        }
        None
    }

    fn member_type(&self, unit: usize, entry: &Entry<'f>) -> Option<Die> {
        self.structure(self.refer(unit, &entry.attr_value(dw::DW_AT_type)?)?)
    }

    /// The source file, as compiled, that declares a structure.
    #[cfg(test)]
    pub(super) fn declared(&self, structure: Die) -> Option<String> {
        let entry = self.entry(structure)?;
        let unit = self.unit(structure.unit)?;
        let gimli::AttributeValue::FileIndex(index) = entry.attr_value(dw::DW_AT_decl_file)? else {
            return None;
        };
        let header = unit.line_program.as_ref()?.header();
        let file = header.file(index)?;
        let text = |value| {
            Some(
                self.part(structure.unit)
                    .attr_string(unit, value)
                    .ok()?
                    .to_string_lossy()
                    .into_owned(),
            )
        };
        let folder = file.directory(header).and_then(text).unwrap_or_default();
        Some(format!("{folder}/{}", text(file.path_name())?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Structures;
    use crate::stack::modules::files::Files;
    use crate::stack::modules::image::Image;
    use crate::stack::python::layout::Field;
    use crate::stack::symbols::dwarf::ModuleDwarf;
    use crate::synthetic::core::X86_64;
    use crate::synthetic::program::Program;

    /// Tag, children, attributes and forms.
    const ABBREVIATIONS: [u8; 24] = [
        1, 0x11, 1, 0x03, 0x08, 0, 0, // DW_TAG_compile_unit, DW_AT_name
        2, 0x13, 1, 0x03, 0x08, 0, 0, // DW_TAG_structure_type, DW_AT_name
        3, 0x0d, 0, 0x49, 0x11, 0, 0, // DW_TAG_member, DW_AT_type by DW_FORM_ref1
        0, 0, 0,
    ];

    /// A structure of many members without a name, which are structures like itself.
    #[test]
    fn structures_within_themselves_end() {
        let mut unit = vec![4, 0, 0, 0, 0, 0, 8];
        unit.extend(b"\x01Python/ceval.c\0");
        let structure = u8::try_from(4 + unit.len()).unwrap();
        unit.extend(b"\x02_object\0");
        unit.extend([3, structure].repeat(100));
        unit.extend([0, 0]);
        let length = u32::try_from(unit.len()).unwrap().to_le_bytes();
        let info = [&length[..], &unit].concat();
        let program = Program::new(X86_64, &[0x90; 16])
            .section(".debug_info", &info)
            .section(".debug_abbrev", &ABBREVIATIONS);
        let files = Files::default();
        let image = Image::parse(&files, files.keep(program.build())).unwrap();
        let structures = Structures::find(&ModuleDwarf::of(&image, None).unwrap(), None);
        assert!(structures.knows("_object"));
        assert_eq!(structures.offset(Field::ObjectType), None);
    }
}
