//! The programs and libraries that a process had mapped, each with its file, found by build ID.
//!
//! A module is opened when the first frame in it is met: most of a process's libraries are in no stack.

pub(in crate::stack) mod debug_files;
pub(in crate::stack) mod files;
pub(in crate::stack) mod image;
pub(in crate::stack) mod memory_image;

use std::cell::OnceCell;
use std::ops::Range;
use std::path::PathBuf;

use crate::evidence::core::{Core, FileMapping};
use crate::stack::symbols::Debug;
use crate::stack::unwind::Cfi;
use debug_files::DebugFiles;
use files::Files;
use image::{Image, Load};

/// A program or library in the memory of a process.
#[derive(Debug)]
pub struct Module<'f> {
    /// Path as the process saw it; `[vdso]` for the kernel's.
    pub path: String,
    /// From its first mapped address to behind its last.
    pub range: Range<u64>,
    /// The build ID that the process had; `None` where memory does not show it.
    pub build_id: Option<Vec<u8>>,
    /// Where its first mapping begins in the file.
    offset: u64,
    opened: OnceCell<Opened<'f>>,
    cfi: OnceCell<Cfi<'f>>,
    debug: OnceCell<Debug<'f>>,
}

/// A module with its file.
#[derive(Debug, Default)]
pub struct Opened<'f> {
    /// Its file, or what memory shows of it.
    pub image: Option<Image<'f>>,
    /// Where the file was found; `None` for an image from memory.
    pub file: Option<PathBuf>,
    /// What is added to an address of the file to get that of the process.
    pub bias: u64,
    loads: Vec<Load>,
    problems: Vec<String>,
}

/// All of them, by address.
#[derive(Debug)]
pub struct Modules<'f> {
    list: Vec<Module<'f>>,
    /// Whether there are more.
    cut: bool,
    core: &'f Core,
    files: &'f Files,
    debug_files: &'f DebugFiles,
}

/// More programs and libraries than a process has.
const MOST_MODULES: usize = 16 << 10;

/// Problems of modules that are listed.
const MOST_PROBLEMS: usize = 1000;

/// The name of the kernel's own library in every process.
const VDSO: &str = "[vdso]";

impl<'f> Modules<'f> {
    /// Finds the modules of a core.
    #[must_use]
    pub fn of_core(core: &'f Core, files: &'f Files, debug_files: &'f DebugFiles) -> Self {
        let parts = parts(&core.mappings);
        let mut named = parts.filter_map(|part| module(core, part));
        let mut list: Vec<_> = named.by_ref().take(MOST_MODULES).collect();
        let cut = named.next().is_some();
        if list.is_empty() {
            let executable = core.executable().unwrap_or_default();
            list = memory_image::unnamed(core)
                .take(MOST_MODULES)
                .map(|range| Module::new(core, executable.clone(), range, 0))
                .collect();
        }
        list.extend(core.auxv.vdso.and_then(|start| {
            let segment = core.memory.segment_at(start)?;
            let range = start..segment.address.checked_add(segment.memory_size)?;
            Some(Module::new(core, VDSO.to_owned(), range, 0))
        }));
        let mut modules = Self {
            list,
            cut,
            core,
            files,
            debug_files,
        };
        modules.list.extend(modules.by_program_headers());
        modules.list.sort_by_key(|module| module.range.start);
        modules
    }

