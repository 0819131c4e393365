//! The writable memory of a synthetic interpreter: one piece that grows, in which members are set by name.

use std::collections::HashMap;

use super::super::core::little_endian;
use super::table::Table;

/// Where the memory begins.
pub(crate) const BASE: u64 = 0x7f10_0000_0000;

/// Memory that a series' structures are laid out in.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    /// Major and minor number.
    pub(crate) series: (u32, u32),
    /// What the memory holds, from [`BASE`] on.
    pub(crate) bytes: Vec<u8>,
    pub(super) types: HashMap<&'static str, u64>,
    table: Table,
}

impl Image {
    /// Empty memory of a series, `3.12`.
    pub(crate) fn new(series: &str) -> Self {
        let (major, minor) = series.split_once('.').expect("a series");
        let number = |text: &str| text.parse().expect("a number");
        Self {
            series: (number(major), number(minor)),
            bytes: Vec::new(),
            types: HashMap::new(),
            table: Table::of(series),
        }
    }

    /// Where the next structure will be.
    pub(crate) fn end(&self) -> u64 {
        BASE + self.bytes.len() as u64
    }

    /// Room of some bytes, all 0.
    pub(crate) fn room(&mut self, size: u64) -> u64 {
        let at = self.end();
        let end = (at + size).next_multiple_of(16) - BASE;
        self.bytes.resize(place(end), 0);
        at
    }

    /// Bytes that hold all members of a structure that are known.
    pub(crate) fn size(&self, structure: &str) -> u64 {
        self.table.size(structure)
    }

    /// Room for a structure.
    pub(crate) fn structure(&mut self, name: &str) -> u64 {
        self.room(self.size(name))
    }

    /// The offset of a member, by any of its names: `_ts.frame`, `_is.imports.modules | _is.modules`.
    pub(crate) fn find(&self, member: &str) -> Option<u64> {
        self.table.find(member)
    }

    /// The address of a member that the series has.
    pub(crate) fn at(&self, structure: u64, member: &str) -> u64 {
        let offset = self.find(member);
        structure + offset.unwrap_or_else(|| panic!("{:?} has no {member}", self.series))
    }

    /// Sets a member that is a word.
    pub(crate) fn set(&mut self, structure: u64, member: &str, value: u64) {
        let at = self.at(structure, member);
        self.put(at, &value.to_le_bytes());
    }

    /// Sets a member that is a word, if the series has it.
    pub(crate) fn set_any(&mut self, structure: u64, member: &str, value: u64) {
        if self.find(member).is_some() {
            self.set(structure, member, value);
        }
    }

    /// Sets a member that is an `int`.
    pub(crate) fn set_int(&mut self, structure: u64, member: &str, value: i32) {
        let at = self.at(structure, member);
        self.put(at, &value.to_le_bytes());
    }

    /// Sets a member that is a byte.
    pub(crate) fn set_byte(&mut self, structure: u64, member: &str, value: u8) {
        let at = self.at(structure, member);
        self.put(at, &[value]);
    }

    /// A member that is a word.
    pub(crate) fn get(&self, structure: u64, member: &str) -> u64 {
        let at = place(self.at(structure, member) - BASE);
        let word = self.bytes[at..].first_chunk();
        u64::from_le_bytes(*word.expect("memory"))
    }

    /// Words one behind the other.
    pub(crate) fn words(&mut self, words: &[u64]) -> u64 {
        let at = self.room(words.len() as u64 * 8);
        self.put_words(at, words);
        at
    }

    /// Any bytes, and zeros behind them.
    pub(crate) fn data(&mut self, bytes: &[u8]) -> u64 {
        let at = self.room(bytes.len() as u64 + 8);
        self.put(at, bytes);
        at
    }

    /// Overwrites memory.
    pub(crate) fn put(&mut self, at: u64, bytes: &[u8]) {
        let at = place(at - BASE);
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Overwrites words of memory.
    pub(crate) fn put_words(&mut self, at: u64, words: &[u64]) {
        self.put(at, &little_endian(words));
    }

    /// Fills a structure with one byte.
    pub(crate) fn fill(&mut self, structure: u64, name: &str, byte: u8) {
        let size = place(self.size(name));
        self.put(structure, &vec![byte; size]);
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).expect("an address within the memory")
}
