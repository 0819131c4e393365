//! The form of a corpus file: a magic number, a version, compressed blocks, a checksum.
//!
//! ```text
//! 8 bytes   89 46 58 54 0d 0a 1a 0a: not text, and damaged by whoever rewrites line ends
//! u32       version
//! blocks    u8 tag, u8 1 if the section goes on in the next block, u32 length, u32 packed length, a zstd frame
//! u8        0: the end
//! 32 bytes  SHA-256 of everything before
//! ```
//!
//! Numbers are little-endian. Nothing stands behind the checksum. Lengths are believed only below a limit, so that a
//! hostile file costs no more memory than a sound one.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use super::CorpusError;

const MAGIC: [u8; 8] = *b"\x89FXT\r\n\x1a\n";

/// The version of the form that this program writes and reads.
const VERSION: u32 = 1;

const END: u8 = 0;

/// Bytes of a block, unpacked.
pub(super) const BLOCK: usize = 4 << 20;

/// What a section of a corpus holds. Numbers are part of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    /// A member begins: its header, as JSON.
    Member = 1,
    /// Graph and references, in postcard form.
    History = 2,
    /// First releases, in postcard form.
    Releases = 3,
    /// The code map, in postcard form.
    Code = 4,
    /// Some fixes, in postcard form.
    Fixes = 5,
    /// A column of facts.
    Column = 6,
}

impl Tag {
    const ALL: [Self; 6] = [
        Self::Member,
        Self::History,
        Self::Releases,
        Self::Code,
        Self::Fixes,
        Self::Column,
    ];

    /// Bytes that a section may have, unpacked: several times what the largest projects come to.
    fn limit(self) -> usize {
        match self {
            Self::Member => 4 << 20,
            Self::History => 128 << 20,
            Self::Releases => 16 << 20,
            Self::Code | Self::Fixes | Self::Column => 32 << 20,
        }
    }
}

/// Writes a corpus.
pub(super) struct Writer<W> {
    out: W,
    sum: Sha256,
    level: i32,
}

impl<W: Write> Writer<W> {
    /// Begins a corpus; `level` is zstd's.
    pub(super) fn new(out: W, level: i32) -> io::Result<Self> {
        let sum = Sha256::new();
        let mut writer = Self { out, sum, level };
        writer.put(&MAGIC)?;
        writer.put(&VERSION.to_le_bytes())?;
        Ok(writer)
    }

