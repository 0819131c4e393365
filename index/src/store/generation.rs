//! One generation: reading it, and writing a new one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tantivy::Index;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{IndexBuilder, IndexSettings};

use super::manifest::{FORMAT, Manifest};
use crate::IndexError;
use crate::Version;
use crate::code::CodeMap;
use crate::history::{CommitId, Graph, Reference, Releases};
use crate::schema::{FixSchema, tokenizers};

const MANIFEST: &str = "manifest.json";
const HISTORY: &str = "history.bin";
const RELEASES: &str = "releases.bin";
const CODE: &str = "code.bin";
const TANTIVY: &str = "tantivy";
const IN_USE: &str = "in-use";

/// A complete generation, kept on disk as long as this value lives.
#[derive(Debug)]
pub struct Generation {
    dir: PathBuf,
    manifest: Manifest,
    /// Shared lock on `in-use`; `None` where the file system has no locks.
    _in_use: Option<File>,
}

/// What an update needs to know of the commits already indexed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct History {
    pub(crate) graph: Graph,
    pub(crate) references: Vec<Reference>,
    /// Releases that commits announce, oldest commit first.
    pub(crate) announced: Vec<(Version, CommitId)>,
}

impl Generation {
    pub(super) fn open(store: &Path, dir: &Path) -> Result<Self, IndexError> {
        let in_use = File::open(dir.join(IN_USE))
            .ok()
            .filter(|file| file.lock_shared().is_ok());
        let path = dir.join(MANIFEST);
        let text = fs::read(&path).map_err(IndexError::io(&path))?;
        // The format is read by itself first: all else may have changed with it.
        #[derive(Deserialize)]
        struct FormatOnly {
            format: u32,
        }
        let FormatOnly { format } =
            serde_json::from_slice(&text).map_err(IndexError::damaged(&path))?;
        if format != FORMAT {
            return Err(IndexError::Format {
                dir: store.to_owned(),
                found: format,
                known: FORMAT,
            });
        }
        let manifest = serde_json::from_slice(&text).map_err(IndexError::damaged(&path))?;
        Ok(Self {
            dir: dir.to_owned(),
            manifest,
            _in_use: in_use,
        })
    }

    /// What it is of.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Bytes on disk.
    #[must_use]
    pub fn size(&self) -> u64 {
        let files = |dir: PathBuf| fs::read_dir(dir).into_iter().flatten().flatten();
        let sizes = files(self.dir.clone()).chain(files(self.dir.join(TANTIVY)));
        sizes
            .filter_map(|entry| entry.metadata().ok())
            .filter(fs::Metadata::is_file)
            .map(|file| file.len())
            .sum()
    }

    pub(crate) fn history(&self) -> Result<History, IndexError> {
        let path = self.dir.join(HISTORY);
        let history: History = read_postcard(&path)?;
        if !history.graph.is_sound() {
            let source = "a parent is none of its commits".into();
            return Err(IndexError::Damaged { path, source });
        }
        Ok(History {
            graph: history.graph.indexed(),
            ..history
        })
    }

    pub(crate) fn releases(&self) -> Result<Releases, IndexError> {
        read_postcard(&self.dir.join(RELEASES))
    }

    /// What the project's source says of its functions.
    pub(crate) fn code(&self) -> Result<CodeMap, IndexError> {
        read_postcard(&self.dir.join(CODE))
    }

    /// The folder of the search index.
    pub(crate) fn tantivy_dir(&self) -> PathBuf {
        self.dir.join(TANTIVY)
    }

    pub(crate) fn tantivy(&self) -> Result<Index, IndexError> {
        open_tantivy(&self.dir)
    }
}

/// A generation that is being written.
#[derive(Debug)]
pub(crate) struct NewGeneration {
    dir: PathBuf,
}

impl NewGeneration {
    pub(super) fn create(dir: PathBuf) -> Result<Self, IndexError> {
        fs::create_dir_all(dir.join(TANTIVY)).map_err(IndexError::io(&dir))?;
        Ok(Self { dir })
    }

