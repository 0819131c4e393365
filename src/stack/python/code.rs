//! Code objects: what a frame runs.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::budget::Budget;
use super::cpython::Cpython;
use super::layout::Field;
use super::lines::LineTable;
use crate::stack::CodeKind;

/// The longest line table that is read: that of a function of a million instructions.
const LONGEST_TABLE: usize = 8 << 20;

/// Code objects that are kept.
const MOST_KEPT: usize = 16 << 10;

/// Bytes of their names and tables.
const MOST_BYTES_KEPT: usize = 64 << 20;

/// Bytes of a line table that are walked in one step of the budget.
const BYTES_A_STEP: usize = 8;

/// What is read of a code object.
#[derive(Debug)]
pub(super) struct Code {
    /// Its address.
    pub(super) address: u64,
    /// Qualified name; the plain name where it has no other (up to 3.10).
    pub(super) name: String,
    /// The file that it was compiled from.
    pub(super) file: Option<String>,
    flags: i32,
    first_line: i32,
    /// `None` where it is too long, or cannot be read to its end: its beginning would tell wrong lines.
    lines: Option<Vec<u8>>,
    lines_kind: LineTable,
    /// Bytes of its instructions, where they stand in an object of their own (up to 3.10).
    length: Option<u64>,
    budget: Rc<Budget>,
}

/// Code objects by address; recursion meets few of them many times.
#[derive(Default)]
pub(super) struct CodeCache {
    kept: RefCell<HashMap<u64, Option<Rc<Code>>>>,
    bytes: Cell<usize>,
}

impl Cpython<'_, '_> {
    /// The code object at an address; `None` if there is none.
    pub(super) fn code(&self, address: u64) -> Option<Rc<Code>> {
        let CodeCache { kept, bytes } = &self.codes;
        if let Some(code) = kept.borrow().get(&address) {
            return code.clone();
        }
        let code = Code::read(self, address).map(Rc::new);
        let mut kept = kept.borrow_mut();
        let size = bytes.get() + code.as_ref().map_or(0, |code| code.size());
        if kept.len() == MOST_KEPT || size > MOST_BYTES_KEPT {
            kept.clear();
            bytes.set(0);
        } else {
            bytes.set(size);
        }
        kept.insert(address, code.clone());
        code
    }
}

impl Code {
    fn read(python: &Cpython<'_, '_>, address: u64) -> Option<Self> {
        // The name of its type is in a part of the program that the core leaves out, and the program may be gone.
        if python.type_name(address).is_some_and(|name| name != "code") {
            return None;
        }
        let name = |field| python.string(python.pointer(address, field)?);
        let lines = python.pointer(address, Field::CodeLines)?;
        let length = python.word(lines, Field::ObjectCount)?;
        let data = if python.series.0 < 3 {
            Field::StringData
        } else {
            Field::BytesData
        };
        let length = usize::try_from(length)
            .ok()
            .filter(|&length| length <= LONGEST_TABLE);
        let lines = length.and_then(|length| {
            let bytes = python.memory.bytes(python.at(lines, data)?, length);
            (bytes.len() == length).then_some(bytes)
        });
        Some(Self {
            address,
            name: name(Field::CodeQualifiedName).or_else(|| name(Field::CodeName))?,
            file: name(Field::CodeFile),
            flags: python.int(address, Field::CodeFlags).unwrap_or_default(),
            first_line: python.int(address, Field::CodeFirstLine)?,
            lines,
            lines_kind: LineTable::of_series(python.series),
            length: python
                .pointer(address, Field::CodeBytes)
                .and_then(|bytes| python.word(bytes, Field::ObjectCount)),
            budget: Rc::clone(&python.memory.budget),
        })
    }

    /// Bytes that it takes, near enough.
    fn size(&self) -> usize {
        let (file, lines) = (self.file.as_ref(), self.lines.as_ref());
        self.name.len() + file.map_or(0, String::len) + lines.map_or(0, Vec::len)
    }

    /// What sort of code it is, if it can be suspended, by its flags (`Include/code.h` of v3.6.15, `CO_*`; 2.7 has the first
    /// alone).
    pub(super) fn kind(&self) -> Option<CodeKind> {
        const CO_GENERATOR: i32 = 0x20;
        const CO_COROUTINE: i32 = 0x80;
        const CO_ITERABLE_COROUTINE: i32 = 0x100;
        const CO_ASYNC_GENERATOR: i32 = 0x200;
        let has = |flags: i32| self.flags & flags != 0;
        match () {
            () if has(CO_ASYNC_GENERATOR) => Some(CodeKind::AsyncGenerator),
            () if has(CO_COROUTINE | CO_ITERABLE_COROUTINE) => Some(CodeKind::Coroutine),
            () if has(CO_GENERATOR) => Some(CodeKind::Generator),
            () => None,
        }
    }

    /// Whether it has no instructions: code that C made up to stand for itself in a list of frames (`pyexpat` of 2.7).
    pub(super) fn is_empty(&self) -> bool {
        self.length == Some(0)
    }

    /// Whether the interpreter brings it to do its own work between the frames of a user: it cleans up after an
    /// `__init__` since 3.13 (`Python/specialize.c`, `_Py_InitCleanup`). Neither tracebacks nor `sys._getframe` show it.
    pub(super) fn is_of_interpreter(&self) -> bool {
        const CO_NO_MONITORING_EVENTS: i32 = 0x200_0000;
        self.flags & CO_NO_MONITORING_EVENTS != 0
    }

    /// The line of the instruction at an offset in bytes; `None` where the frame is damaged or the code has no line.
    pub(super) fn line(&self, offset: i64) -> Option<u32> {
        let beyond = self
            .length
            .is_some_and(|length| offset >= 0 && offset.unsigned_abs() >= length);
        if beyond {
            return None;
        }
        let lines = self.lines.as_deref()?;
        self.budget
            .take_steps((lines.len() / BYTES_A_STEP) as u64)?;
        self.lines_kind.line(lines, self.first_line, offset)
    }
}
