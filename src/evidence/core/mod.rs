//! Core files: where they are kept and how they are packed.

pub mod container;
pub mod storage;
