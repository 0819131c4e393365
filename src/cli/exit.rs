//! Exit codes. They are part of the interface: scripts branch on them.

/// The question was answered: fixes were found, a stack was read, an index was written.
pub const FOUND: u8 = 0;

/// The command ran, and nothing convincing was found.
pub const NOTHING: u8 = 1;

/// The command could not run: no index, no stack in the input, an unreadable file, a wrong flag.
pub const FAILED: u8 = 2;
