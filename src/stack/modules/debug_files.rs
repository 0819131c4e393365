//! Where programs and their debug files are found: by build ID, never by path alone.
//!
//! The order is gdb's ("Debugging Information in Separate Files"): the mapped file, `.build-id` folders,
//! `.gnu_debuglink` beside the file, debuginfod. A file whose build ID differs from the process's is not used.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::Module;
use super::files::Files;
use super::image::Image;
use crate::stack::debuginfod::{Client, Kind, hexadecimal};

/// Where to look.
#[derive(Debug, Default)]
pub struct DebugFiles {
    /// Root of the file system that the process saw, if not the machine's.
    pub sysroot: Option<PathBuf>,
    /// The executable, if not where the process had it.
    pub executable: Option<PathBuf>,
    /// Folders laid out like `/usr/lib/debug`, the first to look in first.
    pub debug_dirs: Vec<PathBuf>,
    /// debuginfod, where it may be asked.
    pub debuginfod: Option<Client>,
}

/// A file that was looked for.
#[derive(Debug, Default)]
pub(in crate::stack) struct Found<'f> {
    pub(in crate::stack) image: Option<(PathBuf, Image<'f>)>,
    pub(in crate::stack) problems: Vec<String>,
}

/// Where distributions install debug files.
const SYSTEM: &str = "/usr/lib/debug";

