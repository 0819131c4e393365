//! Opens a core file that may be compressed.
//!
//! In: a path. Out: a seekable file with the plain bytes, and what was wrong with the stream. A compressed file is
//! streamed into a temporary file without a name, in buffers of a fixed size; pages of zeros become holes, so a core of
//! 1.2 GB with 400 MB of content takes 400 MB. What a hostile file can cost is bounded by [`Limits`].

mod decode;
mod sparse;
#[cfg(test)]
mod tests;
mod unpack;

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use thiserror::Error;

pub(super) use decode::reader;

/// What the first bytes of a file say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// Anything else: the bytes as they are.
    None,
    /// Zstandard frames.
    Zstd,
    /// LZ4 frames.
    Lz4,
    /// An xz stream.
    Xz,
    /// A gzip member.
    Gzip,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "plain",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Xz => "xz",
            Self::Gzip => "gzip",
        })
    }
}

/// How far a compressed file is unpacked, and where to.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Folder of the temporary file.
    pub dir: PathBuf,
    /// Unpacked length, holes included.
    pub max_bytes: u64,
    /// Bytes of pages that are not all zero: what the temporary file takes from the disk.
    pub max_written: u64,
    /// Unpacked bytes for one packed byte, once more than [`Limits::RATIO_FROM`] are unpacked.
    pub max_ratio: u64,
    /// Time without a single page that is not all zero.
    pub max_zero_time: Duration,
}

impl Limits {
    /// The default of [`Limits::max_bytes`]: 64 GiB.
    pub const MAX_BYTES: u64 = 64 << 30;
    /// The default of [`Limits::max_written`]: 16 GiB.
    pub const MAX_WRITTEN: u64 = 16 << 30;
    /// The default of [`Limits::max_ratio`]. zstd packs zeros 31,900 to 1; after the first megabyte of a real core
    /// 50 GiB of zeros must follow to get here.
    pub const MAX_RATIO: u64 = 20_000;
    /// What may be unpacked before the ratio counts: 4 GiB.
    pub const RATIO_FROM: u64 = 4 << 30;
    /// The default of [`Limits::max_zero_time`]. xz and gzip unpack zeros at half a gigabyte a second, at ratios that
    /// an array of zeros in a real process has too.
    pub const MAX_ZERO_TIME: Duration = Duration::from_mins(1);

    /// The defaults, with temporary files in a folder.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            max_bytes: Self::MAX_BYTES,
            max_written: Self::MAX_WRITTEN,
            max_ratio: Self::MAX_RATIO,
            max_zero_time: Self::MAX_ZERO_TIME,
        }
    }
}

/// A core file, ready to be read at any place.
#[derive(Debug)]
pub struct Opened {
    /// Seekable plain bytes, at their start. The file itself, or an unpacked copy that goes when it is closed.
    pub file: File,
    /// Number of plain bytes.
    pub len: u64,
    /// How the file is packed.
    pub compression: Compression,
    /// Why there are fewer bytes than were packed: the stream is cut off or damaged, or a limit was reached.
    pub problem: Option<String>,
}

/// Why a core file gives no bytes at all.
#[derive(Debug, Error)]
pub enum ContainerError {
    /// The file cannot be opened or read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A folder, pipe or device.
    #[error("{} is no regular file", path.display())]
    NotAFile {
        /// What was given.
        path: PathBuf,
    },
    /// No bytes, packed or unpacked.
    #[error("{} is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Not even the first bytes could be unpacked.
    #[error("{} cannot be unpacked: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with the stream.
        why: String,
    },
    /// The temporary file cannot be made or written.
    #[error("cannot unpack into {}", dir.display())]
    Temporary {
        /// Its folder.
        dir: PathBuf,
        /// What the system says: a full disk, for one.
        source: io::Error,
    },
}

/// First bytes by which a format is known.
const MAGIC: [(&[u8], Compression); 4] = [
    (b"\x28\xb5\x2f\xfd", Compression::Zstd),
    (b"\x04\x22\x4d\x18", Compression::Lz4),
    (b"\xfd7zXZ\0", Compression::Xz),
    (b"\x1f\x8b", Compression::Gzip),
];

/// Says how a file is packed; eight bytes are enough.
#[must_use]
pub fn sniff(first_bytes: &[u8]) -> Compression {
    // pzstd puts a frame that is to be skipped before each of its frames.
    if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = first_bytes {
        return Compression::Zstd;
    }
    let known = MAGIC
        .iter()
        .find(|(magic, _)| first_bytes.starts_with(magic));
    known.map_or(Compression::None, |(_, compression)| *compression)
}

/// Opens a core file, and unpacks it where it is compressed.
///
/// A stream that breaks off keeps what came before, with [`Opened::problem`] set.
///
/// # Errors
///
/// When there is not one plain byte, or no place to unpack into.
pub fn open(path: &Path, limits: &Limits) -> Result<Opened, ContainerError> {
    let failed = |source| ContainerError::Read {
        path: path.to_owned(),
        source,
    };
    // Asked by name: opening a pipe that nobody writes to would wait for ever.
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        let path = path.to_owned();
        return Err(ContainerError::NotAFile { path });
    }
    if metadata.len() == 0 {
        let path = path.to_owned();
        return Err(ContainerError::Empty { path });
    }
    let (file, compression) = sniffed(path).map_err(failed)?;
    if compression == Compression::None {
        return Ok(Opened {
            file,
            len: metadata.len(),
            compression,
            problem: None,
        });
    }
    unpack::unpack(file, compression, path, limits)
}

/// Opens a file, at its start, and looks how it is packed.
pub(super) fn sniffed(path: &Path) -> io::Result<(File, Compression)> {
    let mut file = File::open(path)?;
    let mut first = Vec::with_capacity(8);
    (&mut file).take(8).read_to_end(&mut first)?;
    file.seek(SeekFrom::Start(0))?;
    Ok((file, sniff(&first)))
}
