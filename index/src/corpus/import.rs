//! From a corpus file to indexes on disk.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::CorpusError;
use super::container::Reader;
use super::member::{self, MemberError};
use crate::IndexError;
use crate::progress::Progress;
use crate::store::{Generation, NewGeneration, Store, Upstreams, WriteLock};

/// Makes the members of a corpus the current indexes of their upstreams; gives them.
///
/// # Errors
///
/// [`IndexError::Corpus`] for a file that is damaged, newer, or no corpus; [`IndexError::Busy`] when one of the indexes is
/// being built; [`IndexError::Io`]. No index was touched by any of them, except where one of several cannot be renamed.
pub fn import(
    upstreams: &Upstreams,
    file: &Path,
    progress: &dyn Progress,
) -> Result<Vec<Generation>, IndexError> {
    let staged = stage_all(upstreams, file, progress).map_err(|error| error.of(file))?;
    staged.into_iter().map(Staged::publish).collect()
}

/// Writes every member beside what is current, up to the checksum of the file.
fn stage_all(
    upstreams: &Upstreams,
    file: &Path,
    progress: &dyn Progress,
) -> Result<Vec<Staged>, MemberError> {
    let opened = File::open(file).map_err(CorpusError::Io)?;
    let mut reader = Reader::open(BufReader::new(opened))?;
    let mut staged: Vec<Staged> = Vec::new();
    while let Some(member) = member::next(&mut reader)? {
        let upstream = &member.manifest.upstream;
        let mut known = staged.iter();
        if known.any(|known| known.store.upstream() == upstream) {
            return Err(CorpusError::Malformed("an upstream twice").into());
        }
        let store = upstreams.store(upstream)?;
        let lock = store.lock()?;
        staged.push(stage(store, lock, member, &mut reader, progress)?);
    }
    if staged.is_empty() {
        return Err(CorpusError::Malformed("it holds nothing").into());
    }
    Ok(staged)
}

/// A generation that waits for the checksum.
pub(super) struct Staged {
    store: Store,
    lock: WriteLock,
    new: NewGeneration,
    member: member::Member,
}

/// Writes a member beside the current generation.
pub(super) fn stage<R: Read>(
    store: Store,
    lock: WriteLock,
    member: member::Member,
    reader: &mut Reader<R>,
    progress: &dyn Progress,
) -> Result<Staged, MemberError> {
    let new = store.begin(&lock)?;
    let written = new
        .new_tantivy()
        .map_err(MemberError::Index)
        .and_then(|index| member.fixes(reader, &index, progress));
    written.map_err(|error| match error {
        MemberError::Index(error) => MemberError::Index(new.explained(error)),
        other => other,
    })?;
    Ok(Staged {
        store,
        lock,
        new,
        member,
    })
}

impl Staged {
    /// Makes it current.
    pub(super) fn publish(self) -> Result<Generation, IndexError> {
        let member = self.member;
        let parts = (&member.history, &member.releases, &member.code);
        self.new
            .write(parts.0, parts.1, parts.2, &member.manifest)?;
        self.store.publish(&self.lock, self.new)
    }
}
