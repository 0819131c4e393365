//! The facts that are compiled in, so that a fresh machine answers without a clone.
//!
//! The first question makes an index of them in the folder of indexes. Several processes may ask at once: one makes it,
//! the others wait for it. Where the folder cannot be written, or the index is being built by somebody else for long,
//! the facts become an index in memory, which is lost with the process.

use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::container::Reader;
use super::member::{self, Member, MemberError};
use super::{CorpusError, import};
use crate::IndexError;
use crate::progress::Silent;
use crate::search::Searcher;
use crate::store::{CPYTHON, Generation, Manifest, Origin, Store, Upstreams, WriteLock, hex};

/// A corpus of facts in memory, of one upstream.
#[derive(Debug, Clone, Copy)]
pub struct Embedded<'a> {
    upstream: &'a str,
    corpus: &'a [u8],
}

/// The index that answers.
#[derive(Debug)]
pub enum Answering {
    /// The one that was there.
    Kept(Generation),
    /// One that was made of the facts now.
    Made(Generation),
    /// One in memory, and why none could be kept.
    InMemory(Box<Searcher>, IndexError),
}

/// How long to wait for another process, which makes an index of facts in a few seconds, or builds one from a clone in
/// minutes.
const PATIENCE: Duration = Duration::from_secs(10);

impl Embedded<'static> {
    /// Facts about `CPython`.
    pub const CPYTHON: Self = Self {
        upstream: CPYTHON,
        corpus: include_bytes!("../../cpython.facts"),
    };
}

impl<'a> Embedded<'a> {
    /// The facts of a corpus that holds those of one upstream.
    #[must_use]
    pub fn new(upstream: &'a str, corpus: &'a [u8]) -> Self {
        Self { upstream, corpus }
    }

    /// Length of the corpus, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.corpus.len()
    }

    /// What the facts are of.
    ///
    /// # Errors
    ///
    /// [`CorpusError`] when the corpus is damaged.
    pub fn manifest(&self) -> Result<Manifest, CorpusError> {
        let mut reader = Reader::open(self.corpus)?;
        let member = member::next(&mut reader)?.ok_or(CorpusError::NoCorpus)?;
        Ok(member.manifest)
    }

    /// The upstream's index, which is made of the facts where there is none, or one of older facts.
    ///
    /// # Errors
    ///
    /// What [`Store::current`] says of an index that is there, but for older facts; [`IndexError::Io`] where the folder
    /// of indexes is a file.
    pub fn answering(&self, upstreams: &Upstreams) -> Result<Answering, IndexError> {
        let store = upstreams.store(self.upstream)?;
        if let Some(current) = self.current(&store)? {
            return Ok(Answering::Kept(current));
        }
        match self.install(&store) {
            Ok(answering) => Ok(answering),
            Err(IndexError::Io { path, source })
                if source.kind() == io::ErrorKind::NotADirectory
                    || source.kind() == io::ErrorKind::AlreadyExists =>
            {
                Err(IndexError::Io { path, source })
            }
            Err(why) => Ok(Answering::InMemory(Box::new(self.in_memory()?), why)),
        }
    }

    /// The index that is there, unless it is one of facts that these should replace.
    fn current(&self, store: &Store) -> Result<Option<Generation>, IndexError> {
        match store.current() {
            Ok(current) if self.replaces(current.manifest()) => Ok(None),
            Ok(current) => Ok(Some(current)),
            Err(IndexError::NoIndex { .. } | IndexError::Format { built_in: true, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether an index is of older facts.
    fn replaces(&self, known: &Manifest) -> bool {
        let Origin::BuiltIn { sha256 } = &known.origin else {
            return false;
        };
        *sha256 != self.checksum()
            && self
                .manifest()
                .is_ok_and(|own| own.newest_commit > known.newest_commit)
    }

    fn install(&self, store: &Store) -> Result<Answering, IndexError> {
        let began = Instant::now();
        loop {
            match store.lock() {
                Ok(lock) => {
                    // Whoever held the lock before may have made it.
                    return match self.current(store)? {
                        Some(current) => Ok(Answering::Kept(current)),
                        None => self.make(store.clone(), lock).map(Answering::Made),
                    };
                }
                Err(IndexError::Busy { .. }) if began.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn make(&self, store: Store, lock: WriteLock) -> Result<Generation, IndexError> {
        self.read(|mut member, reader| {
            member.manifest.origin = self.origin();
            let staged = import::stage(store, lock, member, reader, &Silent)?;
            self.end(reader)?;
            Ok(staged.publish()?)
        })
    }

    /// An index of the facts in memory, which is lost with the process.
    ///
    /// # Errors
    ///
    /// [`IndexError::Corpus`] when the corpus is damaged.
    pub fn in_memory(&self) -> Result<Searcher, IndexError> {
        self.read(|mut member, reader| {
            member.manifest.origin = self.origin();
            let searcher = member.in_memory(reader)?;
            self.end(reader)?;
            Ok(searcher)
        })
    }

    /// Reads the corpus's member.
    fn read<T>(
        &self,
        read: impl FnOnce(Member, &mut Reader<&[u8]>) -> Result<T, MemberError>,
    ) -> Result<T, IndexError> {
        let whole = || -> Result<T, MemberError> {
            let mut reader = Reader::open(self.corpus)?;
            let member = member::next(&mut reader)?.ok_or(CorpusError::NoCorpus)?;
            read(member, &mut reader)
        };
        let name = format!("the built-in facts about {}", self.upstream);
        whole().map_err(|error| error.of(Path::new(&name)))
    }

    /// That nothing follows, and that the checksum is right.
    fn end(&self, reader: &mut Reader<&[u8]>) -> Result<(), CorpusError> {
        match reader.section()? {
            None => Ok(()),
            Some(_) => Err(CorpusError::Malformed("more than one member")),
        }
    }

    fn origin(&self) -> Origin {
        Origin::BuiltIn {
            sha256: self.checksum(),
        }
    }

    /// What the corpus ends with.
    fn checksum(&self) -> String {
        self.corpus
            .last_chunk::<32>()
            .map(|sum| hex(sum))
            .unwrap_or_default()
    }
}
