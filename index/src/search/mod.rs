//! From terms to the fixes that hold them.
//!
//! Every term is looked up in its field; a fix's score is the sum of its terms' weights times their rarity over all
//! fixes. The best are loaded with the terms they matched. What the matches mean is for the caller to judge.

mod columns;
mod lookup;
mod scoring;

use std::path::{Path, PathBuf};

use columns::Columns;
pub(crate) use lookup::fixes_with_keys;
use scoring::Picked;
pub(crate) use scoring::each_doc;
use serde::Serialize;
use tantivy::schema::Value;
use tantivy::{DocAddress, Index, Searcher as TantivySearcher, TantivyDocument};

use crate::IndexError;
use crate::Version;
use crate::code::CodeMap;
use crate::fixes::{Fix, Outline};
use crate::guard::guarded;
use crate::history::{Containment, Releases};
use crate::issues::IssueSearcher;
use crate::lines::ReleaseLines;
use crate::schema::{Field, FixSchema};
use crate::store::{Generation, Manifest};

/// A term to look for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryTerm {
    /// Where.
    pub field: Field,
    /// The term as the field holds it.
    pub text: String,
    /// What a match is worth before rarity.
    pub weight: f32,
}

/// A fix with the terms it matched; [`Searcher::fix`] reads the fix itself.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What is known of the fix at a glance.
    pub outline: Outline,
    address: DocAddress,
    /// Indexes of the query's terms, ascending.
    pub matches: Vec<usize>,
    /// First release of each series with the fix, oldest series first.
    pub first_releases: Vec<Version>,
    /// Whether the running version has it; [`Containment::Unknown`] where none was given.
    pub containment: Containment,
}

/// What a search found.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// The best that the running version does not have, or may not have.
    pub open: Vec<Candidate>,
    /// The best that it has.
    pub contained: Vec<Candidate>,
    /// Rarity of each term of the query: the natural logarithm of (fixes + 1) / (fixes with the term + 1).
    pub rarity: Vec<f32>,
}

/// An opened index.
pub struct Searcher {
    searcher: TantivySearcher,
    schema: FixSchema,
    releases: Releases,
    code: CodeMap,
    /// What is read of each segment without its records.
    columns: Vec<Columns>,
    manifest: Manifest,
    /// The folder of the search index, for messages.
    place: PathBuf,
    /// What trackers know, where the caller has it.
    issues: Option<IssueSearcher>,
    /// Kept on disk as long as this value lives; `None` for an index in memory.
    _generation: Option<Generation>,
}

impl std::fmt::Debug for Searcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Searcher")
            .field("place", &self.place)
            .field("manifest", &self.manifest)
            .finish_non_exhaustive()
    }
}

/// How many open and contained candidates to load.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Fixes that the running version lacks or may lack.
    pub open: usize,
    /// Fixes that it has.
    pub contained: usize,
}

impl Searcher {
    /// Opens a generation for searching.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when one of its files is damaged.
    pub fn open(generation: Generation) -> Result<Self, IndexError> {
        let place = generation.tantivy_dir();
        let index = guarded(&place, || generation.tantivy())?;
        let (releases, code) = (generation.releases()?, generation.code()?);
        let manifest = generation.manifest().clone();
        let searcher = Self::of(&index, releases, code, manifest, place)?;
        Ok(Self {
            _generation: Some(generation),
            ..searcher
        })
    }

    /// Searches an index that lives in memory, or whose generation the caller holds.
    pub(crate) fn of(
        index: &Index,
        releases: Releases,
        code: CodeMap,
        manifest: Manifest,
        place: PathBuf,
    ) -> Result<Self, IndexError> {
        let (searcher, columns) = guarded(&place, || {
            let builder = index.reader_builder();
            let builder = builder.reload_policy(tantivy::ReloadPolicy::Manual);
            let searcher = builder.try_into()?.searcher();
            let segments = searcher.segment_readers().iter();
            let columns = segments.map(Columns::open).collect::<Result<Vec<_>, _>>()?;
            Ok((searcher, columns))
        })?;
        Ok(Self {
            code,
            searcher,
            columns,
            schema: FixSchema::new(),
            releases,
            manifest,
            place,
            issues: None,
            _generation: None,
        })
    }

