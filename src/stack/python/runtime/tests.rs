//! Interpreters made in memory, as the tables of their series lay them out.

use std::collections::BTreeMap;

use super::{LocatedBy, Runtime, find};
use crate::evidence::Sighting;
use crate::evidence::core::Machine;
use crate::stack::python::layout::table::Table;
use crate::stack::python::layout::{Field, Layout, LayoutSource, Sources};
use crate::stack::{DebugFiles, Files, Modules};
use crate::synthetic::core::{CoreBuilder, X86_64, little_endian};
use crate::synthetic::program::{CODE, Program};
use crate::synthetic::read;

const BASE: u64 = 0x10_0000;
/// The data of the program begins behind 16 bytes of code.
const DATA: u64 = BASE + CODE + 16;
const HEAP: u64 = 0x100_0000;
/// An interpreter, its thread and its `sys.modules` are so far apart.
const APART: u64 = 0x8000;

/// A process with an interpreter of a series.
struct Process {
    version: &'static str,
    layout: Layout,
    path: &'static str,
    section: &'static str,
    symbols: Vec<(&'static str, u64)>,
    words: BTreeMap<u64, u64>,
}

impl Process {
    fn new(version: &'static str) -> Self {
        let series = version.parse::<fixtrail_index::Version>().unwrap().series();
        Self {
            version,
            layout: Layout::of(&Sources {
                table: Table::of(series, false, Machine::X86_64).as_ref(),
                ..Sources::default()
            }),
            path: "/nowhere/libpython.so",
            section: ".data",
            symbols: Vec::new(),
            words: BTreeMap::new(),
        }
    }

    fn put(&mut self, structure: u64, field: Field, word: u64) {
        if let Some(offset) = self.layout.get(field) {
            self.words.insert(structure + offset, word);
        }
    }

    /// An interpreter with a thread and a `sys.modules`.
    fn interpreter(&mut self, at: u64, next: u64, id: u64) {
        let (thread, modules) = (at + APART, at + 2 * APART);
        let (dict, kind) = (HEAP + 0x1000, HEAP + 0x2000);
        for (structure, field, word) in [
            (at, Field::InterpreterNext, next),
            (at, Field::InterpreterId, id),
            (at, Field::InterpreterThreads, thread),
            (at, Field::InterpreterModules, modules),
            (thread, Field::ThreadInterpreter, at),
            (thread, Field::ThreadNext, 0),
            (modules, Field::ObjectType, dict),
            (dict, Field::ObjectType, kind),
            (dict, Field::TypeFlags, 1 << 29),
            (kind, Field::ObjectType, kind),
        ] {
            self.put(structure, field, word);
        }
    }

    /// `_PyRuntime` with one interpreter.
    fn runtime(&mut self, at: u64) {
        let interpreter = HEAP + 0x1_0000;
        self.put(at, Field::RuntimeInterpreters, interpreter);
        self.put(at, Field::RuntimeMainInterpreter, interpreter);
        self.interpreter(interpreter, 0, 0);
    }

    fn core(&self) -> Vec<u8> {
        let area = |start: u64, words: u64| {
            let at = (start..).step_by(8).take(usize::try_from(words).unwrap());
            let words: Vec<_> = at
                .map(|at| self.words.get(&at).copied().unwrap_or(0))
                .collect();
            little_endian(&words)
        };
        const OBJECT: u8 = 0x11;
        let symbols = self.symbols.iter();
        let symbols = symbols.map(|&(name, address)| (name, OBJECT, address - BASE, 8));
        let program = Program::new(X86_64, &[0x90; 16])
            .section(self.section, &area(DATA, 512))
            .symbols(".symtab", &symbols.collect::<Vec<_>>());
        let image = program.build();
        let end = BASE + (image.len() as u64).next_multiple_of(4096);
        CoreBuilder::new(X86_64)
            .thread_at(1, 1, 2, 3)
            .files(&[(BASE, end, 0, self.path)])
            .memory(BASE, &image)
            .memory(HEAP, &area(HEAP, 0x2_0000))
            .build()
    }

    /// What is found of it, and what tells its layout.
    fn found(&self) -> Result<Option<(Runtime, Vec<LayoutSource>)>, String> {
        let (files, debug_files) = (Files::default(), DebugFiles::default());
        let core = read(&self.core()).unwrap();
        let modules = Modules::of_core(&core, &files, &debug_files);
        let sighting = Sighting {
            version: self.version.parse().unwrap(),
            seen_in: String::new(),
            exact: true,
        };
        let found = find(&modules, &[sighting])?;
        Ok(found.map(|(python, runtime)| (runtime, python.layout.sources())))
    }

