//! Small ELF files, made without tools.

/// A 64-bit file with a build ID and a section of some size, whose section headers stand last.
pub(crate) fn with_build_id(build_id: &[u8], size: usize) -> Vec<u8> {
    let names = b"\0.note.gnu.build-id\0.debug_info\0.shstrtab\0";
    let mut note = Vec::new();
    for number in [4, word(build_id.len()), 3] {
        note.extend(number.to_le_bytes());
    }
    note.extend(b"GNU\0");
    note.extend(build_id);
    note.resize(note.len().next_multiple_of(4), 0);
    let mut file = vec![0; 64];
    let mut headers = vec![0; 64];
    // Name, type (notes, contents, strings), contents.
    for (name, kind, content) in [
        (1, 7, note),
        (20, 1, vec![b'x'; size]),
        (32, 3, names.to_vec()),
    ] {
        headers.extend(section(name, kind, file.len(), content.len()));
        file.extend(content);
        file.resize(file.len().next_multiple_of(8), 0);
    }
    let head = header(file.len(), headers.len() / 64);
    file[..64].copy_from_slice(&head);
    file.extend(headers);
    file
}

fn header(sections_at: usize, sections: usize) -> Vec<u8> {
    let mut head = b"\x7fELF\x02\x01\x01".to_vec();
    head.resize(16, 0);
    // A shared object for x86-64.
    head.extend([3, 0, 62, 0, 1, 0, 0, 0]);
    head.resize(40, 0);
    head.extend((sections_at as u64).to_le_bytes());
    head.extend([0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 64, 0]);
    for number in [sections, sections - 1] {
        head.extend(&word(number).to_le_bytes()[..2]);
    }
    head
}

fn section(name: u32, kind: u32, offset: usize, size: usize) -> Vec<u8> {
    let mut section = Vec::new();
    section.extend(name.to_le_bytes());
    section.extend(kind.to_le_bytes());
    section.resize(24, 0);
    section.extend((offset as u64).to_le_bytes());
    section.extend((size as u64).to_le_bytes());
    section.resize(48, 0);
    // Alignment.
    section.extend(4_u64.to_le_bytes());
    section.resize(64, 0);
    section
}

fn word(number: usize) -> u32 {
    u32::try_from(number).expect("a small number")
}
