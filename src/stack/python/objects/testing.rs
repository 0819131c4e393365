//! Objects made in memory, for unit tests. The layout is none that a CPython had: what is tested takes it as given.

use crate::evidence::core::Core;
use crate::stack::python::code::CodeCache;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::{Field, Layout, LayoutSource};
use crate::stack::python::memory::Reader;
use crate::stack::{DebugFiles, Files, Modules};
use crate::synthetic;
use crate::synthetic::core::{CoreBuilder, X86_64};

use super::types::flags;

/// The first address.
pub(in crate::stack::python) const BASE: u64 = 0x10000;

/// Where memory ends behind what was made.
pub(in crate::stack::python) const NOWHERE: u64 = 0x7000_0000;

/// Offsets of the members that are used.
const OFFSETS: &[(Field, u32)] = &[
    (Field::ObjectReferences, 0),
    (Field::ObjectType, 8),
    (Field::ObjectCount, 16),
    (Field::TypeName, 24),
    (Field::TypeBasicSize, 32),
    (Field::TypeItemSize, 40),
    (Field::TypeFlags, 48),
    (Field::TypeBase, 56),
    (Field::TypeDict, 64),
    (Field::TypeDictOffset, 72),
    (Field::TypeCachedKeys, 80),
    (Field::TypeQualifiedName, 88),
    (Field::AsciiLength, 16),
    (Field::AsciiState, 24),
    (Field::AsciiSize, 32),
    (Field::CompactSize, 48),
    (Field::UnicodeData, 48),
    (Field::WideLength, 16),
    (Field::WideData, 24),
    (Field::StringData, 24),
    (Field::BytesData, 24),
    (Field::LongTag, 16),
    (Field::LongDigits, 24),
    (Field::ListItems, 24),
    (Field::TupleItems, 24),
    (Field::DictUsed, 16),
    (Field::DictKeys, 24),
    (Field::DictValues, 32),
    (Field::KeysLog2IndexBytes, 0),
    (Field::KeysKind, 1),
    (Field::KeysCount, 8),
    (Field::KeysIndices, 16),
    (Field::ValuesFirst, 0),
    (Field::SetUsed, 16),
    (Field::SetMask, 24),
    (Field::SetTable, 32),
    (Field::ExceptionArguments, 16),
    (Field::ExceptionContext, 24),
    (Field::ExceptionCause, 32),
    (Field::ExceptionSuppress, 40),
    (Field::CellContents, 16),
    (Field::CodeVariables, 16),
    (Field::CodeVariableKinds, 24),
    (Field::CodeCells, 24),
    (Field::CodeFree, 32),
    (Field::CodeArguments, 40),
    (Field::CodeKeywordArguments, 44),
    (Field::CodeFlags, 48),
    (Field::CodeFrameLocals, 8),
    (Field::FrameLocals, 8),
    (Field::ThreadCurrentException, 0),
    (Field::ThreadHandled, 8),
    (Field::HandledValue, 0),
    (Field::HandledPrevious, 8),
];

/// Memory with objects.
pub(in crate::stack::python) struct Heap {
    memory: Vec<u8>,
    series: (u32, u32),
    metatype: u64,
}

impl Heap {
    pub(in crate::stack::python) fn new(series: (u32, u32)) -> Self {
        let mut heap = Self {
            memory: Vec::new(),
            series,
            metatype: BASE,
        };
        let metatype = heap.class("type", flags::TYPE);
        assert_eq!(metatype, BASE);
        heap
    }

