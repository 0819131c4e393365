//! Whose frames are, and who gets them.

mod deal;
mod owners;
