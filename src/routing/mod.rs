//! Which upstream's history is to be asked about which frames.
//!
//! In: a [`Signature`](crate::signature::Signature), the facts beside it, and the upstreams that have an index. Out: for each upstream a [`Route`]: the
//! signature with the frames whose code it owns. Whose a frame is, its module tells, else its source file, by [`Routes`]:
//! a built-in table and the user's own rules before it. A Python frame belongs to the standard library or to the package
//! that it is installed in.
//!
//! Frames that no upstream with an index owns go to CPython, and to every upstream of which the rules know nothing: most
//! programs and extension modules have no index, and their frames may still name the interpreter's functions. With
//! CPython's index alone all frames are CPython's, and nothing is taken away.
//!
//! What a frame is worth stays as the whole stack tells: `malloc` stumbles over damage done elsewhere, in glibc's history
//! no less than in CPython's.

mod owners;
mod patterns;
mod route;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod versions;

pub use owners::Routes;
pub use route::Route;
pub use settings::RoutesError;
pub(crate) use versions::sightings;
