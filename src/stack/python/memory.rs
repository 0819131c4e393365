//! Typed reads from the memory of a process: everything that they give may be damaged.

use std::cell::OnceCell;
use std::rc::Rc;

use super::budget::{Budget, FILE_READ};
use super::owners::Living;
use crate::evidence::core::CachedMemory;
use crate::stack::modules::Modules;

/// The memory of a process, with the pages of its files that a core leaves out.
pub(super) struct Reader<'m, 'f> {
    memory: CachedMemory<'m>,
    modules: &'m Modules<'f>,
    /// What may still be read.
    pub(super) budget: Rc<Budget>,
    living: OnceCell<Living>,
}

/// Bytes that are read as fast as one step of the budget.
const BYTES_A_STEP: usize = 32;

impl<'m, 'f> Reader<'m, 'f> {
    pub(super) fn new(modules: &'m Modules<'f>) -> Self {
        Self {
            memory: modules.core().memory.cached(),
            modules,
            budget: Rc::default(),
            living: OnceCell::new(),
        }
    }

    /// The programs and libraries of the process.
    pub(super) fn modules(&self) -> &'m Modules<'f> {
        self.modules
    }

    /// The threads of the process.
    pub(super) fn living(&self) -> &Living {
        self.living
            .get_or_init(|| Living::of(&self.modules.core().threads()))
    }

    /// A few bytes.
    pub(super) fn array<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        // Nothing is mapped there, and reading a few bytes of a structure at 0 is the commonest damage.
        if address < 4096 {
            return None;
        }
        self.budget.take_steps(1)?;
        let before = self.memory.file_reads();
        let kept = self.memory.array(address);
        // It was read already, and what comes next will find less.
        let _ = self
            .budget
            .take_steps((self.memory.file_reads() - before) * FILE_READ);
        kept.or_else(|| self.modules.file_bytes(address)?.first_chunk().copied())
    }

    /// An unsigned word of 8 bytes.
    pub(super) fn word(&self, address: u64) -> Option<u64> {
        self.array(address).map(u64::from_le_bytes)
    }

    /// A word that is no null pointer.
    pub(super) fn pointer(&self, address: u64) -> Option<u64> {
        self.word(address).filter(|&pointer| pointer != 0)
    }

    /// A signed word of 8 bytes.
    pub(super) fn signed(&self, address: u64) -> Option<i64> {
        self.array(address).map(i64::from_le_bytes)
    }

    /// An `int`.
    pub(super) fn int(&self, address: u64) -> Option<i32> {
        self.array(address).map(i32::from_le_bytes)
    }

    /// A byte.
    pub(super) fn byte(&self, address: u64) -> Option<u8> {
        self.array::<1>(address).map(|[byte]| byte)
    }

    /// `len` bytes, which the caller has bounded; fewer, down to none, where memory ends.
    pub(super) fn bytes(&self, address: u64, len: usize) -> Vec<u8> {
        if address < 4096 || self.take_bytes(len).is_none() {
            return Vec::new();
        }
        let mut bytes = vec![0; len];
        let mut got = 0;
        while got < len {
            let Some(next) = address.checked_add(got as u64) else {
                break;
            };
            // Each segment is read on its own.
            if self.budget.take_steps(FILE_READ).is_none() {
                break;
            }
            match self
                .modules
                .core()
                .memory
                .read_some(next, &mut bytes[got..])
            {
                0 => break,
                more => got += more,
            }
        }
        if got == 0
            && let Some(file) = self.modules.file_bytes(address)
        {
            got = len.min(file.len());
            bytes[..got].copy_from_slice(&file[..got]);
        }
        bytes.truncate(got);
        bytes
    }

    /// Text up to a NUL, at most `longest` bytes of it.
    pub(super) fn text(&self, address: u64, longest: usize) -> Option<String> {
        self.take_bytes(longest)?;
        self.budget.take_steps(FILE_READ)?;
        self.modules.string(address, longest)
    }

    /// Takes what the reading or searching of so many bytes costs.
    fn take_bytes(&self, len: usize) -> Option<()> {
        self.budget.take_steps((len / BYTES_A_STEP) as u64)
    }
}