    /// An empty search index.
    pub(crate) fn new_tantivy(&self) -> Result<Index, IndexError> {
        let dir = self.dir.join(TANTIVY);
        let settings = IndexSettings {
            // A search reads a few hundred records from all over the store: a small block is unpacked in vain the less.
            docstore_blocksize: 4 << 10,
            docstore_compression: Compressor::Zstd(ZstdCompressor {
                compression_level: Some(3),
            }),
            ..IndexSettings::default()
        };
        let index = IndexBuilder::new()
            .schema(FixSchema::new().schema)
            .settings(settings)
            .create_in_dir(dir)?;
        tokenizers(index.tokenizers());
        Ok(index)
    }

    /// The search index of another generation, to be added to: its files are shared, since tantivy never changes one
    /// but replaces it.
    pub(crate) fn share_tantivy(&self, old: &Generation) -> Result<Index, IndexError> {
        let from = old.tantivy_dir();
        for entry in fs::read_dir(&from)
            .map_err(IndexError::io(&from))?
            .flatten()
        {
            let (source, target) = (entry.path(), self.dir.join(TANTIVY).join(entry.file_name()));
            let name = entry.file_name();
            // Locks of another writer are no part of the index.
            if name.to_string_lossy().ends_with(".lock") {
                continue;
            }
            let linked =
                fs::hard_link(&source, &target).or_else(|_| fs::copy(&source, &target).map(drop));
            linked.map_err(IndexError::io(&source))?;
        }
        open_tantivy(&self.dir)
    }

    pub(crate) fn write(
        &self,
        history: &History,
        releases: &Releases,
        code: &CodeMap,
        manifest: &Manifest,
    ) -> Result<(), IndexError> {
        write_postcard(&self.dir.join(HISTORY), history)?;
        write_postcard(&self.dir.join(RELEASES), releases)?;
        write_postcard(&self.dir.join(CODE), code)?;
        let path = self.dir.join(MANIFEST);
        let text = serde_json::to_vec_pretty(manifest).map_err(IndexError::damaged(&path))?;
        write_synced(&path, &text)?;
        write_synced(&self.dir.join(IN_USE), b"")
    }

    /// Syncs everything; gives the folder.
    pub(super) fn finish(self) -> Result<PathBuf, IndexError> {
        let tantivy = self.dir.join(TANTIVY);
        for entry in fs::read_dir(&tantivy)
            .map_err(IndexError::io(&tantivy))?
            .flatten()
        {
            let path = entry.path();
            let synced = File::open(&path).and_then(|file| file.sync_all());
            synced.map_err(IndexError::io(&path))?;
        }
        sync_dir(&tantivy)?;
        sync_dir(&self.dir)?;
        Ok(self.dir)
    }
}

/// Whether a reader holds the generation.
pub(super) fn is_used(dir: &Path) -> bool {
    File::open(dir.join(IN_USE)).is_ok_and(|file| file.try_lock().is_err())
}

pub(super) fn write_synced(path: &Path, data: &[u8]) -> Result<(), IndexError> {
    let write = || -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(data)?;
        file.sync_all()
    };
    write().map_err(IndexError::io(path))
}

pub(super) fn sync_dir(dir: &Path) -> Result<(), IndexError> {
    // Windows cannot open folders; its renames are journalled.
    if cfg!(unix) {
        File::open(dir)
            .and_then(|dir| dir.sync_all())
            .map_err(IndexError::io(dir))
    } else {
        Ok(())
    }
}

fn open_tantivy(dir: &Path) -> Result<Index, IndexError> {
    let dir = dir.join(TANTIVY);
    let index = Index::open_in_dir(&dir).map_err(IndexError::damaged(&dir))?;
    tokenizers(index.tokenizers());
    Ok(index)
}

fn read_postcard<T: DeserializeOwned>(path: &Path) -> Result<T, IndexError> {
    let data = fs::read(path).map_err(|error| match error.kind() {
        // A generation is complete or damaged.
        io::ErrorKind::NotFound => IndexError::damaged(path)(error),
        _ => IndexError::io(path)(error),
    })?;
    postcard::from_bytes(&data).map_err(IndexError::damaged(path))
}

fn write_postcard<T: Serialize>(path: &Path, value: &T) -> Result<(), IndexError> {
    let data = postcard::to_stdvec(value).map_err(IndexError::damaged(path))?;
    write_synced(path, &data)
}
