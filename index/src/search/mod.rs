//! From terms to the fixes that hold them.
//!
//! Every term is looked up in its field; a fix's score is the sum of its terms' weights times their rarity over all
//! fixes. The best are loaded with the terms they matched. What the matches mean is for the caller to judge.

mod columns;
mod lookup;

use std::path::{Path, PathBuf};

use columns::Columns;
pub(crate) use lookup::fixes_with_keys;
use rustc_hash::FxHashMap;
use serde::Serialize;
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{
    DocAddress, DocSet, Index, Searcher as TantivySearcher, SegmentReader, TERMINATED,
    TantivyDocument, Term,
};

use crate::IndexError;
use crate::Version;
use crate::code::CodeMap;
use crate::fixes::{Fix, Outline};
use crate::guard::guarded;
use crate::history::{Containment, Releases};
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

/// A document that was chosen.
#[derive(Debug)]
struct Picked {
    address: DocAddress,
    containment: Containment,
    matches: Vec<usize>,
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
            _generation: None,
        })
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

    /// Every fix with a match, best first.
    fn scored(&self, terms: &[QueryTerm], rarity: &[f32]) -> Result<Vec<DocAddress>, IndexError> {
        let mut scored = Vec::new();
        for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
            let mut scores = vec![0.0; segment.max_doc() as usize];
            for (term, rarity) in terms.iter().zip(rarity) {
                each_doc(segment, &self.term(term), |doc| {
                    scores[doc as usize] += term.weight * rarity
                })?;
            }
            let hits = (0..).zip(scores).filter(|(_, score)| *score > 0.0);
            let columns = &self.columns[ordinal as usize];
            let address = |doc| DocAddress::new(ordinal, doc);
            scored.extend(hits.map(|(doc, score)| (score, columns.committed(doc), address(doc))));
        }
        // Ties go to the newer fix, so that every index of the same commits gives the same order.
        scored.sort_unstable_by(|a, b| {
            let newer = b.1.cmp(&a.1).then(a.2.cmp(&b.2));
            b.0.total_cmp(&a.0).then(newer)
        });
        Ok(scored.into_iter().map(|(.., address)| address).collect())
    }

    fn pick(
        &self,
        scored: &[DocAddress],
        running: Option<&Version>,
        limits: Limits,
    ) -> Vec<Picked> {
        let (mut picked, mut open, mut had) = (Vec::new(), 0, 0);
        for &address in scored {
            if open >= limits.open {
                break;
            }
            let containment = self.containment(address, running);
            let (count, limit) = match containment {
                Containment::Contained(_) => (&mut had, limits.contained),
                _ => (&mut open, limits.open),
            };
            if *count < limit {
                *count += 1;
                picked.push(Picked {
                    address,
                    containment,
                    matches: Vec::new(),
                });
            }
        }
        picked
    }

    fn match_terms(&self, terms: &[QueryTerm], picked: &mut [Picked]) -> Result<(), IndexError> {
        let places: FxHashMap<DocAddress, usize> =
            picked.iter().map(|p| p.address).zip(0..).collect();
        for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
            for (index, term) in terms.iter().enumerate() {
                each_doc(segment, &self.term(term), |doc| {
                    if let Some(&place) = places.get(&DocAddress::new(ordinal, doc)) {
                        picked[place].matches.push(index);
                    }
                })?;
            }
        }
        Ok(())
    }

    fn rarity(&self, terms: &[QueryTerm]) -> Result<Vec<f32>, IndexError> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a count of fixes, for a logarithm"
        )]
        let log = |count: u64| ((count + 1) as f32).ln();
        let all = log(self.searcher.num_docs());
        terms
            .iter()
            .map(|term| Ok(all - log(self.searcher.doc_freq(&self.term(term))?)))
            .collect()
    }

    fn term(&self, term: &QueryTerm) -> Term {
        Term::from_field_text(self.schema.field(term.field), &term.text)
    }

    fn containment(&self, address: DocAddress, running: Option<&Version>) -> Containment {
        let Some(running) = running else {
            return Containment::Unknown;
        };
        let columns = &self.columns[address.segment_ord as usize];
        let commits = columns.ordinals(address.doc_id);
        self.releases.containment(&commits, running)
    }
}

/// Calls `each` for every living document of the segment that holds the term, in ascending order.
fn each_doc(
    segment: &SegmentReader,
    term: &Term,
    mut each: impl FnMut(u32),
) -> Result<(), IndexError> {
    let inverted = segment.inverted_index(term.field())?;
    let postings = inverted.read_postings(term, IndexRecordOption::Basic);
    let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else {
        return Ok(());
    };
    let alive = segment.alive_bitset();
    while postings.doc() != TERMINATED {
        let doc = postings.doc();
        if alive.is_none_or(|alive| alive.is_alive(doc)) {
            each(doc);
        }
        postings.advance();
    }
    Ok(())
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
