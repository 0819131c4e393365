//! An ELF file: program, library or debug file, from disk or from the memory of a process.

use std::borrow::Cow;
use std::io::Read as _;
use std::thread;

use liblzma::read::XzDecoder;
use liblzma::stream::Stream;
use object::elf::{PF_X, PT_GNU_EH_FRAME, PT_LOAD, SHF_ALLOC};
use object::read::elf::{ElfFile64, ProgramHeader as _, SectionHeader as _};
use object::{CompressedData, CompressionFormat, LittleEndian, Object as _, ObjectSection as _};

use super::files::Files;

/// Sections that unpack to more are left alone: the largest `.debug_info` seen in a distribution has about 1 GiB.
const LARGEST_SECTION: u64 = 2 << 30;

/// Smaller sections are unpacked before a thread has started.
const WORTH_A_THREAD: usize = 64 << 10;

/// All that is unpacked for one answer; the debug files of a process of a hundred libraries have less than 1 GiB.
const MOST_UNPACKED: u64 = 4 << 30;

/// The unpacked size of a MiniDebugInfo is that of a symbol table.
const LARGEST_MINI_DEBUG_INFO: u64 = 256 << 20;

/// What xz may need for its dictionary: that of `xz -9` is 64 MiB.
const MOST_XZ_MEMORY: u64 = 128 << 20;

/// An ELF file that has been parsed.
#[derive(Debug)]
pub struct Image<'f> {
    files: &'f Files,
    elf: Elf<'f>,
    /// Whether only what is loaded can be there: it comes from a process's memory.
    loaded: bool,
}

pub(in crate::stack) type Elf<'f> = ElfFile64<'f, LittleEndian, &'f [u8]>;

/// A loadable segment, with addresses as in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// First address.
    pub address: u64,
    /// Bytes in memory.
    pub memory_size: u64,
    /// Where it stands in the file.
    pub offset: u64,
    /// Bytes in the file.
    pub file_size: u64,
    /// Whether it holds code.
    pub executable: bool,
}

/// A section as the file has it.
struct Stored<'f> {
    address: u64,
    data: CompressedData<'f>,
}

/// A section's first address and its bytes, unpacked.
pub(in crate::stack) type Section<'f> = (u64, &'f [u8]);

impl<'f> Image<'f> {
    /// Parses the headers; `None` for what is no 64-bit little-endian ELF file.
    #[must_use]
    pub fn parse(files: &'f Files, bytes: &'f [u8]) -> Option<Self> {
        let elf = Elf::parse(bytes).ok()?;
        Some(Self {
            files,
            elf,
            loaded: false,
        })
    }

    /// Parses what a process's memory has of a file. Sections that are never loaded are not believed: whoever made a
    /// core can put anything there, and no real one has them.
    pub(in crate::stack) fn of_memory(files: &'f Files, bytes: &'f [u8]) -> Option<Self> {
        let image = Self::parse(files, bytes)?;
        Some(Self {
            loaded: true,
            ..image
        })
    }

