//! Indexes of older programs.
//!
//! Records of other formats are not read; the clone that an index was built from is, and the same can be built of it.
//! Until format 2 a folder had room for one index: `current` and the generations stood in the folder of indexes itself.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::generation::MANIFEST;
use super::{BUILDING, CURRENT, GENERATION, Upstreams, number};
use crate::IndexError;

/// What an index was built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The clone.
    pub clone: PathBuf,
    /// Pattern that release tags follow; `None` for the default.
    pub tag_pattern: Option<String>,
}

/// An index that stands where format 2 had it.
#[derive(Debug, Clone)]
pub struct Former {
    /// The folder of indexes.
    pub dir: PathBuf,
    /// Its format.
    pub format: u32,
    /// The project.
    pub upstream: String,
    /// What it was built from.
    pub recipe: Recipe,
}

/// What is read of a manifest of any format.
#[derive(Deserialize)]
pub(super) struct AnyManifest {
    pub(super) format: u32,
    #[serde(default)]
    upstream: String,
    #[serde(default)]
    tag_pattern: Option<String>,
    /// Where formats 1 and 2 have the clone.
    #[serde(default)]
    clone: Option<PathBuf>,
    /// Where later ones have it.
    #[serde(default)]
    origin: Value,
}

impl AnyManifest {
    pub(super) fn is_built_in(&self) -> bool {
        self.origin["kind"] == "built-in"
    }

    pub(super) fn recipe(self) -> Option<Recipe> {
        let path = self.origin["path"].as_str().map(PathBuf::from);
        Some(Recipe {
            clone: self.clone.or(path)?,
            tag_pattern: self.tag_pattern,
        })
    }
}

impl Upstreams {
    /// What an older program left in the folder itself.
    #[must_use]
    pub fn former(&self) -> Option<Former> {
        let dir = self.dir();
        let current = fs::read_to_string(dir.join(CURRENT)).ok()?;
        number(&current)?;
        let text = fs::read(dir.join(current).join(MANIFEST)).ok()?;
        let manifest: AnyManifest = serde_json::from_slice(&text).ok()?;
        Some(Former {
            dir: dir.to_owned(),
            format: manifest.format,
            upstream: manifest.upstream.clone(),
            recipe: manifest.recipe()?,
        })
    }
}

impl Former {
    /// Removes it, and nothing else that is in the folder.
    ///
    /// # Errors
    ///
    /// [`IndexError::Io`].
    pub fn remove(&self) -> Result<(), IndexError> {
        let current = self.dir.join(CURRENT);
        fs::remove_file(&current).map_err(IndexError::io(&current))?;
        let entries = fs::read_dir(&self.dir).map_err(IndexError::io(&self.dir))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(GENERATION) || name.starts_with(BUILDING) {
                drop(fs::remove_dir_all(entry.path()));
            } else if name == "lock" {
                drop(fs::remove_file(entry.path()));
            }
        }
        Ok(())
    }
}
