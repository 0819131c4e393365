//! Evidence of a crash or hang goes in, the upstream commits that likely fix it come out, with reasons.
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod evidence;
mod pattern;
pub mod query;
pub mod ranking;
pub mod signature;
pub mod stack;