impl DebugFiles {
    /// The program or library that a module was mapped from.
    pub(in crate::stack) fn program<'f>(
        &self,
        module: &Module<'_>,
        is_executable: bool,
        files: &'f Files,
    ) -> Found<'f> {
        let mut found = Found::default();
        let path = self.path_of(module, is_executable);
        match open(files, &path) {
            Ok(image) if same(module, &image) => {
                found.image = Some((path, image));
                return found;
            }
            Ok(image) => found.problems.push(replaced(module, &path, &image)),
            Err(why) => found.problems.push(format!("{}: {why}", path.display())),
        }
        let Some(id) = module.build_id.as_deref() else {
            return found;
        };
        let stored = self.by_build_id(id, "").into_iter();
        let stored = stored.chain(self.download(id, Kind::Executable, &mut found.problems));
        for path in stored {
            if let Ok(image) = open(files, &path)
                && image.build_id() == Some(id)
            {
                // What stood in its way is of no interest any more.
                found.problems.clear();
                found.image = Some((path, image));
                break;
            }
        }
        found
    }

    /// The debug file of a module.
    pub(in crate::stack) fn debug_file<'f>(
        &self,
        module: &Module<'_>,
        program: Option<&Image<'f>>,
        program_path: Option<&Path>,
        files: &'f Files,
    ) -> Found<'f> {
        let mut found = Found::default();
        let id = module
            .build_id
            .as_deref()
            .or_else(|| program.and_then(Image::build_id));
        for path in id.into_iter().flat_map(|id| self.by_build_id(id, ".debug")) {
            if let Ok(image) = open(files, &path)
                && image.build_id() == id
            {
                found.image = Some((path, image));
                return found;
            }
        }
        if let Some(linked) = self.linked(module, program, program_path, files, &mut found) {
            found.image = Some(linked);
            return found;
        }
        let download = id.and_then(|id| self.download(id, Kind::Debuginfo, &mut found.problems));
        found.image = download.and_then(|path| {
            let image = open(files, &path).ok()?;
            Some((path, image))
        });
        found
    }

    /// What dwz moved out of a debug file.
    pub(in crate::stack) fn alternate<'f>(
        &self,
        debug: &Image<'f>,
        debug_path: &Path,
        files: &'f Files,
    ) -> Found<'f> {
        let mut found = Found::default();
        let Some((name, id)) = debug.debug_alt_link() else {
            return found;
        };
        let name = Path::new(std::ffi::OsStr::from_bytes(name));
        // The name counts from the debug file itself, not from a link to it.
        let real = debug_path
            .canonicalize()
            .unwrap_or_else(|_| debug_path.to_owned());
        let beside = real.parent().map(|folder| folder.join(name));
        let in_sysroot = self.sysroot.iter().map(|root| under(root, name));
        let paths = beside.into_iter().chain(in_sysroot);
        let paths = paths
            .chain(self.by_build_id(id, ".debug"))
            .collect::<Vec<_>>();
        for path in paths {
            if let Ok(image) = open(files, &path)
                && image.build_id() == Some(id)
            {
                found.image = Some((path, image));
                return found;
            }
        }
        if let Some(path) = self.download(id, Kind::Debuginfo, &mut found.problems)
            && let Ok(image) = open(files, &path)
        {
            found.image = Some((path, image));
        } else {
            found.problems.push(format!(
                "{}: {} is missing, into which dwz moved a part of it (build ID {})",
                debug_path.display(),
                name.display(),
                hexadecimal(id)
            ));
        }
        found
    }

    fn path_of(&self, module: &Module<'_>, is_executable: bool) -> PathBuf {
        if let (true, Some(executable)) = (is_executable, &self.executable) {
            return executable.clone();
        }
        let path = Path::new(module.path.trim_end_matches(DELETED));
        match &self.sysroot {
            Some(root) => under(root, path),
            None => path.to_owned(),
        }
    }

    /// `DIR/.build-id/ab/cdef…`, with `.debug` for debug files.
    fn by_build_id(&self, id: &[u8], suffix: &str) -> Vec<PathBuf> {
        // A build ID of one byte would name a folder.
        let [first, rest @ ..] = id else {
            return Vec::new();
        };
        let name = format!(".build-id/{first:02x}/{}{suffix}", hexadecimal(rest));
        self.folders().map(|folder| folder.join(&name)).collect()
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> {
        let in_sysroot = self
            .sysroot
            .iter()
            .map(|root| under(root, Path::new(SYSTEM)));
        let given = self.debug_dirs.iter().cloned();
        given.chain(in_sysroot).chain([PathBuf::from(SYSTEM)])
    }

    /// By `.gnu_debuglink`: beside the program, in `.debug` there, and under the debug folders.
    fn linked<'f>(
        &self,
        module: &Module<'_>,
        program: Option<&Image<'f>>,
        program_path: Option<&Path>,
        files: &'f Files,
        found: &mut Found<'f>,
    ) -> Option<(PathBuf, Image<'f>)> {
        let (name, crc) = program?.debug_link()?;
        // A file name; a path in its place would lead anywhere.
        let name = Path::new(std::ffi::OsStr::from_bytes(name)).file_name()?;
        let folder = program_path?.parent()?;
        let logical = Path::new(&module.path).parent()?;
        let beside = [folder.join(name), folder.join(".debug").join(name)];
        let below = self
            .folders()
            .map(|debug| under(&debug, logical).join(name));
        for path in beside.into_iter().chain(below) {
            if Some(path.as_path()) == program_path {
                continue;
            }
            let Ok(image) = open(files, &path) else {
                continue;
            };
            let matches = match (image.build_id(), program?.build_id()) {
                (Some(id), Some(wanted)) => id == wanted,
                _ => crc == crc_of(&image),
            };
            if matches {
                return Some((path, image));
            }
            let what = format!("{} is the debug file of another build", path.display());
            found.problems.push(what);
        }
        None
    }

    fn download(&self, id: &[u8], kind: Kind, problems: &mut Vec<String>) -> Option<PathBuf> {
        match self.debuginfod.as_ref()?.find(id, kind) {
            Ok(path) => path,
            Err(error) => {
                problems.push(format!(
                    "debuginfod, for build ID {}: {error}",
                    hexadecimal(id)
                ));
                None
            }
        }
    }
}

/// The kernel's mark in `NT_FILE`.
const DELETED: &str = " (deleted)";

/// A path of the process below a root of ours; `..` does not lead out.
fn under(root: &Path, path: &Path) -> PathBuf {
    let inner = path
        .components()
        .filter(|part| matches!(part, std::path::Component::Normal(_)));
    root.join(inner.collect::<PathBuf>())
}

fn open<'f>(files: &'f Files, path: &Path) -> Result<Image<'f>, String> {
    let bytes = files.map(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    })?;
    Image::parse(files, bytes).ok_or_else(|| "no 64-bit ELF file".to_owned())
}

/// Without a build ID in memory a file cannot be told from its successor, and is believed.
fn same(module: &Module<'_>, image: &Image<'_>) -> bool {
    module.build_id.is_none() || module.build_id.as_deref() == image.build_id()
}

fn replaced(module: &Module<'_>, path: &Path, image: &Image<'_>) -> String {
    let id = |id: Option<&[u8]>| id.map_or_else(|| "none".to_owned(), hexadecimal);
    format!(
        "{} was replaced since: the process had build ID {}, the file has {}",
        path.display(),
        id(module.build_id.as_deref()),
        id(image.build_id())
    )
}

fn crc_of(image: &Image<'_>) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(image.bytes());
    crc.sum()
}
