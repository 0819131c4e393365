//! `NT_FILE`: which files were mapped where (`fs/binfmt_elf.c`, `fill_files_note`).

use crate::evidence::Problem;

/// A mapped part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMapping {
    /// First address.
    pub start: u64,
    /// First address behind it.
    pub end: u64,
    /// Where the part begins in the file, in bytes.
    pub offset: u64,
    /// Path as the kernel saw it; ends in ` (deleted)` where the file was gone.
    pub path: String,
}

/// More mappings than a process has: Linux stops at 65,530 unless told otherwise, and at 16 MiB of this note.
const MOST: usize = 1 << 18;

/// Linux knows no longer paths (`PATH_MAX`); the mark of a deleted file may follow.
const LONGEST_PATH: usize = 4096 + 16;

/// Reads the note: count, page size, `count` times start, end and offset in pages, then as many names.
pub(super) fn read(note: &[u8], problems: &mut Vec<Problem>) -> Vec<FileMapping> {
    let words = note.as_chunks::<8>().0;
    let word = |at: usize| words.get(at).map(|bytes| u64::from_le_bytes(*bytes));
    let (Some(count), Some(page_size)) = (word(0), word(1)) else {
        super::note(problems, "the list of mapped files is cut off");
        return Vec::new();
    };
    // The count comes from the core: where the note has no room for so many, the rows tell by themselves.
    let room = (words.len() - 2) / 3;
    let listed = usize::try_from(count)
        .ok()
        .filter(|&count| count <= room)
        .unwrap_or_else(|| rows(&words[2..]));
    let names = note.get((2 + listed * 3) * 8..).unwrap_or_default();
    let mut names = names.split(|&byte| byte == 0);
    let mut mappings = Vec::new();
    for at in 0..listed.min(MOST) {
        let row = (word(2 + at * 3), word(3 + at * 3), word(4 + at * 3));
        let (Some(start), Some(end), Some(pages)) = row else {
            break;
        };
        let Some(name) = names.next().filter(|name| !name.is_empty()) else {
            break;
        };
        mappings.push(FileMapping {
            start,
            end,
            offset: pages.saturating_mul(page_size),
            path: String::from_utf8_lossy(&name[..name.len().min(LONGEST_PATH)]).into_owned(),
        });
    }
    if (mappings.len() as u64) < count {
        let what = format!(
            "the list of mapped files names {count}, of which {} can be read",
            mappings.len()
        );
        super::note(problems, what);
    }
    mappings.retain(|mapping| mapping.start < mapping.end);
    mappings.sort_by_key(|mapping| mapping.start);
    mappings
}

/// How many rows stand before the names: whole pages, in the order of addresses.
fn rows(words: &[[u8; 8]]) -> usize {
    let mut last_end = 0;
    let rows = words.as_chunks::<3>().0.iter();
    let rows = rows.map(|[start, end, _]| (u64::from_le_bytes(*start), u64::from_le_bytes(*end)));
    rows.take_while(|&(start, end)| {
        let sound = start >= last_end && start < end && (start | end).is_multiple_of(4096);
        last_end = end;
        sound
    })
    .count()
}
