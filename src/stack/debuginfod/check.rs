//! Whether a file is whole, and the one that was asked for.

use std::fs::File;

use memmap2::Mmap;
use object::{Object as _, ObjectSection as _};

use super::error::Failure;
use super::request::hexadecimal;

/// Says what is wrong with a file that should be an ELF file with this build ID.
pub(super) fn check(file: &File, build_id: &[u8]) -> Result<(), Failure> {
    // SAFETY: files of the cache are replaced by renaming and never written once they have their names; a temporary
    // file is this process' own.
    let map = unsafe { Mmap::map(file) }.map_err(|error| Failure::Damaged(error.to_string()))?;
    check_bytes(&map, build_id)
}

fn check_bytes(bytes: &[u8], build_id: &[u8]) -> Result<(), Failure> {
    if !bytes.starts_with(b"\x7fELF") {
        return Err(Failure::NotElf);
    }
    let damaged = |error: object::Error| Failure::Damaged(error.to_string());
    let elf = object::File::parse(bytes).map_err(damaged)?;
    // A server that names no length may have been cut off.
    let whole = elf.sections().all(|section| {
        section.file_range().is_none_or(|(offset, size)| {
            offset
                .checked_add(size)
                .is_some_and(|end| end <= bytes.len() as u64)
        })
    });
    if !whole {
        return Err(Failure::Damaged("sections behind its end".to_owned()));
    }
    match elf.build_id().map_err(damaged)? {
        Some(found) if found == build_id => Ok(()),
        Some(found) => Err(Failure::BuildId {
            found: hexadecimal(found),
        }),
        None => Err(Failure::NoBuildId),
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, check_bytes};

    #[test]
    fn pages_and_stumps_are_refused() {
        assert_eq!(check_bytes(b"", b"id"), Err(Failure::NotElf));
        assert_eq!(check_bytes(b"<html>", b"id"), Err(Failure::NotElf));
        let stump = check_bytes(b"\x7fELF\x02\x01\x01", b"id");
        assert!(matches!(stump, Err(Failure::Damaged(_))), "{stump:?}");
    }

    #[test]
    fn the_build_id_decides() {
        let own = std::fs::read("/proc/self/exe").expect("this program");
        let other = check_bytes(&own, b"another");
        assert!(
            matches!(other, Err(Failure::BuildId { .. } | Failure::NoBuildId)),
            "{other:?}"
        );
        let half = check_bytes(&own[..own.len() / 2], b"another");
        assert!(matches!(half, Err(Failure::Damaged(_))), "{half:?}");
    }
}
