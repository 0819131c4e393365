//! Makes the tables from the DWARF of real Pythons, and checks them against it.
//!
//! `cargo test --lib layouts_are_written -- --ignored` writes the table of each series that pyenv has. Others are named
//! by `LAYOUT_OF=v3.14.10=/path/of/a/program/or/debug/file`.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use object::ObjectSymbol as _;

use super::debug_offsets::DebugOffsets;
use super::dwarf::Structures;
use super::table::Table;
use super::{Field, Layout, LayoutSource, Sources};
use crate::stack::modules::debug_files::DebugFiles;
use crate::stack::modules::files::Files;
use crate::stack::modules::image::Image;
use crate::stack::symbols::dwarf::ModuleDwarf;
use crate::stack::symbols::symbol_table;

#[path = "../../../../tests/support/pyenv.rs"]
mod pyenv;

const OF_PYENV: [&str; 9] = [
    "2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13",
];

/// A Python with DWARF.
pub(super) struct Measured {
    tag: String,
    series: (u32, u32),
    pub(super) file: PathBuf,
}

impl Measured {
    fn new(version: &str, file: PathBuf) -> Self {
        let mut numbers = version.split('.').map_while(|number| number.parse().ok());
        Self {
            tag: format!("v{version}"),
            series: (numbers.next().unwrap(), numbers.next().unwrap()),
            file,
        }
    }

    /// That of a series which pyenv has built.
    pub(super) fn of_pyenv(series: &str) -> Option<Self> {
        let (folder, version) = pyenv::newest(series)?;
        let names = [
            format!("lib/libpython{series}.so.1.0"),
            format!("lib/libpython{series}m.so.1.0"),
            format!("bin/python{series}"),
        ];
        let mut files = names.iter().map(|name| folder.join(name));
        Some(Self::new(&version, files.find(|file| file.is_file())?))
    }

    fn all() -> impl Iterator<Item = Self> {
        let given = env::var("LAYOUT_OF").ok().map(|given| {
            let (version, file) = given.split_once('=').unwrap();
            Self::new(version.trim_start_matches('v'), file.into())
        });
        OF_PYENV.into_iter().filter_map(Self::of_pyenv).chain(given)
    }

    /// Shows its structures and its file.
    pub(super) fn show<T>(&self, show: impl FnOnce(&Structures<'_>, &Image<'_>) -> T) -> T {
        let files = Files::default();
        let image = Image::parse(&files, files.map(&self.file).unwrap()).unwrap();
        let alternate = DebugFiles::default().alternate(&image, &self.file, &files);
        let alternate = alternate.image.map(|(_, image)| image);
        let dwarf = ModuleDwarf::of(&image, alternate.as_ref()).unwrap();
        show(&Structures::find(&dwarf), &image)
    }

    fn table(&self) -> String {
        self.show(|structures, _| {
            let mut rows: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for &field in Field::ALL {
                if let Some((place, offset)) = structures.place(field) {
                    let (structure, member) = place.split_once('.').unwrap();
                    rows.entry(structure).or_default().push((offset, member));
                }
            }
            let mut text = String::new();
            for (structure, mut members) in rows {
                let file = declared(structures, structure);
                writeln!(text, "{} {file} {structure}", self.tag).unwrap();
                members.sort_unstable();
                members.dedup();
                for (offset, member) in members {
                    writeln!(text, "{member} {offset}").unwrap();
                }
            }
            text
        })
    }
}

/// The file that declares a structure, from the root of CPython's sources.
fn declared(structures: &Structures<'_>, structure: &str) -> String {
    let file = structures.declared(structure).unwrap();
    let mut parts: Vec<_> = file.split('/').filter(|part| *part != ".").collect();
    let root = ["Include", "Objects", "Python", "Modules"];
    let start = parts.iter().rposition(|part| root.contains(part)).unwrap();
    parts.drain(..start);
    parts.join("/")
}

#[test]
#[ignore = "writes the tables"]
fn layouts_are_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/stack/python/layout/tables");
    for python in Measured::all() {
        let (major, minor) = python.series;
        let file = folder.join(format!("{major}.{minor}.txt"));
        fs::write(file, python.table()).unwrap();
    }
}

#[test]
fn tables_are_what_the_dwarf_says() {
    for python in Measured::all() {
        let table = Table::of(python.series, false).unwrap();
        python.show(|structures, _| {
            for &field in Field::ALL {
                let row = table.row(field);
                let row = row.map(|row| (format!("{}.{}", row.structure, row.member), row.offset));
                let place = structures.place(field);
                let place = place.map(|(place, offset)| (place.to_owned(), offset));
                assert_eq!(row, place, "{field} of {}", python.tag);
            }
        });
    }
}

/// The words that 3.13 has in its own data.
#[test]
fn debug_offsets_are_what_the_dwarf_says() {
    let Some(python) = Measured::of_pyenv("3.13") else {
        return;
    };
    python.show(|structures, image| {
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
    let Some(python) = Measured::of_pyenv("3.13") else {
        return;
    };
    let table = Table::of((3, 12), false).unwrap();
    python.show(|structures, _| {
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
        let table = Table::of(series, free_threaded).unwrap();
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
