//! The folder of an upstream's issues.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{Index, IndexSettings};

use super::schema::IssueSchema;
use super::{IssueSearcher, IssueWriter};
use crate::IndexError;
use crate::guard::guarded;
use crate::store::Store;

/// The format of the folder: raised whenever records or fields change.
pub const ISSUE_FORMAT: u32 = 1;

/// What is committed beside the issues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payload {
    pub(super) format: u32,
    /// By tracker: what is to be asked next, in the words of whoever asks.
    pub(super) cursors: BTreeMap<String, String>,
}

impl Default for Payload {
    fn default() -> Self {
        Self {
            format: ISSUE_FORMAT,
            cursors: BTreeMap::new(),
        }
    }
}

/// The issues that are known beside an upstream's index; the folder need not exist.
#[derive(Debug, Clone)]
pub struct IssueStore {
    dir: PathBuf,
    upstream: String,
}

impl Store {
    /// The issues of the upstream, which do not change with the generations of its history.
    #[must_use]
    pub fn issues(&self) -> IssueStore {
        IssueStore {
            dir: self.dir().join("issues"),
            upstream: self.upstream().to_owned(),
        }
    }
}

impl IssueStore {
    /// The upstream.
    #[must_use]
    pub fn upstream(&self) -> &str {
        &self.upstream
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether anything was ever written.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.dir.join("meta.json").exists()
    }

    /// Opens what was committed last; `None` where nothing ever was.
    ///
    /// # Errors
    ///
    /// [`IndexError::Format`], [`IndexError::Damaged`], [`IndexError::Io`].
    pub fn open(&self) -> Result<Option<IssueSearcher>, IndexError> {
        let found = self.dir.join("meta.json").try_exists();
        if !found.map_err(IndexError::io(&self.dir))? {
            return Ok(None);
        }
        let (index, payload) = self.index()?;
        IssueSearcher::open(&index, payload, self).map(Some)
    }

    /// Opens for writing, and makes the folder where there is none.
    ///
    /// # Errors
    ///
    /// As [`IssueStore::open`], and [`IndexError::Busy`] while another process writes.
    pub fn writer(&self) -> Result<IssueWriter, IndexError> {
        fs::create_dir_all(&self.dir).map_err(IndexError::io(&self.dir))?;
        let (index, payload) = if self.exists() {
            self.index()?
        } else {
            (self.create()?, Payload::default())
        };
        IssueWriter::open(index, payload, self.clone())
    }

    /// Removes all issues; whether there were any.
    ///
    /// # Errors
    ///
    /// [`IndexError::Io`], and [`IndexError::Busy`] while another process writes.
    pub fn remove(&self) -> Result<bool, IndexError> {
        if !self.dir.exists() {
            return Ok(false);
        }
        // Readable or not, but not under the hands of a writer.
        let busy = self.writer();
        if let Err(error @ IndexError::Busy { .. }) = busy {
            return Err(error);
        }
        drop(busy);
        fs::remove_dir_all(&self.dir).map_err(IndexError::io(&self.dir))?;
        Ok(true)
    }

    fn create(&self) -> Result<Index, IndexError> {
        let settings = IndexSettings {
            // As for fixes: a search reads records from all over the store.
            docstore_blocksize: 8 << 10,
            docstore_compression: Compressor::Zstd(ZstdCompressor {
                compression_level: Some(3),
            }),
            ..IndexSettings::default()
        };
        let folder = MmapDirectory::open(&self.dir).map_err(tantivy::TantivyError::from)?;
        let builder = Index::builder().schema(IssueSchema::new().schema);
        Ok(builder.settings(settings).open_or_create(folder)?)
    }

    fn index(&self) -> Result<(Index, Payload), IndexError> {
        guarded(&self.dir, || {
            let index = Index::open_in_dir(&self.dir).map_err(IndexError::damaged(&self.dir))?;
            let metas = index.load_metas().map_err(IndexError::damaged(&self.dir))?;
            let payload = match metas.payload {
                Some(text) => {
                    serde_json::from_str(&text).map_err(IndexError::damaged(&self.dir))?
                }
                // The folder was made, and its first writer killed.
                None => Payload::default(),
            };
            if payload.format != ISSUE_FORMAT || index.schema() != IssueSchema::new().schema {
                return Err(IndexError::Format {
                    dir: self.dir.clone(),
                    found: payload.format,
                    known: ISSUE_FORMAT,
                    recipe: None,
                    built_in: false,
                });
            }
            Ok((index, payload))
        })
    }
}