    /// The executable of a core that neither lists mapped files nor holds their first pages, as qemu writes them. It
    /// begins with the page of its program headers; its file tells how far it goes.
    fn by_program_headers(&self) -> Option<Module<'f>> {
        let headers = self.core.auxv.program_headers?;
        if self
            .list
            .iter()
            .any(|module| module.range.contains(&headers))
        {
            return None;
        }
        let start = headers - headers % 4096;
        let path = self.core.executable().unwrap_or_default();
        let mut module = Module::new(self.core, path, start..start, 0);
        let loads = &self.open(&module).loads;
        let first = loads.first()?.address;
        let ends = loads
            .iter()
            .map(|load| load.address.saturating_add(load.memory_size));
        let size = ends.max()?.checked_sub(first - first % 4096)?;
        module.range.end = start.checked_add(size)?;
        Some(module)
    }

    /// The modules by address.
    #[must_use]
    pub fn list(&self) -> &[Module<'f>] {
        &self.list
    }

    /// The core that they are in.
    #[must_use]
    pub fn core(&self) -> &'f Core {
        self.core
    }

    /// The root of the file system that the process saw, where it is not this one's.
    #[must_use]
    pub fn sysroot(&self) -> Option<PathBuf> {
        self.debug_files.sysroot.clone()
    }

    /// The module that an address is in.
    #[must_use]
    pub fn at(&self, address: u64) -> Option<&Module<'f>> {
        let next = self
            .list
            .partition_point(|module| module.range.start <= address);
        let module = self.list.get(next.checked_sub(1)?)?;
        module.range.contains(&address).then_some(module)
    }

    /// Whether an address is in the code of a module.
    #[must_use]
    pub fn is_code(&self, address: u64) -> bool {
        self.at(address).is_some_and(|module| {
            let opened = self.open(module);
            let inside = address.wrapping_sub(opened.bias);
            opened
                .loads
                .iter()
                .any(|load| load.executable && load.holds(inside))
        })
    }

    /// Bytes at an address as the file has them, where the process did not change them.
    #[must_use]
    pub fn file_bytes(&self, address: u64) -> Option<&'f [u8]> {
        let opened = self.open(self.at(address)?);
        let image = opened.image.as_ref()?;
        image.bytes_at(address.wrapping_sub(opened.bias))
    }

    /// Code at an address.
    #[must_use]
    pub fn code<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        let mut code = [0; N];
        if self.core.memory.read_some(address, &mut code) == N {
            return Some(code);
        }
        self.file_bytes(address)?.first_chunk().copied()
    }

    /// Text at an address up to a NUL, at most `longest` bytes of it. Literals are pages of the file that the kernel does
    /// not dump.
    #[must_use]
    pub fn string(&self, address: u64, longest: usize) -> Option<String> {
        self.core.memory.string(address, longest).or_else(|| {
            let bytes = self.file_bytes(address)?;
            let bytes = &bytes[..bytes.len().min(longest)];
            let text = bytes.split(|&byte| byte == 0).next()?;
            (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
        })
    }

    /// A module's file.
    pub fn open<'m>(&self, module: &'m Module<'f>) -> &'m Opened<'f> {
        module.opened.get_or_init(|| self.find(module))
    }

    /// Call frame information of a module.
    pub(in crate::stack) fn cfi<'m>(&self, module: &'m Module<'f>) -> &'m Cfi<'f> {
        module.cfi.get_or_init(|| {
            let image = self.open(module).image.as_ref();
            // Debug files are looked for only where the program itself says nothing of its frames.
            Cfi::of_image(image).unwrap_or_else(|| Cfi::of_debug_file(self.debug(module).image()))
        })
    }

    /// Symbols and lines of a module.
    pub(in crate::stack) fn debug<'m>(&self, module: &'m Module<'f>) -> &'m Debug<'f> {
        module.debug.get_or_init(|| {
            let opened = self.open(module);
            Debug::find(module, opened, self.files, self.debug_files)
        })
    }

    /// What was missing of the modules that frames are in. A scan of the stack opens others, too, and data files that were
    /// mapped among them.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        let lists = self.list.iter().flat_map(|module| {
            let debug = module.debug.get();
            let opened = debug.and(module.opened.get());
            let opened = opened.map(|opened| &opened.problems[..]);
            [opened, debug.map(Debug::problems)].into_iter().flatten()
        });
        let lists = lists.flatten().map(String::as_str);
        let mut all: Vec<_> = lists.take(MOST_PROBLEMS + 1).collect();
        if all.len() > MOST_PROBLEMS {
            all[MOST_PROBLEMS] = "more is missing of programs and libraries than is listed";
        }
        let cut = self
            .cut
            .then_some("not all programs and libraries were looked at: there are too many");
        all.into_iter().chain(cut).chain(self.files.problem())
    }

    fn find(&self, module: &Module<'f>) -> Opened<'f> {
        let mut opened = Opened::default();
        let is_executable = self.core.executable().unwrap_or_default() == module.path;
        if module.path != VDSO {
            let found = self.debug_files.program(module, is_executable, self.files);
            opened.problems = found.problems;
            if let Some((path, image)) = found.image {
                opened.file = Some(path);
                opened.image = Some(image);
            }
        }
        if opened.image.is_none() {
            opened.image = memory_image::read(self.core, &module.range, self.files);
        }
        opened.loads = opened.image.iter().flat_map(Image::loads).collect();
        opened.bias = module.bias(&opened.loads);
        opened
    }
}

impl<'f> Module<'f> {
    fn new(core: &Core, path: String, range: Range<u64>, offset: u64) -> Self {
        Self {
            build_id: memory_image::build_id(core, range.start),
            path,
            range,
            offset,
            opened: OnceCell::new(),
            cfi: OnceCell::new(),
            debug: OnceCell::new(),
        }
    }

    /// The name without its folders, and without the kernel's mark of a deleted file.
    #[must_use]
    pub fn name(&self) -> &str {
        crate::stack::names::module(&self.path)
    }

    /// The build ID in hexadecimal digits.
    #[must_use]
    pub fn build_id_text(&self) -> Option<String> {
        self.build_id
            .as_deref()
            .map(crate::stack::debuginfod::hexadecimal)
    }

    /// The file, if the module was opened and has one.
    #[must_use]
    pub fn file(&self) -> Option<&PathBuf> {
        self.opened.get()?.file.as_ref()
    }

    /// Mappings begin at whole pages, segments need not: both sides of the difference are rounded alike.
    fn bias(&self, loads: &[Load]) -> u64 {
        let first = loads.iter().find(|load| {
            let page = load.offset - load.offset % 4096;
            self.offset >= page && self.offset < load.offset.saturating_add(load.file_size)
        });
        let in_file = first.map_or(0, |load| load.address.wrapping_sub(load.offset));
        self.range
            .start
            .wrapping_sub(self.offset)
            .wrapping_sub(in_file)
    }
}

impl Load {
    fn holds(&self, address: u64) -> bool {
        address
            .checked_sub(self.address)
            .is_some_and(|skip| skip < self.memory_size)
    }
}

/// Runs of mappings of one file. A file that was loaded twice gives two: the second begins at its start again.
fn parts(mappings: &[FileMapping]) -> impl Iterator<Item = &[FileMapping]> {
    mappings.chunk_by(|before, next| before.path == next.path && before.offset < next.offset)
}

/// A run of mappings as a module, unless memory shows that it is no ELF file: fonts, locales and archives are mapped,
/// too.
fn module<'f>(core: &Core, part: &[FileMapping]) -> Option<Module<'f>> {
    let (first, last) = (part.first()?, part.last()?);
    let mut magic = [0; 4];
    let dumped = first.offset == 0 && core.memory.read_some(first.start, &mut magic) == 4;
    if dumped && &magic != b"\x7fELF" {
        return None;
    }
    let range = first.start..last.end;
    Some(Module::new(core, first.path.clone(), range, first.offset))
}
