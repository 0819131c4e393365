//! One file a command: its flags and what it calls.

pub(super) mod bugzilla;
pub(super) mod cores;
pub(super) mod eval;
pub(super) mod explain;
pub(super) mod index;
pub(super) mod issues;
pub(super) mod signature;
pub(super) mod similar;
pub(super) mod stack;
pub(super) mod train;
pub(super) mod triage;
