//! From postings to the fixes that match best.

use rustc_hash::FxHashMap;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, SegmentReader, TERMINATED, Term};

use super::{Limits, QueryTerm, Searcher};
use crate::IndexError;
use crate::Version;
use crate::history::Containment;

/// A document that was chosen.
#[derive(Debug)]
pub(super) struct Picked {
    pub(super) address: DocAddress,
    pub(super) containment: Containment,
    pub(super) matches: Vec<usize>,
}

impl Searcher {
    /// Every fix with a match, best first.
    pub(super) fn scored(
        &self,
        terms: &[QueryTerm],
        rarity: &[f32],
    ) -> Result<Vec<DocAddress>, IndexError> {
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

    pub(super) fn pick(
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

    pub(super) fn match_terms(
        &self,
        terms: &[QueryTerm],
        picked: &mut [Picked],
    ) -> Result<(), IndexError> {
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

    pub(super) fn rarity(&self, terms: &[QueryTerm]) -> Result<Vec<f32>, IndexError> {
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

    pub(super) fn term(&self, term: &QueryTerm) -> Term {
        Term::from_field_text(self.schema.field(term.field), &term.text)
    }

    pub(super) fn containment(
        &self,
        address: DocAddress,
        running: Option<&Version>,
    ) -> Containment {
        let Some(running) = running else {
            return Containment::Unknown;
        };
        let columns = &self.columns[address.segment_ord as usize];
        let commits = columns.ordinals(address.doc_id);
        self.releases.containment(&commits, running)
    }
}

/// Calls `each` for every living document of the segment that holds the term, in ascending order.
pub(crate) fn each_doc(
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
