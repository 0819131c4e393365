//! Objects in the memory of a process. Whatever they hold may be damaged: every reader is bounded, and gives `None` or says
//! what it could not read.

mod attributes;
mod containers;
mod dicts;
pub(super) mod generators;
mod integers;
mod kinds;
mod named;
mod quoted;
pub(super) mod repr;
pub(super) mod strings;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
pub(super) mod types;