    /// Writes a section.
    pub(super) fn section(&mut self, tag: Tag, data: &[u8]) -> io::Result<()> {
        if data.len() > tag.limit() {
            let what = format!(
                "a section of {} bytes is more than a corpus holds",
                data.len()
            );
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        }
        let mut blocks = data.chunks(BLOCK).peekable();
        loop {
            let plain = blocks.next().unwrap_or_default();
            let packed = zstd::bulk::compress(plain, self.level)?;
            let goes_on = blocks.peek().is_some();
            self.put(&[tag as u8, u8::from(goes_on)])?;
            for length in [plain.len(), packed.len()] {
                let length = u32::try_from(length).map_err(io::Error::other)?;
                self.put(&length.to_le_bytes())?;
            }
            self.put(&packed)?;
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// Ends the corpus; gives its checksum and the file.
    pub(super) fn finish(mut self) -> io::Result<([u8; 32], W)> {
        self.put(&[END])?;
        let sum: [u8; 32] = self.sum.finalize().into();
        self.out.write_all(&sum)?;
        self.out.flush()?;
        Ok((sum, self.out))
    }

    fn put(&mut self, data: &[u8]) -> io::Result<()> {
        self.sum.update(data);
        self.out.write_all(data)
    }
}

/// Reads a corpus, section by section.
pub(super) struct Reader<R> {
    source: R,
    sum: Sha256,
    /// Whether all was read, and the checksum found right.
    ended: bool,
}

impl<R: Read> Reader<R> {
    pub(super) fn open(source: R) -> Result<Self, CorpusError> {
        let mut reader = Self {
            source,
            sum: Sha256::new(),
            ended: false,
        };
        let magic: [u8; 8] = reader.take().map_err(|error| match error {
            CorpusError::Truncated => CorpusError::NoCorpus,
            other => other,
        })?;
        if magic != MAGIC {
            return Err(CorpusError::NoCorpus);
        }
        match u32::from_le_bytes(reader.take()?) {
            VERSION => Ok(reader),
            found => Err(CorpusError::Version {
                found,
                known: VERSION,
            }),
        }
    }

    /// The next section; `None` at the end, where the checksum was found to be right.
    pub(super) fn section(&mut self) -> Result<Option<(Tag, Vec<u8>)>, CorpusError> {
        if self.ended {
            return Ok(None);
        }
        let mut section: Option<(Tag, Vec<u8>)> = None;
        loop {
            let [tag] = self.take()?;
            if tag == END && section.is_none() {
                return self.check().map(|()| None);
            }
            let mut known = Tag::ALL.into_iter();
            let tag = known
                .find(|known| *known as u8 == tag)
                .ok_or(CorpusError::Malformed("a section of an unknown kind"))?;
            let (of, data) = section.get_or_insert_with(|| (tag, Vec::new()));
            if *of != tag {
                return Err(CorpusError::Malformed("a section that does not end"));
            }
            let [goes_on] = self.take()?;
            self.block(tag, data)?;
            if goes_on == 0 {
                return Ok(section);
            }
        }
    }

    /// The next section, which must be of this kind.
    pub(super) fn expect(&mut self, tag: Tag) -> Result<Vec<u8>, CorpusError> {
        match self.section()? {
            Some((found, data)) if found == tag => Ok(data),
            _ => Err(CorpusError::Malformed("a section is missing")),
        }
    }

    fn block(&mut self, tag: Tag, data: &mut Vec<u8>) -> Result<(), CorpusError> {
        let plain = u32::from_le_bytes(self.take()?) as usize;
        let packed = u32::from_le_bytes(self.take()?) as usize;
        if plain > BLOCK || packed > zstd::zstd_safe::compress_bound(BLOCK) {
            return Err(CorpusError::TooLarge);
        }
        if data.len() + plain > tag.limit() {
            return Err(CorpusError::TooLarge);
        }
        let mut bytes = vec![0; packed];
        self.fill(&mut bytes)?;
        let unpacked = zstd::bulk::decompress(&bytes, plain);
        let unpacked = unpacked.map_err(|_| CorpusError::Malformed("a block that is no zstd"))?;
        if unpacked.len() != plain {
            return Err(CorpusError::Malformed(
                "a block of another length than it says",
            ));
        }
        data.extend_from_slice(&unpacked);
        Ok(())
    }

    fn check(&mut self) -> Result<(), CorpusError> {
        let sum: [u8; 32] = self.sum.clone().finalize().into();
        let stated: [u8; 32] = self.take()?;
        if stated != sum {
            return Err(CorpusError::Checksum);
        }
        match self.source.read(&mut [0]) {
            Ok(0) => {
                self.ended = true;
                Ok(())
            }
            Ok(_) => Err(CorpusError::Malformed("something behind its end")),
            Err(error) => Err(CorpusError::Io(error)),
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], CorpusError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), CorpusError> {
        self.source
            .read_exact(bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => CorpusError::Truncated,
                _ => CorpusError::Io(error),
            })?;
        self.sum.update(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new(), 1).unwrap();
        writer.section(Tag::Member, b"{}").unwrap();
        writer.section(Tag::Code, &vec![7; BLOCK + 3]).unwrap();
        writer.section(Tag::Column, b"").unwrap();
        writer.finish().unwrap().1
    }

    fn read(data: &[u8]) -> Result<Vec<(Tag, usize)>, CorpusError> {
        let mut reader = Reader::open(data)?;
        let mut sections = Vec::new();
        while let Some((tag, data)) = reader.section()? {
            sections.push((tag, data.len()));
        }
        assert!(reader.section()?.is_none());
        Ok(sections)
    }

    #[test]
    fn sections_come_back() {
        let sections = read(&written()).unwrap();
        let expected = [(Tag::Member, 2), (Tag::Code, BLOCK + 3), (Tag::Column, 0)];
        assert_eq!(sections, expected);
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_noticed() {
        let whole = written();
        for length in 0..whole.len() {
            let error = read(&whole[..length]).unwrap_err();
            let cut = matches!(error, CorpusError::NoCorpus | CorpusError::Truncated);
            assert!(cut, "{length}: {error}");
        }
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&flipped).is_err(), "bit {bit}");
        }
        let more = [&*whole, b"x"].concat();
        assert!(matches!(read(&more), Err(CorpusError::Malformed(_))));
    }

    #[test]
    fn other_versions_and_files_are_named() {
        let mut newer = written();
        newer[8] = 9;
        let error = read(&newer).unwrap_err();
        assert!(matches!(error, CorpusError::Version { found: 9, .. }));
        for other in [&b""[..], b"PK\x03\x04", b"<!doctype html><html>"] {
            assert!(matches!(read(other), Err(CorpusError::NoCorpus)));
        }
    }

    #[test]
    fn lengths_beyond_the_limits_are_not_believed() {
        let start = &written()[..12];
        let block = u32::try_from(BLOCK).unwrap();
        for (plain, packed) in [(u32::MAX, 8), (8, u32::MAX), (block + 1, 8)] {
            let mut hostile = start.to_vec();
            hostile.extend([Tag::Code as u8, 0]);
            hostile.extend(plain.to_le_bytes());
            hostile.extend(packed.to_le_bytes());
            hostile.extend([0; 64]);
            assert!(matches!(read(&hostile), Err(CorpusError::TooLarge)));
        }
        // A small frame that claims to be as long as can be.
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 1).unwrap();
        let mut hostile = start.to_vec();
        hostile.extend([Tag::Code as u8, 0]);
        hostile.extend(block.to_le_bytes());
        hostile.extend(u32::try_from(bomb.len()).unwrap().to_le_bytes());
        hostile.extend(&bomb);
        assert!(matches!(read(&hostile), Err(CorpusError::Malformed(_))));
        // Blocks without end.
        let mut writer = Writer::new(Vec::new(), 1).unwrap();
        for _ in 0..8 {
            writer.section(Tag::Member, &vec![0; BLOCK]).unwrap();
        }
        let mut endless = writer.finish().unwrap().1;
        for at in 0..endless.len() - 1 {
            if endless[at..].starts_with(&[Tag::Member as u8, 0, 0, 0, 0x40, 0]) {
                endless[at + 1] = 1;
            }
        }
        assert!(matches!(read(&endless), Err(CorpusError::TooLarge)));
    }
}
