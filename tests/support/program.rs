//! Small ELF programs as they stand in memory: code, call frame information, a build ID. Shared as `core.rs` is.

use super::core::{AARCH64, little_endian};

/// Where code begins in every such program.
pub(crate) const CODE: u64 = 0x1000;

/// A program. Sections follow the code, each at an address equal to its place in the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Program {
    pub(crate) machine: u16,
    pub(crate) code: Vec<u8>,
    pub(crate) build_id: Vec<u8>,
    pub(crate) sections: Vec<Section>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    /// `sh_type`.
    pub(crate) kind: u32,
    /// `sh_flags`.
    pub(crate) flags: u64,
    pub(crate) bytes: Vec<u8>,
    /// `sh_link` by name.
    pub(crate) link: &'static str,
    /// `sh_entsize`.
    pub(crate) entry: u64,
}

impl Program {
    pub(crate) fn new(machine: u16, code: &[u8]) -> Self {
        Self {
            machine,
            code: code.to_vec(),
            ..Self::default()
        }
    }

    /// A loaded section of plain bytes.
    pub(crate) fn section(mut self, name: &'static str, bytes: &[u8]) -> Self {
        self.sections.push(Section {
            name,
            kind: 1,
            flags: 2,
            bytes: bytes.to_vec(),
            ..Section::default()
        });
        self
    }

    /// A symbol table, `.symtab` or the loaded `.dynsym`: name, binding and type, address, size. All are of section 1.
    pub(crate) fn symbols(
        mut self,
        section: &'static str,
        symbols: &[(&str, u8, u64, u64)],
    ) -> Self {
        let mut names = vec![0];
        let mut table = vec![0; 24];
        for &(name, info, address, size) in symbols {
            let at = u32::try_from(names.len()).expect("a place in the names");
            table.extend(at.to_le_bytes());
            table.extend([info, 0, 1, 0]);
            table.extend(little_endian(&[address, size]));
            names.extend([name.as_bytes(), &[0]].concat());
        }
        let (kind, flags, strings) = match section {
            ".dynsym" => (11, 2, ".dynstr"),
            _ => (2, 0, ".strtab"),
        };
        let sections = [(section, kind, table, strings), (strings, 3, names, "")];
        let sections = sections.map(|(name, kind, bytes, link)| Section {
            name,
            kind,
            flags,
            bytes,
            link,
            entry: 24,
        });
        self.sections.extend(sections);
        self
    }

    /// Call frame information of the whole code, with these instructions.
    pub(crate) fn frames(self, instructions: &[u8]) -> Self {
        let at = self.end();
        let bytes = eh_frame(self.machine, at, self.code.len() as u64, instructions);
        self.section(".eh_frame", &bytes)
    }

    fn end(&self) -> u64 {
        let sections = self
            .sections
            .iter()
            .map(|section| padded(section.bytes.len()));
        CODE + padded(self.code.len()) + sections.sum::<u64>()
    }

    /// The file, which is also its image in memory.
    pub(crate) fn build(mut self) -> Vec<u8> {
        let note = [
            &[4, 0, 0, 0][..],
            &u32::try_from(self.build_id.len())
                .unwrap_or(0)
                .to_le_bytes(),
            &[3, 0, 0, 0],
            b"GNU\0",
            &self.build_id,
        ];
        let note_at = self.end();
        let note = note.concat();
        self.sections.push(Section {
            name: ".note.gnu.build-id",
            kind: 7,
            flags: 2,
            bytes: note.clone(),
            ..Section::default()
        });
        let names: Vec<u8> = self
            .sections
            .iter()
            .flat_map(|section| section.name.bytes().chain([0]))
            .collect();
        let names = [&[0][..], &names, b".shstrtab\0"].concat();
        self.sections.push(Section {
            name: ".shstrtab",
            kind: 3,
            bytes: names,
            ..Section::default()
        });
        let headers_at = self.end();
        let mut file = self.header(headers_at, note_at, note.len() as u64);
        let mut headers = vec![0; 64];
        let mut name = 1_u32;
        let links: Vec<_> = self.sections.iter().map(|section| section.name).collect();
        for bytes in
            std::iter::once(&self.code).chain(self.sections.iter().map(|section| &section.bytes))
        {
            file.extend(bytes);
            file.resize(file.len().next_multiple_of(16), 0);
        }
        let mut place = CODE + padded(self.code.len());
        for section in &self.sections {
            let link = links
                .iter()
                .position(|name| *name == section.link)
                .map_or(0, |at| at + 1);
            headers.extend(name.to_le_bytes());
            headers.extend(section.kind.to_le_bytes());
            headers.extend(little_endian(&[
                section.flags,
                place,
                place,
                section.bytes.len() as u64,
                link as u64,
                1,
                section.entry,
            ]));
            name += u32::try_from(section.name.len()).unwrap_or(0) + 1;
            place += padded(section.bytes.len());
        }
        file.extend(headers);
        file
    }

    fn header(&self, headers_at: u64, note_at: u64, note_size: u64) -> Vec<u8> {
        let count = u16::try_from(self.sections.len() + 1).expect("a few sections");
        let size = headers_at + u64::from(count) * 64;
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(16, 0);
        file.extend(3_u16.to_le_bytes());
        file.extend(self.machine.to_le_bytes());
        file.extend(1_u32.to_le_bytes());
        file.extend(little_endian(&[CODE, 64, headers_at]));
        file.extend(0_u32.to_le_bytes());
        for number in [64, 56, 2, 64, count, count - 1] {
            file.extend(number.to_le_bytes());
        }
        // All of it readable and executable; the note of the build ID.
        file.extend(little_endian(&[1 | 5 << 32, 0, 0, 0, size, size, 4096]));
        file.extend(little_endian(&[
            4 | 4 << 32,
            note_at,
            note_at,
            0,
            note_size,
            note_size,
            4,
        ]));
        file.resize(0x1000, 0);
        file
    }
}

fn padded(len: usize) -> u64 {
    len.next_multiple_of(16) as u64
}

/// A CIE and one FDE over the code, for a section at an address.
fn eh_frame(machine: u16, at: u64, len: u64, instructions: &[u8]) -> Vec<u8> {
    let column = if machine == AARCH64 { 30 } else { 16 };
    // Code alignment 1, data alignment -8, the return address's column.
    let mut section = entry(0, &[1, b'z', b'R', 0, 1, 0x78, column, 1, 0x1b]);
    let start = section.len() as u64;
    // Where the code is, counted from the field.
    let code = CODE.wrapping_sub(at + start + 8);
    let mut fde = [low(code), low(len), vec![0]].concat();
    fde.extend(instructions);
    section.extend(entry(start + 4, &fde));
    section.extend([0; 4]);
    section
}

fn entry(cie: u64, content: &[u8]) -> Vec<u8> {
    let mut content = [&low(cie), content].concat();
    // DW_CFA_nop.
    content.resize(content.len().next_multiple_of(8) + 4, 0);
    [low(content.len() as u64), content].concat()
}

/// The low half of a number.
fn low(number: u64) -> Vec<u8> {
    number.to_le_bytes()[..4].to_vec()
}
