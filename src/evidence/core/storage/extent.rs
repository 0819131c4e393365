//! Whether a core is shorter than its program headers say.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use object::elf::{ELFMAG, FileHeader32, FileHeader64, PN_XNUM};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, pod};
use zstd::zstd_safe::get_frame_content_size;

use crate::evidence::core::container::{self, Compression};

/// Headers of 65,535 segments, the most there can be without an extended count, and the file's own.
const LONGEST_HEAD: u64 = 64 + 0xffff * 56;

/// Whether a core is cut short: by its length if it is plain, by the length that a zstd frame says it has. Nothing where
/// only unpacking it would tell, or where it is no ELF file.
pub(super) fn truncated(
    mut file: File,
    compression: Compression,
    size: u64,
) -> io::Result<Option<bool>> {
    let len = match compression {
        Compression::None => Some(size),
        Compression::Zstd => content_size(&mut file)?,
        Compression::Lz4 | Compression::Xz | Compression::Gzip => None,
    };
    let Some(len) = len else { return Ok(None) };
    match of_headers(file, compression, len) {
        // The file can be read; it is the stream in it that breaks off, or makes no sense.
        Err(error) if compression != Compression::None => {
            Ok((error.kind() == io::ErrorKind::UnexpectedEof).then_some(true))
        }
        truncated => truncated,
    }
}

fn of_headers(file: File, compression: Compression, len: u64) -> io::Result<Option<bool>> {
    let mut plain = container::reader(file, compression)?;
    let mut head = Vec::new();
    plain.by_ref().take(64).read_to_end(&mut head)?;
    match head.get(..5) {
        Some([magic @ .., 2]) if *magic == ELFMAG => {
            shorter::<FileHeader64<Endianness>>(&mut head, &mut plain, len)
        }
        Some([magic @ .., 1]) if *magic == ELFMAG => {
            shorter::<FileHeader32<Endianness>>(&mut head, &mut plain, len)
        }
        _ => Ok(None),
    }
}

/// The unpacked length that a zstd frame states; systemd-coredump streams and states none, the `zstd` command does.
fn content_size(file: &mut File) -> io::Result<Option<u64>> {
    let mut head = Vec::with_capacity(18);
    file.by_ref().take(18).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    // A frame that is to be skipped has no content of its own, and says nothing of the next.
    let is_frame = head.starts_with(b"\x28\xb5\x2f\xfd");
    Ok(get_frame_content_size(&head)
        .ok()
        .flatten()
        .filter(|_| is_frame))
}

/// Whether `len` is less than where the last segment ends.
fn shorter<Elf: FileHeader<Endian = Endianness>>(
    head: &mut Vec<u8>,
    rest: &mut dyn Read,
    len: u64,
) -> io::Result<Option<bool>> {
    let Ok((header, _)) = pod::from_bytes::<Elf>(head) else {
        return Ok(Some(true));
    };
    let Ok(endian) = header.endian() else {
        return Ok(None);
    };
    let header = *header;
    let (count, size): (u64, u64) = (
        header.e_phnum(endian).into(),
        header.e_phentsize(endian).into(),
    );
    if header.e_phnum(endian) == PN_XNUM {
        // The true count stands in a section header, which the kernel writes behind everything else.
        let at: u64 = header.e_shoff(endian).into();
        return Ok((at >= len).then_some(true));
    }
    let start: u64 = header.e_phoff(endian).into();
    let end = start.saturating_add(count * size);
    if end > len {
        return Ok(Some(true));
    }
    if end > LONGEST_HEAD {
        return Ok(None);
    }
    rest.take(end.saturating_sub(head.len() as u64))
        .read_to_end(head)?;
    let Ok(segments) = header.program_headers(endian, head.as_slice()) else {
        return Ok(None);
    };
    let ends = segments.iter().map(|segment| {
        let (at, length): (u64, u64) = (
            segment.p_offset(endian).into(),
            segment.p_filesz(endian).into(),
        );
        at.saturating_add(length)
    });
    Ok(ends.max().map(|end| end > len))
}