    /// The same, with what trackers know beside it.
    #[must_use]
    pub fn with_issues(self, issues: Option<IssueSearcher>) -> Self {
        Self { issues, ..self }
    }

    /// What trackers know, where it was given.
    #[must_use]
    pub fn issues(&self) -> Option<&IssueSearcher> {
        self.issues.as_ref()
    }

    /// What the index is of.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The folder of the search index.
    pub(crate) fn dir(&self) -> &Path {
        &self.place
    }

    /// The lines of a release's files, if the clone that the index was built from is at hand: those of the newest older
    /// release of its series where the clone does not know it.
    #[must_use]
    pub fn release_lines(&self, version: &Version) -> Option<ReleaseLines> {
        ReleaseLines::open(
            self.manifest().clone_path()?,
            self.releases.commit(version)?,
        )
    }

    /// When a release was committed, in seconds since 1970: that of the newest older one of its series where the clone
    /// does not know it.
    #[must_use]
    pub fn date_of(&self, version: &Version) -> Option<i64> {
        self.releases.date(version)
    }

    /// What the project's source says of its functions.
    #[must_use]
    pub fn code(&self) -> &CodeMap {
        &self.code
    }

    /// The releases that the clone had tags for, oldest first.
    #[must_use]
    pub fn releases(&self) -> &[Version] {
        self.releases.tags()
    }

    /// The first release of each series with a fix, oldest series first.
    #[must_use]
    pub fn first_releases(&self, fix: &Fix) -> Vec<Version> {
        self.releases
            .first(&fix.ordinals())
            .into_iter()
            .cloned()
            .collect()
    }

    /// The fixes that match best, best first.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when a file of the index is damaged.
    pub fn search(
        &self,
        terms: &[QueryTerm],
        running: Option<&Version>,
        limits: Limits,
    ) -> Result<Candidates, IndexError> {
        guarded(&self.place, || self.find(terms, running, limits))
    }

    fn find(
        &self,
        terms: &[QueryTerm],
        running: Option<&Version>,
        limits: Limits,
    ) -> Result<Candidates, IndexError> {
        let rarity = self.rarity(terms)?;
        let mut picked = self.pick(&self.scored(terms, &rarity)?, running, limits);
        self.match_terms(terms, &mut picked)?;
        let mut found = Candidates {
            rarity,
            ..Candidates::default()
        };
        for Picked {
            address,
            containment,
            matches,
        } in picked
        {
            let contained = matches!(containment, Containment::Contained(_));
            let candidate = self.candidate(address, containment, matches);
            if contained {
                found.contained.push(candidate)
            } else {
                found.open.push(candidate)
            }
        }
        Ok(found)
    }

    fn candidate(
        &self,
        address: DocAddress,
        containment: Containment,
        matches: Vec<usize>,
    ) -> Candidate {
        let columns = &self.columns[address.segment_ord as usize];
        let first = self.releases.first(&columns.ordinals(address.doc_id));
        Candidate {
            outline: columns.outline(address.doc_id),
            address,
            matches,
            first_releases: first.into_iter().cloned().collect(),
            containment,
        }
    }

    /// The fix that a candidate is.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when its record is damaged.
    pub fn fix(&self, candidate: &Candidate) -> Result<Fix, IndexError> {
        guarded(&self.place, || {
            let fix = load(&self.searcher, &self.schema, candidate.address)?;
            fix.ok_or(IndexError::record(
                postcard::Error::DeserializeUnexpectedEnd,
            ))
        })
    }
}

/// A fix by its address; `None` for a record without commits.
fn load(
    searcher: &TantivySearcher,
    schema: &FixSchema,
    address: DocAddress,
) -> Result<Option<Fix>, IndexError> {
    let document: TantivyDocument = searcher.doc(address)?;
    let Some(record) = document
        .get_first(schema.record)
        .and_then(|value| value.as_bytes())
    else {
        return Ok(None);
    };
    let fix: Fix = postcard::from_bytes(record).map_err(IndexError::record)?;
    Ok(Some(fix).filter(|fix| !fix.commits.is_empty()))
}
