//! Checks the tables against the DWARF of real Pythons, and makes them from it.

mod headers;
mod writer;

use std::env;
use std::path::{Path, PathBuf};

use object::ObjectSymbol as _;

use super::debug_offsets::DebugOffsets;
use super::dwarf::Structures;
use super::table::Table;
use super::{Field, Layout, LayoutSource, Sources};
use crate::evidence::core::Machine;
use crate::stack::modules::debug_files::DebugFiles;
use crate::stack::modules::files::Files;
use crate::stack::modules::image::Image;
use crate::stack::symbols::dwarf::ModuleDwarf;
use crate::stack::symbols::symbol_table;
use headers::Build;

#[path = "../../../../../tests/support/pyenv.rs"]
mod pyenv;

const OF_PYENV: [&str; 9] = [
    "2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13",
];

/// A Python with DWARF, and the headers that it was built with.
struct Python {
    version: String,
    series: (u32, u32),
    program: PathBuf,
    headers: Option<PathBuf>,
}

impl Python {
    fn new(version: &str, program: PathBuf, headers: Option<PathBuf>) -> Self {
        let mut numbers = version.split('.').map_while(|number| number.parse().ok());
        Self {
            version: version.to_owned(),
            series: (numbers.next().unwrap(), numbers.next().unwrap()),
            program,
            headers,
        }
    }

    /// That of a series which pyenv has built.
    fn of_pyenv(series: &str) -> Option<Self> {
        let (folder, version) = pyenv::newest(series)?;
        let names = [
            format!("lib/libpython{series}.so.1.0"),
            format!("lib/libpython{series}m.so.1.0"),
            format!("bin/python{series}"),
        ];
        let mut files = names.iter().map(|name| folder.join(name));
        let program = files.find(|file| file.is_file())?;
        let entries = folder.join("include").read_dir().unwrap().flatten();
        let mut folders = entries.map(|entry| entry.path());
        let headers = folders.find(|folder| folder.join("Python.h").is_file());
        Some(Self::new(&version, program, headers))
    }

    fn all() -> impl Iterator<Item = Self> {
        let given = env::var("LAYOUT_OF").ok().map(|given| {
            let (version, program) = given.split_once('=').unwrap();
            let headers = env::var_os("LAYOUT_HEADERS").map(PathBuf::from);
            Self::new(version.trim_start_matches('v'), program.into(), headers)
        });
        OF_PYENV.into_iter().filter_map(Self::of_pyenv).chain(given)
    }

    /// The structures of a build of its headers.
    fn compiled<T>(&self, build: Build, show: impl FnOnce(&Structures<'_>) -> T) -> Option<T> {
        let (_folder, file) = headers::compile(self.headers.as_ref()?, build)?;
        Some(with_dwarf(&file, None, |structures, _| show(structures)))
    }
}

/// Shows the structures of a file with DWARF: all, or as few units as those of a release need.
fn with_dwarf<T>(
    file: &Path,
    release: Option<&Table>,
    show: impl FnOnce(&Structures<'_>, &Image<'_>) -> T,
) -> T {
    let files = Files::default();
    let image = Image::parse(&files, files.map(file).unwrap()).unwrap();
    let alternate = DebugFiles::default().alternate(&image, file, &files);
    let alternate = alternate.image.map(|(_, image)| image);
    let dwarf = ModuleDwarf::of(&image, alternate.as_ref()).unwrap();
    show(&Structures::find(&dwarf, release), &image)
}

#[test]
fn tables_are_what_the_dwarf_says() {
    for python in Python::all() {
        let table = Table::of(python.series, false, Machine::X86_64).unwrap();
        with_dwarf(&python.program, Some(&table), |structures, _| {
            for &field in Field::ALL {
                let row = table.row(field);
                let row = row.map(|row| (format!("{}.{}", row.structure, row.member), row.offset));
                let place = structures.place(field);
                let place = place.map(|(place, offset)| (place.to_owned(), offset));
                assert_eq!(row, place, "{field} of {}", python.version);
            }
        });
    }
}

/// The other builds, as far as headers tell.
#[test]
fn tables_are_what_headers_say() {
    for python in Python::all() {
        for build in Build::ALL {
            let free_threaded = build == Build::FreeThreaded;
            if free_threaded && python.series < (3, 13) {
                continue;
            }
            let table = Table::of(python.series, free_threaded, build.machine()).unwrap();
            python.compiled(build, |structures| {
                let mut checked = 0;
                for &field in Field::ALL {
                    let Some((_, offset)) = structures.place(field) else {
                        continue;
                    };
                    let row = table.row(field).map(|row| row.offset);
                    assert_eq!(row, Some(offset), "{field} of {} {build:?}", python.version);
                    checked += 1;
                }
                assert!(checked > 60, "{checked}");
            });
        }
    }
}

/// The words that 3.13 has in its own data.
#[test]
fn debug_offsets_are_what_the_dwarf_says() {
    let Some(python) = Python::of_pyenv("3.13") else {
        return;
    };
    with_dwarf(&python.program, None, |structures, image| {
        let mut symbols = symbol_table::named(image);
        let (runtime, _) = symbols.find(|(_, name)| *name == "_PyRuntime").unwrap();
        let runtime = image.bytes_at(runtime.address()).unwrap();
        let offsets = DebugOffsets::parse(runtime).unwrap();
        assert!(!offsets.free_threaded);
        let fields = Field::ALL.iter();
        let told = fields.filter_map(|&field| Some((field, offsets.offset(field)?)));
        let told: Vec<_> = told.collect();
        assert!(told.len() > 40);
        for (field, offset) in told {
            assert_eq!(Some(offset), structures.offset(field), "{field}");
        }
    });
}

/// What the DWARF of a Python does not have is not taken from the release of another.
#[test]
fn a_table_fills_no_structure_that_the_dwarf_has() {
    let Some(python) = Python::of_pyenv("3.13") else {
        return;
    };
    let table = Table::of((3, 12), false, Machine::X86_64).unwrap();
    with_dwarf(&python.program, None, |structures, _| {
        let layout = Layout::of(&Sources {
            dwarf: Some(structures),
            table: Some(&table),
            ..Sources::default()
        });
        assert!(table.row(Field::ThreadCFrame).is_some());
        assert_eq!(layout.get(Field::ThreadCFrame), None);
        // 3.13 has none of it.
        assert_eq!(layout.get(Field::CFramePrevious), Some(8));
        let tabled = Layout::of(&Sources {
            table: Some(&table),
            ..Sources::default()
        });
        assert_eq!(tabled.get(Field::ThreadCFrame), Some(56));
        assert_eq!(tabled.sources(), [LayoutSource::Table]);
    });
}

/// What is in a table and no field would never be read.
#[test]
fn rows_are_of_fields() {
    for &(series, free_threaded, _) in &super::table::TABLES {
        let table = Table::of(series, free_threaded, Machine::X86_64).unwrap();
        assert!(table.row(Field::ThreadInterpreter).is_some(), "{series:?}");
        for row in table.rows() {
            let place = format!("{}.{}", row.structure, row.member);
            let mut places = Field::ALL.iter().flat_map(|field| field.places());
            assert!(places.any(|known| *known == place), "{series:?}: {place}");
            assert!(
                row.tag.starts_with('v') && row.file.contains('/'),
                "{row:?}"
            );
        }
    }
}