    fn located(&self) -> (LocatedBy, Option<u64>, u64) {
        let (runtime, sources) = self.found().unwrap().unwrap();
        assert!(sources.contains(&LayoutSource::Table));
        (runtime.located, runtime.runtime, runtime.interpreters)
    }
}

fn python(version: &'static str, path: &'static str) -> Process {
    Process {
        path,
        ..Process::new(version)
    }
}

#[test]
fn by_layout() {
    for (version, path) in [
        ("3.7.16", "/nowhere/libpython3.7m.so.1.0"),
        ("3.9.0b1", "/nowhere/python3.9"),
        ("3.12.1", "/nowhere/libpython3.12.so.1.0"),
    ] {
        let mut process = python(version, path);
        let runtime = DATA + 0x200;
        process.runtime(runtime);
        let head = process.layout.get(Field::RuntimeInterpreters).unwrap();
        let head = runtime + head;
        assert_eq!(process.located(), (LocatedBy::Scan, Some(runtime), head));
        // Two objects that point to one another, as an interpreter and its thread do.
        let decoy = HEAP + 0x800;
        process.put(decoy, Field::InterpreterThreads, decoy + 0x400);
        process.put(decoy + 0x400, Field::ThreadInterpreter, decoy);
        process.words.insert(DATA + 0x100, decoy);
        process.words.insert(DATA + 0x100 + 8, decoy);
        assert_eq!(process.located(), (LocatedBy::Scan, Some(runtime), head));
    }
}

/// Of the variables of 2.7 and 3.6 that point to interpreters, the one whose list has all.
#[test]
fn by_layout_without_a_runtime() {
    for (version, path) in [
        ("2.7.18", "/nowhere/libpython2.7.so.1.0"),
        ("3.6.15", "/nowhere/libpython3.6m.so.1.0"),
    ] {
        let (oldest, newest) = (HEAP + 0x1_0000, HEAP + 0x4_0000);
        let mut process = python(version, path);
        process.interpreter(oldest, 0, 0);
        process.interpreter(newest, oldest, 1);
        for (own, head) in [(0x100, 0x108), (0x108, 0x100)] {
            process.words.insert(DATA + own, oldest);
            process.words.insert(DATA + head, newest);
            let located = (LocatedBy::Scan, None, DATA + head);
            assert_eq!(process.located(), located, "{version}");
        }
    }
}

#[test]
fn by_section_and_symbol() {
    let mut process = python("3.11.7", "/nowhere/libpython3.11.so.1.0");
    process.section = ".PyRuntime";
    process.runtime(DATA);
    let head = process.layout.get(Field::RuntimeInterpreters).unwrap();
    assert_eq!(
        process.located(),
        (LocatedBy::Section, Some(DATA), DATA + head)
    );
    process.symbols = vec![("PyRun", DATA + 8), ("_PyRuntime", DATA)];
    assert_eq!(
        process.located(),
        (LocatedBy::Symbol, Some(DATA), DATA + head)
    );
}

#[test]
fn variables() {
    let mut process = python("3.6.15", "/nowhere/libpython3.6m.so.1.0");
    let interpreter = HEAP + 0x1_0000;
    process.interpreter(interpreter, 0, 0);
    process.words.insert(DATA + 0x80, interpreter);
    process.symbols = vec![("interp_head", DATA + 0x80), ("gil_locked", DATA + 0x88)];
    let (runtime, _) = process.found().unwrap().unwrap();
    assert_eq!((runtime.runtime, runtime.interpreters), (None, DATA + 0x80));
    assert_eq!(runtime.globals.gil_locked, Some(DATA + 0x88));
    assert_eq!(runtime.globals.gil_last_holder, None);
}

/// Nothing but the cookie is to be believed of a version whose words are not known.
#[test]
fn by_cookie() {
    let mut process = python("3.13.0b1", "/nowhere/libpython3.13.so.1.0");
    let runtime = DATA + 0x200;
    process.runtime(runtime);
    process
        .words
        .insert(runtime, u64::from_le_bytes(*b"xdebugpy"));
    let head = process.layout.get(Field::RuntimeInterpreters).unwrap();
    assert_eq!(
        process.located(),
        (LocatedBy::Scan, Some(runtime), runtime + head)
    );
}

#[test]
fn reasons() {
    let mut empty = python("3.12.1", "/nowhere/libpython3.12.so.1.0");
    let why = |process: &Process| process.found().unwrap_err();
    assert_eq!(
        why(&empty),
        "nothing in its memory is laid out as the state of CPython 3.12.1"
    );
    empty.path = "/nowhere/libpypy3.9-c.so";
    assert_eq!(
        why(&empty),
        "it runs PyPy, and only CPython's state is known"
    );
    empty.path = "/nowhere/libpython3.12.so.1.0";
    empty.symbols = vec![("_PyRuntime", DATA)];
    // Not started yet: there is no interpreter to contradict.
    assert_eq!(empty.found().unwrap().unwrap().0.runtime, Some(DATA));
    let head = empty.layout.get(Field::RuntimeInterpreters).unwrap();
    for pointer in [HEAP + 0x100, DATA + 0x300, 1 << 40] {
        empty.words.insert(HEAP + 0x100 + 72, HEAP + 0x500);
        empty.words.insert(DATA + 0x300 + 944, HEAP + 0x500);
        empty.words.insert(DATA + head, pointer);
        assert_eq!(
            why(&empty),
            "its state is not laid out as that of CPython 3.12, and it has no debug information"
        );
    }
    for (version, reason) in [
        ("3.16.0", "CPython 3.16.0 is newer than"),
        ("3.12.0a3", "the layout of CPython 3.12.0a3 is not known"),
    ] {
        empty.version = version;
        assert!(why(&empty).starts_with(reason), "{}", why(&empty));
    }
}