    /// Words; gives their address.
    pub(in crate::stack::python) fn words(&mut self, words: &[u64]) -> u64 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.bytes(&bytes)
    }

    /// Bytes, with some empty ones behind.
    pub(in crate::stack::python) fn bytes(&mut self, bytes: &[u8]) -> u64 {
        let address = BASE + self.memory.len() as u64;
        self.memory.extend(bytes);
        let size = self.memory.len().next_multiple_of(16) + 16;
        self.memory.resize(size, 0);
        address
    }

    /// Changes a word.
    pub(in crate::stack::python) fn set(&mut self, address: u64, word: u64) {
        let at = usize::try_from(address - BASE).expect("an address of ours");
        self.memory[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }

    /// How many words there are.
    pub(in crate::stack::python) fn size(&self) -> u64 {
        self.memory.len() as u64 / 8
    }

    /// Changes one of the words by its number.
    pub(in crate::stack::python) fn damage(&mut self, number: u64, word: u64) {
        self.set(BASE + number % self.size() * 8, word);
    }

    /// A builtin type.
    pub(in crate::stack::python) fn class(&mut self, name: &str, bits: u64) -> u64 {
        let at = self.words(&[1, self.metatype, 0, 0, 16, 0, bits, 0, 0, 0, 0, 0]);
        let name = self.bytes(name.as_bytes());
        self.set(at + 24, name);
        at
    }

    /// A type of Python code.
    pub(in crate::stack::python) fn subclass(&mut self, name: &str, base: u64, bits: u64) -> u64 {
        let class = self.class(name, bits | flags::HEAP_TYPE);
        let qualified = self.str(name);
        let key = self.str("__module__");
        let module = self.str("module");
        let members = self.dict(&[(key, module)]);
        self.set(class + 56, base);
        self.set(class + 64, members);
        self.set(class + 88, qualified);
        class
    }

    /// An object of a type.
    pub(in crate::stack::python) fn object(&mut self, class: u64, words: &[u64]) -> u64 {
        self.words(&[&[1, class], words].concat())
    }

    pub(in crate::stack::python) fn none(&mut self) -> u64 {
        let class = self.class("NoneType", 0);
        self.object(class, &[])
    }

    /// A `str` of ASCII.
    pub(in crate::stack::python) fn str(&mut self, text: &str) -> u64 {
        let class = self.class("str", flags::UNICODE);
        let state = if self.series < (3, 14) {
            0x64
        } else {
            0x19 << 16
        };
        let at = self.object(class, &[text.len() as u64, state]);
        // The bytes follow without the empty ones.
        self.memory.truncate(self.memory.len() - 16);
        self.bytes(text.as_bytes());
        at
    }

    /// An `int` of 3.12 by its digits.
    pub(in crate::stack::python) fn int(&mut self, negative: bool, digits: &[u32]) -> u64 {
        let class = self.class("int", flags::LONG);
        let tag = (digits.len() as u64) << 3 | if negative { 2 } else { 0 };
        let pairs = digits.chunks(2);
        let words =
            pairs.map(|pair| u64::from(pair[0]) | u64::from(*pair.get(1).unwrap_or(&0)) << 32);
        let words: Vec<u64> = std::iter::once(tag).chain(words).collect();
        self.object(class, &words)
    }

    pub(in crate::stack::python) fn list(&mut self, items: &[u64]) -> u64 {
        let class = self.class("list", flags::LIST);
        let first = self.words(items);
        self.object(class, &[items.len() as u64, first])
    }

    pub(in crate::stack::python) fn tuple(&mut self, items: &[u64]) -> u64 {
        let class = self.class("tuple", flags::TUPLE);
        let count = [items.len() as u64];
        self.object(class, &[&count, items].concat())
    }

    /// A `dict` whose keys are strings.
    pub(in crate::stack::python) fn dict(&mut self, items: &[(u64, u64)]) -> u64 {
        let class = self.class("dict", flags::DICT);
        let keys = self.keys(items);
        self.object(class, &[items.len() as u64, keys, 0])
    }

    /// `PyDictKeysObject` of strings: 8 bytes of indices.
    pub(in crate::stack::python) fn keys(&mut self, items: &[(u64, u64)]) -> u64 {
        let head = [3 | 1 << 8, items.len() as u64, 0];
        let entries = items.iter().flat_map(|&(key, value)| [key, value]);
        let words: Vec<u64> = head.into_iter().chain(entries).collect();
        self.words(&words)
    }

    /// A builtin exception type; all have their own base type, as far as flags tell.
    pub(in crate::stack::python) fn exception(&mut self, name: &str, arguments: &[u64]) -> u64 {
        let class = self.class(name, flags::EXCEPTION);
        let arguments = self.tuple(arguments);
        self.object(class, &[arguments, 0, 0, 0])
    }

    /// Reads the memory.
    pub(in crate::stack::python) fn read<T>(&self, look: impl FnOnce(&Cpython<'_, '_>) -> T) -> T {
        let core = CoreBuilder::new(X86_64)
            .thread_at(1, 0, 0, 0)
            .memory(BASE, &self.memory);
        let core: Core = synthetic::read(&core.build()).expect("a core");
        let (files, debug_files) = (Files::default(), DebugFiles::default());
        let modules = Modules::of_core(&core, &files, &debug_files);
        let mut layout = Layout::default();
        layout.fill(LayoutSource::Table, |field| {
            let found = OFFSETS.iter().find(|(member, _)| *member == field);
            found.map(|&(_, offset)| offset)
        });
        look(&Cpython {
            memory: Reader::new(&modules),
            layout,
            series: self.series,
            free_threaded: false,
            codes: CodeCache::default(),
        })
    }
}
