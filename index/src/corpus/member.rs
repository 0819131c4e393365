//! One member of a corpus, from its sections to an index.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use tantivy::Index;

use super::container::{Reader, Tag};
use super::facts::{Column, Facts, Reduced};
use super::{CorpusError, Header, limits};
use crate::IndexError;
use crate::code::CodeMap;
use crate::fixes::{Fix, Outline};
use crate::history::Releases;
use crate::progress::{Progress, Silent};
use crate::search::Searcher;
use crate::store::{FORMAT, FixWriter, History, Manifest, Origin, tantivy_in_memory};

/// A member, its fixes apart.
pub(super) struct Member {
    pub(super) facts: bool,
    pub(super) manifest: Manifest,
    pub(super) history: History,
    pub(super) releases: Releases,
    pub(super) code: CodeMap,
    fixes: u64,
}

/// The next member of a corpus; `None` at its end.
pub(super) fn next<R: Read>(reader: &mut Reader<R>) -> Result<Option<Member>, CorpusError> {
    let Some((tag, data)) = reader.section()? else {
        return Ok(None);
    };
    if tag != Tag::Member {
        return Err(CorpusError::Malformed("a section of no member"));
    }
    let (header, manifest) = header(&data)?;
    let history: History = if header.facts {
        History::default()
    } else {
        postcard(&reader.expect(Tag::History)?)?
    };
    if !history.graph.is_sound() {
        return Err(CorpusError::Malformed(
            "a parent that is none of its commits",
        ));
    }
    let releases: Releases = postcard(&reader.expect(Tag::Releases)?)?;
    let code: CodeMap = postcard(&reader.expect(Tag::Code)?)?;
    if !releases.is_sound() || !code.is_sound() {
        return Err(CorpusError::Malformed("a number that stands for nothing"));
    }
    Ok(Some(Member {
        facts: header.facts,
        manifest,
        history: History {
            graph: history.graph.indexed(),
            ..history
        },
        releases,
        code,
        fixes: header.fixes,
    }))
}

/// The header of a member, and what its manifest is on this machine.
fn header(data: &[u8]) -> Result<(Header, Manifest), CorpusError> {
    let header: Header = json(data)?;
    if header.format != FORMAT {
        return Err(CorpusError::Version {
            found: header.format,
            known: FORMAT,
        });
    }
    let mut manifest = Manifest::deserialize(&header.manifest).map_err(|_| HEADER)?;
    manifest.counts.fixes = header.fixes;
    manifest.origin = if header.facts {
        Origin::Facts
    } else {
        Origin::Corpus
    };
    Ok((header, manifest))
}

impl Member {
    /// Reads the fixes, and writes them to a new search index.
    pub(super) fn fixes<R: Read>(
        &self,
        reader: &mut Reader<R>,
        index: &Index,
        progress: &dyn Progress,
    ) -> Result<(), MemberError> {
        progress.phase("reading fixes", Some(self.fixes));
        let mut writer = FixWriter::new(index)?;
        if self.facts {
            self.facts(reader, &mut writer, progress)?;
        } else {
            self.records(reader, &mut writer, progress)?;
        }
        progress.phase("committing", None);
        Ok(writer.finish()?)
    }

    /// Reads the fixes into an index in memory.
    pub(super) fn in_memory<R: Read>(
        self,
        reader: &mut Reader<R>,
    ) -> Result<Searcher, MemberError> {
        let index = tantivy_in_memory()?;
        self.fixes(reader, &index, &Silent)?;
        let place = PathBuf::from("memory");
        Ok(Searcher::of(
            &index,
            self.releases,
            self.code,
            self.manifest,
            place,
        )?)
    }

    fn facts<R: Read>(
        &self,
        reader: &mut Reader<R>,
        writer: &mut FixWriter,
        progress: &dyn Progress,
    ) -> Result<(), MemberError> {
        let columns = (0..Column::COUNT).map(|_| reader.expect(Tag::Column));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let mut facts = Facts::new(&columns)?;
        for _ in 0..self.fixes {
            let Reduced { fix, outline } = facts.next()?;
            progress.advance(1);
            writer.add_bounded(&fix, outline)?;
        }
        Ok(facts.end()?)
    }

    fn records<R: Read>(
        &self,
        reader: &mut Reader<R>,
        writer: &mut FixWriter,
        progress: &dyn Progress,
    ) -> Result<(), MemberError> {
        let mut left = self.fixes;
        while left > 0 {
            let fixes: Vec<Fix> = postcard(&reader.expect(Tag::Fixes)?)?;
            let count = fixes.len() as u64;
            if count == 0 || count > left {
                return Err(CorpusError::Malformed("not as many fixes as it says").into());
            }
            left -= count;
            for fix in fixes {
                limits::check(&fix)?;
                let graph = &self.history.graph;
                let mut commits = fix.commits.iter();
                if !commits.all(|commit| graph.id(commit.ordinal) == Some(commit.id)) {
                    return Err(CorpusError::Malformed("a commit without a place").into());
                }
                progress.advance(1);
                writer.add_bounded(&fix, Outline::of(&fix))?;
            }
        }
        Ok(())
    }
}

/// What can go wrong between a corpus and an index.
pub(super) enum MemberError {
    Corpus(CorpusError),
    Index(IndexError),
}

impl MemberError {
    /// The same of the corpus in a file, or whatever else it is called.
    pub(super) fn of(self, corpus: &Path) -> IndexError {
        match self {
            Self::Corpus(source) => IndexError::Corpus {
                path: corpus.to_owned(),
                source,
            },
            Self::Index(error) => error,
        }
    }
}

impl From<CorpusError> for MemberError {
    fn from(error: CorpusError) -> Self {
        Self::Corpus(error)
    }
}

impl From<IndexError> for MemberError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

const HEADER: CorpusError = CorpusError::Malformed("a header that cannot be read");

fn json<T: DeserializeOwned>(data: &[u8]) -> Result<T, CorpusError> {
    serde_json::from_slice(data).map_err(|_| HEADER)
}

fn postcard<T: DeserializeOwned>(data: &[u8]) -> Result<T, CorpusError> {
    let (value, rest) = postcard::take_from_bytes(data)
        .map_err(|_| CorpusError::Malformed("a record that cannot be read"))?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(CorpusError::Malformed("a record that is too long"))
    }
}
