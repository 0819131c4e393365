//! Fixes by name, all of them, and where one stands in a search.

use tantivy::{DocAddress, Searcher as TantivySearcher, Term};

use super::scoring::{Picked, each_doc};
use super::{Candidate, QueryTerm, Searcher, load};
use crate::IndexError;
use crate::Version;
use crate::fixes::{Fix, Outline};
use crate::guard::guarded;
use crate::history::Containment;
use crate::schema::FixSchema;

impl Searcher {
    /// Gives every fix and its outline, in the order in which the index holds them.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when a file of the index is damaged.
    pub fn each_fix(&self, each: &mut dyn FnMut(Fix, Outline)) -> Result<(), IndexError> {
        guarded(&self.place, || {
            for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
                for doc in segment.doc_ids_alive() {
                    let address = DocAddress::new(ordinal, doc);
                    if let Some(fix) = load(&self.searcher, &self.schema, address)? {
                        each(fix, self.columns[ordinal as usize].outline(doc));
                    }
                }
            }
            Ok(())
        })
    }

    /// Every fix with a commit whose name begins so, in the order in which the index holds them.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when a file of the index is damaged.
    pub fn named(&self, commit: &str) -> Result<Vec<Fix>, IndexError> {
        let named = |fix: &Fix| {
            let mut ids = fix.commits.iter().map(|commit| commit.id.to_string());
            ids.any(|id| id.starts_with(commit))
        };
        guarded(&self.place, || {
            let keys = self.keys_from(commit)?;
            let mut fixes = fixes_with_keys(&self.searcher, &self.schema, &keys)?;
            // A cherry-pick's key is the commit that it was picked from.
            fixes.retain(named);
            Ok(fixes)
        })
    }

    /// Keys that begin so, at most as many as a user would be shown.
    fn keys_from(&self, start: &str) -> Result<Vec<String>, IndexError> {
        const MOST: usize = 100;
        let mut keys = std::collections::BTreeSet::new();
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(self.schema.key)?;
            let terms = inverted.terms().range().ge(start.as_bytes());
            let mut terms = terms.into_stream().map_err(tantivy::TantivyError::from)?;
            while terms.advance() && keys.len() < MOST && terms.key().starts_with(start.as_bytes())
            {
                keys.insert(String::from_utf8_lossy(terms.key()).into_owned());
            }
        }
        Ok(keys.into_iter().collect())
    }

    /// A fix as a candidate for terms, with its place among all that match: from 1, the running version's own left out;
    /// 0 if it matches nothing.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when a file of the index is damaged.
    pub fn place(
        &self,
        fix: &Fix,
        terms: &[QueryTerm],
        running: Option<&Version>,
    ) -> Result<Option<(Candidate, Vec<f32>, usize)>, IndexError> {
        guarded(&self.place, || {
            let rarity = self.rarity(terms)?;
            let scored = self.scored(terms, &rarity)?;
            let Some(address) = self.address(fix)? else {
                return Ok(None);
            };
            let mut place = 0;
            if scored.contains(&address) {
                for &matched in &scored {
                    let contained = self.containment(matched, running);
                    place += usize::from(!matches!(contained, Containment::Contained(_)));
                    if matched == address {
                        break;
                    }
                }
            }
            let containment = self.containment(address, running);
            let mut picked = [Picked {
                address,
                containment,
                matches: Vec::new(),
            }];
            self.match_terms(terms, &mut picked)?;
            let [picked] = picked;
            let candidate = self.candidate(picked.address, picked.containment, picked.matches);
            Ok(Some((candidate, rarity, place)))
        })
    }

    fn address(&self, fix: &Fix) -> Result<Option<DocAddress>, IndexError> {
        let key = Term::from_field_text(self.schema.key, &fix.main().id.to_string());
        for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
            let mut found = Vec::new();
            each_doc(segment, &key, |doc| {
                found.push(DocAddress::new(ordinal, doc))
            })?;
            for address in found {
                let stored = load(&self.searcher, &self.schema, address)?;
                if stored.is_some_and(|stored| stored.main().id == fix.main().id) {
                    return Ok(Some(address));
                }
            }
        }
        Ok(None)
    }
}

/// Every fix that has one of the keys.
pub(crate) fn fixes_with_keys(
    searcher: &TantivySearcher,
    schema: &FixSchema,
    keys: &[String],
) -> Result<Vec<Fix>, IndexError> {
    let mut addresses = Vec::new();
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        for key in keys {
            let term = Term::from_field_text(schema.key, key);
            each_doc(segment, &term, |doc| {
                addresses.push(DocAddress::new(ordinal, doc))
            })?;
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    let loaded = addresses
        .into_iter()
        .map(|address| load(searcher, schema, address));
    loaded.filter_map(Result::transpose).collect()
}
