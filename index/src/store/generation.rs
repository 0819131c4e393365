//! One generation: reading it, and writing a new one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tantivy::Index;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{IndexBuilder, IndexSettings};

use super::former::AnyManifest;
use super::manifest::{FORMAT, Manifest};
use super::sums::{self, SUMS, Sums};
use crate::IndexError;
use crate::Version;
use crate::code::CodeMap;
use crate::history::{CommitId, Graph, Reference, Releases};
use crate::schema::{FixSchema, tokenizers};

pub(super) const MANIFEST: &str = "manifest.json";
const HISTORY: &str = "history.bin";
const RELEASES: &str = "releases.bin";
const CODE: &str = "code.bin";
const TANTIVY: &str = "tantivy";
const IN_USE: &str = "in-use";

/// Files of tantivy that are replaced under their names; segments never are.
const TANTIVY_LISTS: [&str; 2] = ["tantivy/meta.json", "tantivy/.managed.json"];

/// Bytes that are written to see whether the disk is full: less than what a writer of tantivy is stopped at.
const PROBE: usize = 1 << 20;

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
        // These are read by themselves first: all else may have changed with the format.
        let header: AnyManifest =
            serde_json::from_slice(&text).map_err(IndexError::damaged(&path))?;
        if header.format != FORMAT {
            return Err(IndexError::Format {
                dir: store.to_owned(),
                found: header.format,
                known: FORMAT,
                built_in: header.is_built_in(),
                recipe: header.recipe(),
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

    /// The folder of the upstream's index.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.dir.parent().unwrap_or(&self.dir)
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

    /// Compares every file with its checksum; gives how many there are, and what is wrong with which.
    pub(crate) fn compare_sums(
        &self,
        each: &mut dyn FnMut(),
    ) -> Result<(u64, Vec<String>), IndexError> {
        let stated = match sums::read(&self.dir) {
            Err(IndexError::Damaged { path, .. }) => {
                return Ok((0, vec![format!("{} is missing or damaged", path.display())]));
            }
            stated => stated?,
        };
        let found = data_files(&self.dir)?;
        let unknown = found.iter().filter(|name| !stated.contains_key(*name));
        let mut faults: Vec<String> = unknown
            .map(|name| format!("{name} is no file of the index"))
            .collect();
        for (name, sum) in &stated {
            each();
            if found.binary_search(name).is_err() {
                faults.push(format!("{name} is missing"));
            } else if sums::of(&self.dir.join(name))? != *sum {
                faults.push(format!("{name} is damaged: its checksum is another"));
            }
        }
        Ok((stated.len() as u64, faults))
    }

    pub(crate) fn history(&self) -> Result<History, IndexError> {
        let path = self.dir.join(HISTORY);
        let history: History = read_postcard(&path)?;
        sound(history.graph.is_sound(), &path)?;
        Ok(History {
            graph: history.graph.indexed(),
            ..history
        })
    }

    pub(crate) fn releases(&self) -> Result<Releases, IndexError> {
        let path = self.dir.join(RELEASES);
        let releases: Releases = read_postcard(&path)?;
        sound(releases.is_sound(), &path)?;
        Ok(releases)
    }

    /// What the project's source says of its functions.
    pub(crate) fn code(&self) -> Result<CodeMap, IndexError> {
        let path = self.dir.join(CODE);
        let code: CodeMap = read_postcard(&path)?;
        sound(code.is_sound(), &path)?;
        Ok(code)
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
///
/// One that is dropped unfinished is removed: after a failure, room is what is short most often.
#[derive(Debug)]
pub(crate) struct NewGeneration {
    dir: PathBuf,
    finished: bool,
    /// Checksums of files that are shared with an older generation.
    shared: Sums,
}

impl NewGeneration {
    pub(super) fn create(dir: PathBuf) -> Result<Self, IndexError> {
        fs::create_dir_all(dir.join(TANTIVY)).map_err(IndexError::io(&dir))?;
        Ok(Self {
            dir,
            finished: false,
            shared: Sums::new(),
        })
    }

    /// An empty search index.
    pub(crate) fn new_tantivy(&self) -> Result<Index, IndexError> {
        let index = builder().create_in_dir(self.dir.join(TANTIVY))?;
        tokenizers(index.tokenizers());
        Ok(index)
    }

    /// The search index of another generation, to be added to: its files are shared, since tantivy never changes one
    /// but replaces it.
    pub(crate) fn share_tantivy(&mut self, old: &Generation) -> Result<Index, IndexError> {
        self.shared = sums::read(&old.dir)?;
        self.shared
            .retain(|name, _| name.starts_with(TANTIVY) && !TANTIVY_LISTS.contains(&&**name));
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

    /// Why writing failed. tantivy's threads end without saying that the disk is full: another write tells.
    pub(crate) fn explained(&self, error: IndexError) -> IndexError {
        let IndexError::Search(_) = &error else {
            return error;
        };
        let probe = self.dir.join("probe");
        let written = write_synced(&probe, &vec![0; PROBE]);
        drop(fs::remove_file(&probe));
        written.err().unwrap_or(error)
    }

    /// Writes the checksums and syncs everything; gives the folder.
    pub(super) fn finish(mut self) -> Result<PathBuf, IndexError> {
        let files = data_files(&self.dir)?;
        // tantivy makes its lists for the user alone, and an index may be for all.
        if let Ok(manifest) = fs::metadata(self.dir.join(MANIFEST)) {
            for name in TANTIVY_LISTS {
                drop(fs::set_permissions(
                    self.dir.join(name),
                    manifest.permissions(),
                ));
            }
        }
        for name in &files {
            let path = self.dir.join(name);
            let synced = File::open(&path).and_then(|file| file.sync_all());
            synced.map_err(IndexError::io(&path))?;
        }
        sums::write(&self.dir, &files, &self.shared)?;
        sync_dir(&self.dir.join(TANTIVY))?;
        sync_dir(&self.dir)?;
        self.finished = true;
        Ok(std::mem::take(&mut self.dir))
    }
}

impl Drop for NewGeneration {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // Threads of tantivy that have failed may add a file yet.
        for _ in 0..20 {
            if fs::remove_dir_all(&self.dir).is_ok() || !self.dir.exists() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// An empty search index that lives in memory alone.
pub(crate) fn tantivy_in_memory() -> Result<Index, IndexError> {
    let index = builder().create_in_ram()?;
    tokenizers(index.tokenizers());
    Ok(index)
}

fn builder() -> IndexBuilder {
    let settings = IndexSettings {
        // A search reads a few hundred records from all over the store: a small block is unpacked in vain the less.
        docstore_blocksize: 4 << 10,
        docstore_compression: Compressor::Zstd(ZstdCompressor {
            compression_level: Some(3),
        }),
        ..IndexSettings::default()
    };
    IndexBuilder::new()
        .schema(FixSchema::new().schema)
        .settings(settings)
}

/// The files of a generation that hold data, as paths within it, sorted: locks, and the checksums themselves, do not.
pub(super) fn data_files(dir: &Path) -> Result<Vec<String>, IndexError> {
    let mut found = Vec::new();
    for (folder, prefix) in [(dir.to_owned(), ""), (dir.join(TANTIVY), "tantivy/")] {
        for entry in fs::read_dir(&folder).map_err(IndexError::io(&folder))? {
            let entry = entry.map_err(IndexError::io(&folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if is_file && !name.ends_with(".lock") && name != SUMS && name != IN_USE {
                found.push(format!("{prefix}{name}"));
            }
        }
    }
    found.sort();
    Ok(found)
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
    // What may not be read is not damaged, which is all that tantivy would tell.
    for name in TANTIVY_LISTS {
        let path = dir.join(name);
        match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(IndexError::io(&path)(error));
            }
            opened => drop(opened),
        }
    }
    let dir = dir.join(TANTIVY);
    let index = Index::open_in_dir(&dir).map_err(IndexError::damaged(&dir))?;
    tokenizers(index.tokenizers());
    Ok(index)
}

/// A damaged file may decode to numbers that stand for nothing.
fn sound(sound: bool, path: &Path) -> Result<(), IndexError> {
    if sound {
        return Ok(());
    }
    Err(IndexError::Damaged {
        path: path.to_owned(),
        source: "a number in it stands for nothing".into(),
    })
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
