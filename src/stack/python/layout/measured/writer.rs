//! Writes the tables: `cargo test --lib layouts_are_written -- --ignored`.
//!
//! That is for each series that pyenv has. Another Python is named by `LAYOUT_OF=v3.14.10=/path/of/its/debug/file`, and
//! the folder of its headers by `LAYOUT_HEADERS`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::headers::Build;
use super::{Python, with_dwarf};
use crate::stack::python::layout::Field;
use crate::stack::python::layout::dwarf::Structures;

/// The structures of one table: files, and members with their offsets on x86-64 and, if others, on aarch64.
type Found = BTreeMap<&'static str, (String, BTreeMap<(u32, &'static str), Option<u32>>)>;

#[test]
#[ignore = "writes the tables"]
fn layouts_are_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/stack/python/layout/tables");
    for python in Python::all() {
        let (major, minor) = python.series;
        let mut table = with_dwarf(&python.program, None, |structures, _| found(structures));
        python.compiled(Build::Aarch64, |structures| {
            add_aarch64(&mut table, structures);
        });
        let file = folder.join(format!("{major}.{minor}.txt"));
        fs::write(file, text(&python.version, &table)).unwrap();
        if python.series < (3, 13) {
            continue;
        }
        if let Some(table) = python.compiled(Build::FreeThreaded, found) {
            let file = folder.join(format!("{major}.{minor}t.txt"));
            fs::write(file, text(&python.version, &table)).unwrap();
        }
    }
}

fn found(structures: &Structures<'_>) -> Found {
    let mut found = Found::new();
    for &field in Field::ALL {
        if let Some((place, offset)) = structures.place(field) {
            let (structure, member) = place.split_once('.').unwrap();
            let file = || (declared(structures, structure), BTreeMap::new());
            let (_, members) = found.entry(structure).or_insert_with(file);
            members.insert((offset, member), None);
        }
    }
    found
}

fn add_aarch64(table: &mut Found, structures: &Structures<'_>) {
    for &field in Field::ALL {
        let Some((place, offset)) = structures.place(field) else {
            continue;
        };
        let (structure, member) = place.split_once('.').unwrap();
        let (_, members) = table.get_mut(structure).unwrap();
        let mut members = members.iter_mut();
        let known = members.find(|((_, known), _)| *known == member);
        let ((own, _), other) = known.unwrap();
        *other = (*own != offset).then_some(offset);
    }
}

fn text(version: &str, table: &Found) -> String {
    let mut text = String::new();
    for (structure, (file, members)) in table {
        writeln!(text, "v{version} {file} {structure}").unwrap();
        for ((offset, member), aarch64) in members {
            write!(text, "{member} {offset}").unwrap();
            if let Some(offset) = aarch64 {
                write!(text, " aarch64 {offset}").unwrap();
            }
            text.push('\n');
        }
    }
    text
}

/// The file that declares a structure, from the root of CPython's sources. Headers are installed as
/// `include/python3.14/cpython/object.h`.
fn declared(structures: &Structures<'_>, structure: &str) -> String {
    let file = structures.declared(structure).unwrap();
    let mut parts: Vec<_> = file.split('/').filter(|part| *part != ".").collect();
    let root = ["Include", "Objects", "Python", "Modules"];
    let source = parts.iter().rposition(|part| root.contains(part));
    let installed = parts
        .windows(2)
        .rposition(|parts| parts[0] == "include" && parts[1].starts_with("python"));
    match (source, installed) {
        (Some(start), _) => parts.drain(..start),
        (None, installed) => parts.drain(..installed.unwrap() + 1),
    };
    if source.is_none() {
        parts[0] = "Include";
    }
    parts.join("/")
}
