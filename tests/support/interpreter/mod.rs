//! A CPython of any series that the project has a table of, made in memory: no real one is needed. Shared as `core.rs` is.

mod code;
mod debug_offsets;
mod frames;
mod image;
mod library;
mod more;
mod objects;
mod process;
mod states;
mod table;

pub(crate) use image::BASE;
pub(crate) use process::Interpreter;
pub(crate) use table::SERIES;
