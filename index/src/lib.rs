//! The commits of a git clone as a search index of fixes.
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod history;
mod progress;
mod version;

pub use progress::{Progress, Silent};
pub use version::{ParseVersionError, PreRelease, Version};
