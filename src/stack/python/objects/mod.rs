//! Objects in the memory of a process.

pub(super) mod strings;
