//! `SHA256SUMS`: a checksum for each file of a generation, in the form that `sha256sum --check` reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::generation::write_synced;
use crate::IndexError;

pub(super) const SUMS: &str = "SHA256SUMS";

/// Checksums by path within the generation, as hexadecimal digits.
pub(super) type Sums = BTreeMap<String, String>;

/// Reads the checksums of a generation.
pub(super) fn read(dir: &Path) -> Result<Sums, IndexError> {
    let path = dir.join(SUMS);
    let text = fs::read_to_string(&path).map_err(IndexError::damaged(&path))?;
    let lines = text.lines().map(|line| line.split_once("  "));
    let sums: Option<Sums> = lines
        .map(|line| line.map(|(sum, name)| (name.to_owned(), sum.to_owned())))
        .collect();
    sums.ok_or_else(|| IndexError::Damaged {
        path,
        source: "a line is no checksum with a name".into(),
    })
}

/// Writes the checksums of the files, given as paths within the generation. What `known` has is not read again.
pub(super) fn write(dir: &Path, files: &[String], known: &Sums) -> Result<(), IndexError> {
    let mut text = String::new();
    for name in files {
        let sum = match known.get(name) {
            Some(sum) => sum.clone(),
            None => of(&dir.join(name))?,
        };
        let _ = writeln!(text, "{sum}  {name}");
    }
    write_synced(&dir.join(SUMS), text.as_bytes())
}

/// The checksum of a file.
pub(super) fn of(path: &Path) -> Result<String, IndexError> {
    let hash = || -> io::Result<Sha256> {
        let mut hash = Sha256::new();
        io::copy(
            &mut BufReader::with_capacity(1 << 18, File::open(path)?),
            &mut Hashing(&mut hash),
        )?;
        Ok(hash)
    };
    Ok(hex(&hash().map_err(IndexError::io(path))?.finalize()))
}

struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.update(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