    pub(in crate::stack) fn elf(&self) -> &Elf<'f> {
        &self.elf
    }

    /// The whole file.
    #[must_use]
    pub fn bytes(&self) -> &'f [u8] {
        self.elf.data()
    }

    /// Its build ID (`.note.gnu.build-id`).
    #[must_use]
    pub fn build_id(&self) -> Option<&'f [u8]> {
        self.elf.build_id().ok().flatten()
    }

    /// Loadable segments in the order of the file.
    pub fn loads(&self) -> impl Iterator<Item = Load> + '_ {
        let headers = self.elf.elf_program_headers().iter();
        let loads = headers.filter(|header| header.p_type(LittleEndian) == PT_LOAD);
        loads.map(|header| Load {
            address: header.p_vaddr(LittleEndian),
            memory_size: header.p_memsz(LittleEndian),
            offset: header.p_offset(LittleEndian),
            file_size: header.p_filesz(LittleEndian),
            executable: header.p_flags(LittleEndian).contains(PF_X),
        })
    }

    /// A section, unpacked where it is compressed; `None` where it is absent, empty, damaged or too large.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<Section<'f>> {
        self.sections(&[name]).pop().flatten()
    }

    /// Several sections in the order of their names. Packed ones are unpacked side by side: in distributions' debug
    /// files all are, and unpacking those of glibc is a third of the time that a stack takes.
    pub(in crate::stack) fn sections(&self, names: &[&str]) -> Vec<Option<Section<'f>>> {
        let stored: Vec<_> = names.iter().map(|name| self.stored(name)).collect();
        let unpacked: Vec<_> = thread::scope(|scope| {
            let start = |section: &Option<Stored<'f>>| {
                let data = section.as_ref()?.data;
                let unpack = move || data.decompress();
                let large =
                    data.format != CompressionFormat::None && data.data.len() > WORTH_A_THREAD;
                // Where no more threads are to be had, it is done below.
                large.then(|| thread::Builder::new().spawn_scoped(scope, unpack).ok())?
            };
            let running: Vec<_> = stored.iter().map(start).collect();
            let results = running.into_iter().zip(&stored);
            let results = results.map(|(running, section)| match running {
                Some(thread) => thread.join().ok()?.ok(),
                None => section.as_ref()?.data.decompress().ok(),
            });
            results.collect()
        });
        let sections = stored.into_iter().zip(unpacked);
        let sections = sections.map(|(stored, unpacked)| {
            let data = match unpacked? {
                Cow::Borrowed(data) => data,
                Cow::Owned(data) => self.files.keep(data),
            };
            // `SHT_NOBITS`, as debug files have their code sections.
            (!data.is_empty()).then_some((stored?.address, data))
        });
        sections.collect()
    }

    /// A section as it is stored, if it may be unpacked.
    fn stored(&self, name: &str) -> Option<Stored<'f>> {
        let section = self.elf.section_by_name(name)?;
        let flags = section.elf_section_header().sh_flags(LittleEndian);
        if self.loaded && !flags.contains(SHF_ALLOC) {
            return None;
        }
        let data = section.compressed_data().ok()?;
        if data.format != CompressionFormat::None {
            let size = data.uncompressed_size;
            if self.loaded || size > LARGEST_SECTION {
                return None;
            }
            self.files.reserve(size, MOST_UNPACKED)?;
        }
        let address = section.address();
        Some(Stored { address, data })
    }

    /// `.eh_frame_hdr`, by section or, where section headers are missing, by program header.
    pub(in crate::stack) fn eh_frame_header(&self) -> Option<Section<'f>> {
        self.section(".eh_frame_hdr").or_else(|| {
            let headers = self.elf.elf_program_headers().iter();
            let mut found = headers.filter(|header| header.p_type(LittleEndian) == PT_GNU_EH_FRAME);
            let header = found.next()?;
            let data = header.data(LittleEndian, self.elf.data()).ok()?;
            Some((header.p_vaddr(LittleEndian), data))
        })
    }

    /// The bytes of the file that are loaded at an address, to the end of the segment's part of the file.
    #[must_use]
    pub fn bytes_at(&self, address: u64) -> Option<&'f [u8]> {
        let load = self.loads().find(|load| {
            address
                .checked_sub(load.address)
                .is_some_and(|skip| skip < load.file_size)
        })?;
        let skip = address - load.address;
        let start = usize::try_from(load.offset.checked_add(skip)?).ok()?;
        let len = usize::try_from(load.file_size - skip).ok()?;
        let bytes = self.elf.data().get(start..)?;
        Some(&bytes[..bytes.len().min(len)])
    }

    /// Whether it describes functions and lines.
    #[must_use]
    pub fn has_dwarf(&self) -> bool {
        !self.loaded
            && [".debug_info", ".zdebug_info"].iter().any(|name| {
                self.elf
                    .section_by_name(name)
                    .is_some_and(|section| section.size() > 0)
            })
    }

    /// File name and CRC-32 of the debug file (`.gnu_debuglink`).
    #[must_use]
    pub fn debug_link(&self) -> Option<(&'f [u8], u32)> {
        self.elf.gnu_debuglink().ok().flatten()
    }

    /// File name and build ID of what dwz moved out (`.gnu_debugaltlink`).
    #[must_use]
    pub fn debug_alt_link(&self) -> Option<(&'f [u8], &'f [u8])> {
        self.elf.gnu_debugaltlink().ok().flatten()
    }

    /// The symbol table that Fedora puts into stripped files, xz-compressed (`.gnu_debugdata`).
    #[must_use]
    pub fn mini_debug_info(&self) -> Option<Self> {
        let (_, packed) = self.section(".gnu_debugdata")?;
        let mut unpacked = Vec::new();
        // Cut there, it would lack its section headers, and be no ELF file; xz itself may ask for a dictionary of 4 GiB.
        let stream = Stream::new_stream_decoder(MOST_XZ_MEMORY, 0).ok()?;
        let reader = XzDecoder::new_stream(packed, stream);
        let mut reader = reader.take(LARGEST_MINI_DEBUG_INFO);
        reader.read_to_end(&mut unpacked).ok()?;
        self.files.reserve(unpacked.len() as u64, MOST_UNPACKED)?;
        Self::parse(self.files, self.files.keep(unpacked))
    }
}
