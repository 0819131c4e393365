//! Facts about fixes, and nothing else: no sentence of a message, no title, no line of code, no person's name.
//!
//! Of each fix that changes code: its commits with their dates, the issues that they name, where they were picked from
//! and what they take back; the files and functions that it changes; the identifiers that its messages and NEWS name and
//! that its changed lines hold; the kinds of failure named; its size, and what it is or is not ([`Outline`](crate::fixes::Outline)). What several
//! commits of a fix have is joined and kept with the first. Beside them stand first releases and the code map, as in any
//! corpus.
//!
//! # Form
//!
//! One section per [`Column`], in its order; LEB128 numbers but where said otherwise. Fixes stand in the order of their
//! dates, and each value is told by its difference from the one before, so that the packed columns are small.
//!
//! Names (functions and identifiers) are numbered by how many fixes have them, the commonest first, then by spelling:
//! most are then numbers of one or two bytes. How many fixes have each is a column of its own, from which the reader
//! finds the same order. Lists are sorted, and hold differences.

mod columns;
mod ints;
mod names;
mod prose;
mod read;
mod reduce;
#[cfg(test)]
pub(in crate::corpus) mod tests;
mod vocabulary;
mod write;

pub(super) use columns::Column;
pub(super) use prose::keep_names_of_code;
pub(super) use read::Facts;
pub(super) use reduce::{Reduced, reduce};
pub(super) use write::columns;
